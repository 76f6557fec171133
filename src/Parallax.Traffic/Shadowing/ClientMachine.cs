using System.Diagnostics;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Shadowing;

/// <summary>How far the answer to a request has come.</summary>
internal enum AnswerProgress : byte
{
    /// <summary>More octets are needed.</summary>
    Pending,

    /// <summary>The final response is whole.</summary>
    Answered,

    /// <summary>It is longer than we read; it counts as answered.</summary>
    Cut,

    /// <summary>What came is no HTTP/1 response.</summary>
    Malformed,

    /// <summary>The octets ended before the response did.</summary>
    EndedEarly,
}

/// <summary>The client's side of one HTTP/1.1 connection, one request at a time: which octets to send next, and what the octets received
/// say. It owns no socket and knows no time.</summary>
/// <remarks>
/// For each request: <see cref="Begin"/>; send the head; send what <see cref="TryNextPart"/> gives; hand what is received to
/// <see cref="Receive"/> and the end to <see cref="ReceiveEnd"/> until the answer is not pending any more. How the received octets were cut
/// makes no difference. 1xx responses are passed over; redirects are answers like others. Thread safety: none.
/// </remarks>
internal sealed class ClientMachine(long maxResponseBytes)
{
    // What a server sends is read as leniently as a captured response, so that both are compared by the same rules; but a connection that
    // lost its place is closed, not searched, and an answer without a sound status line is none.
    private static readonly Http1Policy AnswerPolicy = Http1Policy.Passive with
    {
        LooseStartLines = false,
        ReadsOnAfterClose = false,
        Resynchronises = false,
    };

    private readonly MessageReader _reader = new(MessageKind.Response, AnswerPolicy);
    private Message? _request;
    private int _nextBlock;
    private bool _isFinal;

    /// <summary>True from <see cref="Begin"/> until the answer is not pending any more.</summary>
    public bool IsAwaitingAnswer { get; private set; }

    /// <summary>True while body octets wait to be fetched; it may outlast the answer.</summary>
    public bool HasMoreToSend => _request is { } request && _nextBlock < request.BlockCount;

    /// <summary>True once any octet of the answer came.</summary>
    public bool HasAnswerBegun { get; private set; }

    /// <summary>The status code of the final response; 0 before it.</summary>
    public int Status { get; private set; }

    /// <summary>Octets of content so far.</summary>
    public long BodyOctets { get; private set; }

    /// <summary>After the answer: true when the connection can carry another request once this one is sent whole.</summary>
    public bool IsReusable { get; private set; }

    /// <summary>Begins a request.</summary>
    /// <param name="request">Its body is sent from here; the caller keeps it alive until it calls <see cref="Forget"/>.</param>
    public void Begin(Message request)
    {
        Debug.Assert(!IsAwaitingAnswer && !HasMoreToSend);
        _request = request;
        _nextBlock = 0;
        _isFinal = HasAnswerBegun = IsReusable = false;
        Status = 0;
        BodyOctets = 0;
        IsAwaitingAnswer = true;
        _reader.RequestMethod = request.Head.KnownMethod;
        SkipEmptyPart();
    }

    /// <summary>The next octets of the body, as they were captured, framing and trailers included.</summary>
    /// <returns>False when all are fetched.</returns>
    public bool TryNextPart(out ReadOnlyMemory<byte> part)
    {
        if (!HasMoreToSend)
        {
            part = default;
            return false;
        }

        part = PartAt(_nextBlock++);
        return true;
    }

    /// <summary>Ends the use of the request: its octets are not looked at any more.</summary>
    public void Forget() => _request = null;

    /// <summary>Reads what the server sent; all of it is consumed.</summary>
    public AnswerProgress Receive(ReadOnlySpan<byte> octets)
    {
        HasAnswerBegun = true;
        while (true)
        {
            var met = _reader.Read(octets, out var consumed);
            octets = octets[consumed..];
            switch (met.Kind)
            {
                case ReadEventKind.NeedMore:
                    return AnswerProgress.Pending;
                case ReadEventKind.Head when BeginsTunnel():
                    // Nothing that follows is HTTP; the answer ends with its head.
                    return Over(AnswerProgress.Answered);
                case ReadEventKind.Head:
                    break;
                case ReadEventKind.Body when _reader.RawBodyOctets > maxResponseBytes:
                    return Over(AnswerProgress.Cut);
                case ReadEventKind.Body:
                    break;
                case ReadEventKind.End when _isFinal:
                    // Octets behind the answer belong to nothing we asked for: such a connection is not trusted again.
                    IsReusable = _reader.Head.KeepAlive && octets.IsEmpty;
                    return Over(AnswerProgress.Answered);
                case ReadEventKind.End:
                    break;
                default:
                    return Over(AnswerProgress.Malformed);
            }
        }
    }

    /// <summary>The server sends nothing more.</summary>
    public AnswerProgress ReceiveEnd()
    {
        var met = _reader.Finish();
        var isWhole = met.Kind == ReadEventKind.End && _isFinal && !_reader.IsIncomplete;
        return Over(isWhole ? AnswerProgress.Answered : AnswerProgress.EndedEarly);
    }

    // Takes note of a head; true when it ends HTTP on this connection.
    private bool BeginsTunnel()
    {
        _isFinal = !_reader.Head.IsInterim;
        Status = _isFinal ? _reader.Head.StatusCode : 0;
        return _reader.BodyFraming == BodyFraming.Tunnel;
    }

    private AnswerProgress Over(AnswerProgress progress)
    {
        BodyOctets = _isFinal ? _reader.BodyOctets : 0;
        IsAwaitingAnswer = false;
        return progress;
    }

    private void SkipEmptyPart()
    {
        if (_request!.BlockCount > 0 && PartAt(0).IsEmpty)
        {
            _nextBlock = 1;
        }
    }

    private ReadOnlyMemory<byte> PartAt(int block) =>
        block == 0 ? _request!.Block(0)[_request.HeadOctets.Length..] : _request!.Block(block);
}
