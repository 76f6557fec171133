using Parallax.Traffic.Counters;

namespace Parallax.Shadows.Delivery;

/// <summary>What became of the requests that one mirror looked at.</summary>
/// <remarks>received = offered + not matched + not sampled + other methods + Σ dropped. Thread safety: immutable.</remarks>
public sealed record MirrorAccount
{
    /// <summary>The mirror's name.</summary>
    public required string Name { get; init; }

    /// <summary>Where its copies go: a cluster or a URL.</summary>
    public required string Target { get; init; }

    /// <summary>Requests looked at.</summary>
    public required long Received { get; init; }

    /// <summary>Copies offered to the target.</summary>
    public required long Offered { get; init; }

    /// <summary>Requests skipped because a rule denies them or none allows them.</summary>
    public required long NotMatched { get; init; }

    /// <summary>Requests skipped by sampling.</summary>
    public required long NotSampled { get; init; }

    /// <summary>Requests skipped because only safe methods are mirrored.</summary>
    public required long OtherMethods { get; init; }

    /// <summary>Sessions that were drawn for, with <see cref="Traffic.Policy.StickyBy"/>: of requests that rules allow.</summary>
    public required long Sessions { get; init; }

    /// <summary>Those that sampling selected.</summary>
    public required long SessionsSampled { get; init; }

    /// <summary>Requests of sessions that are not counted, because there were more than
    /// <see cref="Traffic.Policy.SessionTable.MaxSessions"/>.</summary>
    public required long SessionsNotCounted { get; init; }

    /// <summary>Requests dropped before they were offered, by <see cref="Traffic.Queues.DropReason"/>.</summary>
    public required IReadOnlyList<long> Dropped { get; init; }

    /// <summary>Requests the sum does not explain; 0 unless there is a bug, or requests move meanwhile.</summary>
    public long Unexplained => Received - Offered - NotMatched - NotSampled - OtherMethods - Dropped.Sum();

    /// <summary>This account and another in one, under this one's names.</summary>
    public MirrorAccount Plus(MirrorAccount other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return this with
        {
            Received = Received + other.Received,
            Offered = Offered + other.Offered,
            NotMatched = NotMatched + other.NotMatched,
            NotSampled = NotSampled + other.NotSampled,
            OtherMethods = OtherMethods + other.OtherMethods,
            Sessions = Sessions + other.Sessions,
            SessionsSampled = SessionsSampled + other.SessionsSampled,
            SessionsNotCounted = SessionsNotCounted + other.SessionsNotCounted,
            Dropped = [.. Dropped.Zip(other.Dropped, static (one, two) => one + two)],
        };
    }

    /// <summary>The counters.</summary>
    public static CounterTable<MirrorAccount> Table { get; } = new(
        "mirror",
        [
            new("received", "Requests a mirror looked at.", account => account.Received),
            new("offered", "Copies offered to the mirror's target.", account => account.Offered),
            new("notMatched", "Requests that rules skipped.", account => account.NotMatched),
            new("notSampled", "Requests sampling skipped.", account => account.NotSampled),
            new("otherMethods", "Requests skipped for their method.", account => account.OtherMethods),
            new("sessions", "Sessions drawn for, when they are sampled whole.", account => account.Sessions),
            new("sessionsSampled", "Sessions that sampling selected.", account => account.SessionsSampled),
            new("sessionsNotCounted", "Requests of sessions that were too many to count.", account => account.SessionsNotCounted),
            new("unexplained", "What the sum does not explain.", account => account.Unexplained) { Metric = "" },
        ],
        [
            new("droppedByPolicy", "Copies dropped before they were offered, by reason.", account => account.Dropped, ShadowTable.Drops)
            {
                Metric = "mirror_dropped",
            },
        ]);
}
