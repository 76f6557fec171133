using Parallax.Shadows.Clients;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Delivery;

/// <summary>The account of one target: where every request offered to it has gone.</summary>
/// <remarks>offered = answered + Σ failed + Σ dropped + queued + in flight. Taken while the target works it is a moment's view, in which
/// single requests may be on their way from one counter to the next; after the target was drained it is exact. Its times
/// are the target's own and go on counting. Thread safety: any thread may read.</remarks>
public sealed record ShadowAccount
{
    /// <summary>The target's name.</summary>
    public required string Target { get; init; }

    /// <summary>Requests offered.</summary>
    public required long Offered { get; init; }

    /// <summary>Requests answered, whatever the status.</summary>
    public required long Answered { get; init; }

    /// <summary>Those answered, by the first digit of their status.</summary>
    public required IReadOnlyList<long> AnsweredByClass { get; init; }

    /// <summary>Those answered at such length that the answer was not read to its end.</summary>
    public required long AnswersCut { get; init; }

    /// <summary>Requests failed, indexed by <see cref="FailureReason"/>.</summary>
    public required IReadOnlyList<long> Failed { get; init; }

    /// <summary>Requests dropped, indexed by <see cref="DropReason"/>.</summary>
    public required IReadOnlyList<long> Dropped { get; init; }

    /// <summary>Requests waiting for a connection.</summary>
    public required long Queued { get; init; }

    /// <summary>Requests sent, or being sent, and not over.</summary>
    public required long InFlight { get; init; }

    /// <summary>Requests sent twice because the first connection turned out to be closed; they are counted once above.</summary>
    public required long Resent { get; init; }

    /// <summary>Attempts to connect.</summary>
    public required long Connects { get; init; }

    /// <summary>The delays from a request's last octets arriving to its first being sent; empty when not known.</summary>
    public required LatencyHistogram Delay { get; init; }

    /// <summary>The times from the first octets sent to the whole answer.</summary>
    public required LatencyHistogram Latency { get; init; }

    /// <summary>Median of <see cref="Delay"/>, in nanoseconds; 0 when it is empty.</summary>
    public long DelayMedian => Delay.Quantile(0.5);

    /// <summary>The 99th percentile of <see cref="Delay"/>, in nanoseconds.</summary>
    public long DelayP99 => Delay.Quantile(0.99);

    /// <summary>Median of <see cref="Latency"/>, in nanoseconds; 0 when it is empty.</summary>
    public long LatencyMedian => Latency.Quantile(0.5);

    /// <summary>The 99th percentile of <see cref="Latency"/>, in nanoseconds.</summary>
    public long LatencyP99 => Latency.Quantile(0.99);

    /// <summary>What the account does not explain; 0 unless requests are on their way from one counter to the next.</summary>
    public long Unexplained => Offered - Answered - Failed.Sum() - Dropped.Sum() - Queued - InFlight;

    /// <summary>This account and another in one, under this one's name.</summary>
    public ShadowAccount Plus(ShadowAccount other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return this with
        {
            Offered = Offered + other.Offered,
            Answered = Answered + other.Answered,
            AnsweredByClass = Sum(AnsweredByClass, other.AnsweredByClass),
            AnswersCut = AnswersCut + other.AnswersCut,
            Failed = Sum(Failed, other.Failed),
            Dropped = Sum(Dropped, other.Dropped),
            Queued = Queued + other.Queued,
            InFlight = InFlight + other.InFlight,
            Resent = Resent + other.Resent,
            Connects = Connects + other.Connects,
            Delay = LatencyHistogram.Sum(Delay, other.Delay),
            Latency = LatencyHistogram.Sum(Latency, other.Latency),
        };
    }

    private static long[] Sum(IReadOnlyList<long> left, IReadOnlyList<long> right) => [.. left.Zip(right, static (one, two) => one + two)];
}
