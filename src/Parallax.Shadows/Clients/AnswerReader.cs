using Parallax.Traffic.Exchanges;
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

    /// <summary>What came is not an answer.</summary>
    Malformed,
}

/// <summary>Makes answers of what a <see cref="ResponseReader"/> reads: the status, the length, and the octets as far as they are
/// kept.</summary>
/// <remarks>1xx responses are passed over unless they never end; redirects are answers like others. Call <see cref="Drop"/> when done
/// with it. Thread safety: none.</remarks>
/// <param name="reader">Reads the responses.</param>
/// <param name="maxResponseBytes">See <see cref="ClientOptions.MaxResponseBytes"/>.</param>
/// <param name="keptAnswerBytes">See <see cref="ClientOptions.KeptAnswerBytes"/>.</param>
/// <param name="answerPool">Lends what answers are kept in; null to keep none.</param>
/// <param name="cutBodyBytes">See <see cref="ClientOptions.CutAnswerBodyBytes"/>.</param>
internal sealed class AnswerReader(
    ResponseReader reader, long maxResponseBytes, int keptAnswerBytes = 0, OctetPool? answerPool = null, long? cutBodyBytes = null)
{
    // Servers may send 1xx responses for minutes. One that sends this much of them never answers, and each costs as much as an answer.
    private const int MaxInterimBytes = 64 << 10;

    private MessageBuilder _answer;
    private MessageState _state;

    /// <summary>How a server's responses are read: as leniently as a captured response, so that both are compared by the same rules; but a
    /// connection that lost its place is closed, not searched, and an answer without a sound status line is none.</summary>
    public static Http1Policy Policy { get; } = Http1Policy.Passive with
    {
        LooseStartLines = false,
        OldLines = true,
        OldChunks = true,
        ReadsOnAfterClose = false,
        Resynchronises = false,
    };

    /// <summary>The status code of the last final response; 0 before it.</summary>
    public int Status { get; private set; }

    /// <summary>Octets of that response's content.</summary>
    public long BodyOctets { get; private set; }

    /// <summary>A response begins.</summary>
    public void Begin()
    {
        Status = 0;
        BodyOctets = 0;
        _answer.Abandon();
    }

    /// <summary>A head was read.</summary>
    /// <param name="octets">Its octets.</param>
    public AnswerProgress OnHead(ReadOnlySpan<byte> octets)
    {
        if (!reader.IsFinal)
        {
            return reader.RawOctets > MaxInterimBytes ? AnswerProgress.Malformed : AnswerProgress.Pending;
        }

        Status = reader.Head.StatusCode;
        KeepHead(octets);

        // After the head of a tunnel nothing is HTTP.
        return reader.BodyFraming == BodyFraming.Tunnel ? End(StateOfResponse, AnswerProgress.Answered) : AnswerProgress.Pending;
    }

    /// <summary>A piece of the body was read.</summary>
    /// <param name="octets">With its framing.</param>
    public AnswerProgress OnBody(ReadOnlySpan<byte> octets)
    {
        Keep(octets);
        return reader.RawBodyOctets > maxResponseBytes ? End(MessageState.Truncated, AnswerProgress.Cut) : AnswerProgress.Pending;
    }

    /// <summary>The final response is whole.</summary>
    public AnswerProgress OnEnd() => End(StateOfResponse, AnswerProgress.Answered);

    /// <summary>The answer as it came, from its status line on; to be called after it ended.</summary>
    /// <returns>With one reference for the caller; null when none is kept, it was longer, or the pool is used up.</returns>
    public Message? Take()
    {
        if (!_answer.IsBuilding)
        {
            return null;
        }

        _answer.BodyOctets = BodyOctets;
        return _answer.Seal(_state);
    }

    /// <summary>Gives up what is kept of an answer nobody has taken.</summary>
    public void Drop() => _answer.Abandon();

    private MessageState StateOfResponse => reader.IsBroken ? MessageState.Broken
        : reader.IsIncomplete ? MessageState.Incomplete
        : MessageState.Complete;

    private AnswerProgress End(MessageState state, AnswerProgress progress)
    {
        BodyOctets = reader.BodyOctets;
        _state = state;
        return progress;
    }

    private void KeepHead(ReadOnlySpan<byte> octets)
    {
        if (answerPool is { IsOverLimit: false } && octets.Length <= keptAnswerBytes)
        {
            _answer.Begin(answerPool, MessageKind.Response);
            _answer.CopyHead(octets, reader.Head, Math.Clamp(reader.Head.ContentLength, 0, cutBodyBytes ?? keptAnswerBytes));
        }
    }

    private void Keep(ReadOnlySpan<byte> octets)
    {
        if (_answer.IsBuilding && cutBodyBytes is { } most)
        {
            _answer.AppendBody(octets, most);
        }
        else if (_answer.IsBuilding && (_answer.RawOctets + octets.Length > keptAnswerBytes || !_answer.TryAppend(octets)))
        {
            _answer.Abandon();
        }
    }
}
