using Parallax.Shadows.Clients;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Delivery;

/// <summary>How a shadow request ended.</summary>
public enum ShadowResult : byte
{
    /// <summary>A whole answer came, or so much of one that the rest was not read (<see cref="ShadowOutcome.IsAnswerCut"/>).</summary>
    Answered,

    /// <summary>No answer came; <see cref="ShadowOutcome.Failure"/> says why.</summary>
    Failed,

    /// <summary>We gave the request up; <see cref="ShadowOutcome.Drop"/> says why.</summary>
    Dropped,
}

/// <summary>What became of one shadow request.</summary>
/// <remarks>Times are nanoseconds of the clock of the target's loop (<see cref="Parallax.Reactor.Connections.IEventLoop.Clock"/>); 0 where
/// it did not come to that. Thread safety: an immutable value.</remarks>
public readonly record struct ShadowOutcome
{
    /// <summary>The request, as it was offered.</summary>
    public required RequestContext Context { get; init; }

    /// <summary>How it ended.</summary>
    public required ShadowResult Result { get; init; }

    /// <summary>Why it failed; <see cref="FailureReason.None"/> unless it did.</summary>
    public FailureReason Failure { get; init; }

    /// <summary>Why it was dropped; <see cref="DropReason.None"/> unless it was.</summary>
    public DropReason Drop { get; init; }

    /// <summary>The status code of the final response; 0 unless answered.</summary>
    public int Status { get; init; }

    /// <summary>Octets of content read; 0 unless answered.</summary>
    public long BodyOctets { get; init; }

    /// <summary>The answer as it came, its times not known to it; null unless <see cref="ClientOptions.KeptAnswerBytes"/> has it kept, and
    /// when the pool of answers is used up. Valid during the call of the observer, who retains it to keep it longer.</summary>
    public Message? Answer { get; init; }

    /// <summary>True when the answer went beyond <see cref="ClientOptions.MaxResponseBytes"/> and the rest was not read.</summary>
    public bool IsAnswerCut { get; init; }

    /// <summary>True when it was sent twice, because the first connection had been closed by the target while idle.</summary>
    public bool WasResent { get; init; }

    /// <summary>When it was offered.</summary>
    public long OfferedAt { get; init; }

    /// <summary>When its first octets were given to the connection it was answered on.</summary>
    public long SentAt { get; init; }

    /// <summary>When the first octets of the answer came, a 1xx response included.</summary>
    public long FirstOctetAt { get; init; }

    /// <summary>When the answer was whole, or the request over in another way.</summary>
    public long EndedAt { get; init; }
}
