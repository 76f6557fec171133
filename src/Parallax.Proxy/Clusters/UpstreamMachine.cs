using Parallax.Wire.Http1;

namespace Parallax.Proxy.Clusters;

/// <summary>The client's side of one connection to the primary: reads the response of one request at a time. It owns no socket and knows no
/// time.</summary>
/// <remarks>How the received octets were cut makes no difference. Thread safety: none.</remarks>
internal sealed class UpstreamMachine(Http1Policy policy)
{
    private readonly MessageReader _reader = new(MessageKind.Response, policy);
    private bool _isFinal;

    /// <summary>True from <see cref="Begin"/> until the final response is complete, or never will be.</summary>
    public bool IsAwaitingResponse { get; private set; }

    /// <summary>True once any octet of the response came.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>The head of the response at hand.</summary>
    public MessageHead Head => _reader.Head;

    /// <summary>Whether the framing of this piece of the body must be rewritten.</summary>
    public OldChunkForm OldChunks => _reader.OldChunks;

    /// <summary>How its body ends.</summary>
    public BodyFraming BodyFraming => _reader.BodyFraming;

    /// <summary>After the response: true when the connection can carry another request.</summary>
    public bool IsReusable { get; private set; }

    /// <summary>A request is being sent.</summary>
    public void Begin(KnownMethod method)
    {
        _reader.RequestMethod = method;
        _isFinal = HasBegun = IsReusable = false;
        IsAwaitingResponse = true;
    }

    /// <summary>Reads up to the next event: Head (of a 1xx response, too), Body, End (of the final response only), Malformed, or
    /// NeedMore. After a head whose framing is <see cref="BodyFraming.Tunnel"/> it must not be called: what follows is not HTTP.</summary>
    public ReadEvent Read(ReadOnlySpan<byte> octets, out int consumed)
    {
        HasBegun |= !octets.IsEmpty;
        var total = 0;
        while (true)
        {
            var readEvent = _reader.Read(octets[total..], out consumed);
            total += consumed;
            consumed = total;
            switch (readEvent.Kind)
            {
                case ReadEventKind.Head:
                    _isFinal = !_reader.Head.IsInterim;
                    return readEvent;
                case ReadEventKind.End when !_isFinal:
                    break;
                case ReadEventKind.End:
                    // Octets after the response answer nothing that was asked: such a connection is not used again. Nor is one whose
                    // primary contradicts itself about the body's length (RFC 9112 §6.1, §6.3).
                    IsReusable = _reader.Head.KeepAlive && total == octets.Length && !IsLengthInDoubt(_reader.Head);
                    IsAwaitingResponse = false;
                    return readEvent;
                default:
                    return readEvent;
            }
        }
    }

    /// <summary>The primary sends nothing more.</summary>
    /// <returns>True when that ends the final response in order.</returns>
    public bool TryFinish()
    {
        var readEvent = _reader.Finish();
        IsAwaitingResponse = false;
        return readEvent.Kind == ReadEventKind.End && _isFinal && !_reader.IsIncomplete;
    }

    private static bool IsLengthInDoubt(MessageHead head) =>
        head.HasTransferEncoding && (head.ContentLength >= 0 || head.VersionMinor == 0);
}
