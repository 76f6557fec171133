using System.Diagnostics;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Shadows.Clients;

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

/// <summary>The client's side of one HTTP/1.1 connection: which octets to send next, and what the octets received say. Requests are sent
/// one after the other, and their answers come in the same order (RFC 9112 §9.3.2); a request may begin before the one ahead of it is
/// answered. It owns no socket and knows no time.</summary>
/// <remarks>
/// For each request: <see cref="Begin"/>; send the head unless it is prepared; send what <see cref="TryNextPart"/> gives. Hand what is
/// received to <see cref="Receive"/> and the end to <see cref="ReceiveEnd"/> while an answer is awaited. How the received octets were cut
/// makes no difference. 1xx responses are passed over unless they never end; redirects are answers like others. When it is not used any
/// more: <see cref="DropAnswer"/>. Thread safety: none.
/// </remarks>
/// <param name="maxResponseBytes">See <see cref="ClientOptions.MaxResponseBytes"/>.</param>
/// <param name="keptAnswerBytes">See <see cref="ClientOptions.KeptAnswerBytes"/>.</param>
/// <param name="answerPool">Lends what answers are kept in; null to keep none.</param>
internal sealed class ClientMachine(long maxResponseBytes, int keptAnswerBytes = 0, OctetPool? answerPool = null)
{
    // What a server sends is read as leniently as a captured response, so that both are compared by the same rules; but a connection that
    // lost its place is closed, not searched, and an answer without a sound status line is none.
    private static readonly Http1Policy AnswerPolicy = Http1Policy.Passive with
    {
        LooseStartLines = false,
        OldLines = true,
        OldChunks = true,
        ReadsOnAfterClose = false,
        Resynchronises = false,
    };

    // Some say for minutes that they are at work; who says it this often never answers, and each costs as much as a whole answer.
    private const int MaxInterimBytes = 64 << 10;

    private readonly ResponseReader _reader = new(AnswerPolicy);

    // The methods of the requests begun and not answered, oldest first.
    private readonly Queue<KnownMethod> _awaited = new(1);
    private MessageBuilder _answer;
    private MessageState _answerState;
    private Message? _request;
    private int _nextBlock;
    private int _headOctets;

    /// <summary>True while a request that was begun is not answered.</summary>
    public bool IsAwaitingAnswer => _awaited.Count > 0;

    /// <summary>True while octets of the last request wait to be fetched; it may outlast the answer.</summary>
    public bool HasMoreToSend => _request is { } request && _nextBlock < request.BlockCount;

    /// <summary>True once any octet came of the answer that is next.</summary>
    public bool HasAnswerBegun { get; private set; }

    /// <summary>The status code of the last final response; 0 before it.</summary>
    public int Status { get; private set; }

    /// <summary>Octets of that response's content.</summary>
    public long BodyOctets { get; private set; }

    /// <summary>Octets that came so far of the answer at hand, with its head, its framing and the 1xx responses ahead of it.</summary>
    public long RawOctets { get; private set; }

    /// <summary>After an answer: true when the connection goes on, for the next answer or for another request once this one is sent
    /// whole.</summary>
    public bool IsReusable { get; private set; }

    /// <summary>After an answer: how long the connection can wait for another request; zero for not at all.</summary>
    /// <param name="timeout">The time we would keep it ourselves.</param>
    public TimeSpan IdleTime(TimeSpan timeout) => KeptConnections.IdleTimeOf(_reader.Head, timeout);

    /// <summary>Begins a request; the one before it must be sent whole.</summary>
    /// <param name="request">Its octets are sent from here; the caller keeps it alive until it calls <see cref="Forget"/>.</param>
    /// <param name="isPrepared">True when its head is sent from here, too.</param>
    public void Begin(Message request, bool isPrepared = false)
    {
        Debug.Assert(!HasMoreToSend);
        _request = request;
        _nextBlock = 0;
        _headOctets = isPrepared ? 0 : request.HeadOctets.Length;
        if (request.BlockCount > 0 && PartAt(0).IsEmpty)
        {
            _nextBlock = 1;
        }

        Expect(request.Method);
    }

    /// <summary>Begins a request whose octets are sent from elsewhere.</summary>
    public void Expect(KnownMethod method)
    {
        if (_awaited.Count == 0)
        {
            _reader.Begin(method);
            BeginAnswer();
        }

        _awaited.Enqueue(method);
    }

    /// <summary>The next octets of the request, as they were captured or prepared, framing and trailers included.</summary>
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

    /// <summary>After an answer, and before the next octets are received: the answer as it came, from its status line on.</summary>
    /// <returns>With one reference for the caller; null when none is kept, it was longer, or the pool is used up.</returns>
    public Message? TakeAnswer()
    {
        if (!_answer.IsBuilding)
        {
            return null;
        }

        _answer.BodyOctets = BodyOctets;
        return _answer.Seal(_answerState);
    }

    /// <summary>Gives up what is kept of an answer nobody has taken.</summary>
    public void DropAnswer() => _answer.Abandon();

    /// <summary>Ends the use of the request: its octets are no longer looked at.</summary>
    public void Forget() => _request = null;

    /// <summary>Reads what the server sent, up to the end of an answer.</summary>
    /// <param name="octets">What was received.</param>
    /// <param name="consumed">How much of it is done with: all, unless further answers are awaited.</param>
    public AnswerProgress Receive(ReadOnlySpan<byte> octets, out int consumed)
    {
        if (!HasAnswerBegun)
        {
            BeginAnswer();
            HasAnswerBegun = true;
        }

        var progress = Read(octets, out var rest);
        if (progress == AnswerProgress.Answered && IsReusable && !IsAwaitingAnswer)
        {
            // Octets after the last answer belong to nothing we asked for: such a connection is not trusted again.
            IsReusable = rest.IsEmpty;
        }

        consumed = octets.Length - (IsReusable ? rest.Length : 0);
        return progress;
    }

    /// <summary>The server sends nothing more.</summary>
    /// <param name="isTruncated">True when somebody else may have ended the connection (RFC 9112 §9.8): that ends no answer.</param>
    public AnswerProgress ReceiveEnd(bool isTruncated = false) =>
        Over(_reader.TryFinish() && !isTruncated ? AnswerProgress.Answered : AnswerProgress.EndedEarly);

    private AnswerProgress Read(ReadOnlySpan<byte> octets, out ReadOnlySpan<byte> rest)
    {
        rest = octets;
        while (true)
        {
            var readEvent = _reader.Read(rest, out var consumed);
            RawOctets += consumed;
            rest = rest[consumed..];
            switch (readEvent.Kind)
            {
                case ReadEventKind.NeedMore:
                    return AnswerProgress.Pending;
                case ReadEventKind.Head when BeginsTunnel(readEvent.RawOctets):
                    // Nothing that follows is HTTP; the answer ends with its head.
                    return Over(AnswerProgress.Answered);
                case ReadEventKind.Head when !_reader.IsFinal && RawOctets > MaxInterimBytes:
                    return Over(AnswerProgress.Malformed);
                case ReadEventKind.Head:
                    break;
                case ReadEventKind.Body:
                    Keep(readEvent.RawOctets);
                    if (_reader.RawBodyOctets > maxResponseBytes)
                    {
                        return Over(AnswerProgress.Cut);
                    }

                    break;
                case ReadEventKind.End:
                    IsReusable = _reader.Head.KeepAlive;
                    return Over(AnswerProgress.Answered);
                default:
                    return Over(AnswerProgress.Malformed);
            }
        }
    }

    // Takes note of a head; true when it ends HTTP on this connection.
    private bool BeginsTunnel(ReadOnlySpan<byte> octets)
    {
        Status = _reader.IsFinal ? _reader.Head.StatusCode : 0;
        if (_reader.IsFinal)
        {
            KeepHead(octets);
        }

        return _reader.BodyFraming == BodyFraming.Tunnel;
    }

    private AnswerProgress Over(AnswerProgress progress)
    {
        BodyOctets = _reader.IsFinal ? _reader.BodyOctets : 0;
        _answerState = progress == AnswerProgress.Cut ? MessageState.Truncated
            : _reader.IsBroken ? MessageState.Broken
            : _reader.IsIncomplete ? MessageState.Incomplete
            : MessageState.Complete;
        _awaited.Dequeue();
        if (progress is AnswerProgress.Answered or AnswerProgress.Cut)
        {
            HasAnswerBegun = false;
        }

        if (_awaited.TryPeek(out var next))
        {
            _reader.Begin(next);
        }

        return progress;
    }

    private void BeginAnswer()
    {
        HasAnswerBegun = IsReusable = false;
        Status = 0;
        BodyOctets = RawOctets = 0;
        _answer.Abandon();
    }

    private void KeepHead(ReadOnlySpan<byte> octets)
    {
        if (answerPool is { IsOverLimit: false } && octets.Length <= keptAnswerBytes)
        {
            _answer.Begin(answerPool, MessageKind.Response);
            _answer.CopyHead(octets, _reader.Head, Math.Clamp(_reader.Head.ContentLength, 0, keptAnswerBytes));
        }
    }

    private void Keep(ReadOnlySpan<byte> octets)
    {
        if (_answer.IsBuilding && (_answer.RawOctets + octets.Length > keptAnswerBytes || !_answer.TryAppend(octets)))
        {
            _answer.Abandon();
        }
    }

    private ReadOnlyMemory<byte> PartAt(int block) => block == 0 ? _request!.Block(0)[_headOctets..] : _request!.Block(block);
}
