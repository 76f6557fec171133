using Parallax.Shadows.Clients;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Delivery;

/// <summary>What a target counts.</summary>
/// <remarks>Thread safety: <see cref="Drops"/> and <see cref="CountOffered"/> from any thread, everything else written on the loop's
/// thread only and read from any.</remarks>
internal sealed class ShadowCounters
{
    private readonly long[] _failed = new long[FailureReasons.Count];
    private readonly long[] _answeredByClass = new long[10];
    private long _offered;
    private long _offeredOnLoop;
    private long _withdrawn;
    private long _answered;
    private long _answersCut;
    private long _resent;
    private long _inFlight;

    /// <summary>Drops by reason, those of the queue included.</summary>
    public DropCounters Drops { get; } = new();

    /// <summary>From the arrival of a request's last octets to its first octets being given to a connection.</summary>
    public LatencyHistogram Delay { get; } = new();

    /// <summary>From the first octets given to the connection to the whole answer.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>Requests given to a connection and not over.</summary>
    public long InFlight => Volatile.Read(ref _inFlight);

    public void CountOffered() => Interlocked.Increment(ref _offered);

    public void CountOfferedOnLoop() => Add(ref _offeredOnLoop, 1);

    /// <summary>Streams that were given up in the queue and still have their place in it.</summary>
    public void AddWithdrawn(int change) => Add(ref _withdrawn, change);

    public void CountResent() => Add(ref _resent, 1);

    public void AddInFlight(int change) => Add(ref _inFlight, change);

    /// <summary>Counts how a request ended.</summary>
    public void Count(in ShadowOutcome outcome)
    {
        switch (outcome.Result)
        {
            case ShadowResult.Answered:
                Add(ref _answered, 1);
                Add(ref _answersCut, outcome.IsAnswerCut ? 1 : 0);
                Add(ref _answeredByClass[outcome.Status / 100], 1);
                Latency.Record(outcome.EndedAt - outcome.SentAt);
                break;
            case ShadowResult.Failed:
                Add(ref _failed[(int)outcome.Failure], 1);
                break;
            default:
                Drops.Count(outcome.Drop);
                break;
        }
    }

    /// <summary>Everything as it stands.</summary>
    /// <param name="name">The target's name.</param>
    /// <param name="queued">Places taken in the queue.</param>
    /// <param name="connects">Connections opened.</param>
    public ShadowAccount Read(string name, long queued, long connects) => new()
    {
        Target = name,
        Answered = Volatile.Read(ref _answered),
        AnsweredByClass = Copy(_answeredByClass),
        AnswersCut = Volatile.Read(ref _answersCut),
        Failed = Copy(_failed),
        Dropped = Drops.ToArray(),
        Queued = queued - Volatile.Read(ref _withdrawn),
        InFlight = InFlight,
        Resent = Volatile.Read(ref _resent),
        Connects = connects,
        Delay = Delay,
        Latency = Latency,
        Offered = Volatile.Read(ref _offered) + Volatile.Read(ref _offeredOnLoop),
    };

    // One writer: a plain addition published for readers.
    private static void Add(ref long counter, long change) => Volatile.Write(ref counter, counter + change);

    private static long[] Copy(long[] counters)
    {
        var copy = new long[counters.Length];
        for (var index = 0; index < copy.Length; index++)
        {
            copy[index] = Volatile.Read(ref counters[index]);
        }

        return copy;
    }
}
