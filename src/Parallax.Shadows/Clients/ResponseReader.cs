using Parallax.Wire.Http1;

namespace Parallax.Shadows.Clients;

/// <summary>Reads the responses on one connection to a server, each with the 1xx responses ahead of it. It owns no socket and knows no
/// time.</summary>
/// <remarks>For each request <see cref="Begin"/>, then <see cref="Read"/> until the end. Requests may be sent ahead: their responses come
/// in the same order (RFC 9112 §9.3.2). How the received octets were cut makes no difference. Thread safety: none.</remarks>
/// <param name="policy">How leniently responses are read.</param>
public sealed class ResponseReader(Http1Policy policy)
{
    private readonly MessageReader _reader = new(MessageKind.Response, policy);

    // The methods of the requests sent ahead, oldest first.
    private Queue<KnownMethod>? _ahead;

    /// <summary>True from <see cref="Begin"/> until every request's final response is complete, or the server sends nothing more.</summary>
    public bool IsAwaitingResponse { get; private set; }

    /// <summary>True once any octet of the response at hand came; after the last one it stays true until <see cref="Begin"/>.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Octets read so far of the response at hand, with its framing and the 1xx responses ahead of it.</summary>
    public long RawOctets { get; private set; }

    /// <summary>True once the head of the final response was read, until it is complete if another is awaited.</summary>
    public bool IsFinal { get; private set; }

    /// <summary>The head of the response at hand; that of the last one until another is read.</summary>
    public MessageHead Head => _reader.Head;

    /// <summary>Whether the framing of this piece of the body must be rewritten.</summary>
    public OldChunkForm OldChunks => _reader.OldChunks;

    /// <summary>How its body ends.</summary>
    public BodyFraming BodyFraming => _reader.BodyFraming;

    /// <summary>Octets of content read of its body.</summary>
    public long BodyOctets => _reader.BodyOctets;

    /// <summary>The same with the body's framing.</summary>
    public long RawBodyOctets => _reader.RawBodyOctets;

    /// <summary>True when octets of the response are missing.</summary>
    public bool IsIncomplete => _reader.IsIncomplete;

    /// <summary>True when its framing was not understood to the end.</summary>
    public bool IsBroken => _reader.IsBroken;

    /// <summary>After a response: true when nothing came after it that was not asked for, and the connection can carry another response or
    /// another request. Not if the server contradicts itself about the body's length (RFC 9112 §6.1, §6.3).</summary>
    public bool IsReusable { get; private set; }

    /// <summary>Another response is awaited, to a request of this method.</summary>
    public void Begin(KnownMethod method)
    {
        if (IsAwaitingResponse)
        {
            (_ahead ??= new Queue<KnownMethod>()).Enqueue(method);
            return;
        }

        IsAwaitingResponse = true;
        RawOctets = 0;
        IsReusable = false;
        Expect(method);
    }

    /// <summary>Reads up to the next event: Head (of a 1xx response, too), Body, End (of the final response only), Malformed, or
    /// NeedMore. After a head whose framing is <see cref="BodyFraming.Tunnel"/> it must not be called: what follows is not HTTP.</summary>
    /// <param name="octets">What was received and not consumed yet.</param>
    /// <param name="consumed">How much of it is done with.</param>
    public ReadEvent Read(ReadOnlySpan<byte> octets, out int consumed)
    {
        if (!HasBegun && !octets.IsEmpty)
        {
            HasBegun = true;
            IsReusable = false;
            RawOctets = 0;
        }

        var total = 0;
        while (true)
        {
            var readEvent = _reader.Read(octets[total..], out consumed);
            RawOctets += consumed;
            total += consumed;
            consumed = total;
            switch (readEvent.Kind)
            {
                case ReadEventKind.Head:
                    IsFinal = !_reader.Head.IsInterim;
                    return readEvent;
                case ReadEventKind.End when !IsFinal:
                    break;
                case ReadEventKind.End:
                    EndResponse(hasMore: total < octets.Length);
                    return readEvent;
                default:
                    return readEvent;
            }
        }
    }

    /// <summary>The server sends nothing more.</summary>
    /// <returns>True when that ends the final response in order.</returns>
    public bool TryFinish()
    {
        var readEvent = _reader.Finish();
        IsAwaitingResponse = false;
        return readEvent.Kind == ReadEventKind.End && IsFinal && !_reader.IsIncomplete;
    }

    private void Expect(KnownMethod method)
    {
        _reader.RequestMethod = method;
        IsFinal = HasBegun = false;
    }

    private void EndResponse(bool hasMore)
    {
        IsReusable = _reader.Head.KeepAlive && !IsLengthInDoubt(_reader.Head);
        if (_ahead is not null && _ahead.TryDequeue(out var next))
        {
            Expect(next);
            return;
        }

        IsReusable &= !hasMore;
        IsAwaitingResponse = false;
    }

    private static bool IsLengthInDoubt(MessageHead head) =>
        head.HasTransferEncoding && (head.ContentLength >= 0 || head.VersionMinor == 0);
}
