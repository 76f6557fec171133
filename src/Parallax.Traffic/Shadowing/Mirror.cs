using Parallax.Traffic.Matching;
using Parallax.Traffic.Queues;

namespace Parallax.Traffic.Shadowing;

/// <summary>One mirror: a policy and the target its shadows go to, with the account of what the policy decided.</summary>
/// <remarks>received = offered to the target + not matched + not sampled + Σ dropped(reason).
/// Thread safety: any number of <see cref="MirrorSet"/>s, each on its thread, may share it.</remarks>
public sealed class Mirror(MirrorPolicy policy, ShadowTarget target)
{
    private long _received;
    private long _notMatched;
    private long _notSampled;

    /// <summary>Which requests are copied and what is changed in them.</summary>
    public MirrorPolicy Policy { get; } = policy;

    /// <summary>Where the copies go.</summary>
    public ShadowTarget Target { get; } = target;

    /// <summary>Requests looked at.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Requests skipped because a rule denies them or none allows them.</summary>
    public long NotMatched => Volatile.Read(ref _notMatched);

    /// <summary>Requests skipped by sampling.</summary>
    public long NotSampled => Volatile.Read(ref _notSampled);

    /// <summary>Requests dropped before they were offered to the target: loop guard, tunnel, rate limit.</summary>
    public DropCounters Drops { get; } = new();

    /// <summary>Counts a decision.</summary>
    /// <returns>True when the request is to be offered to the target.</returns>
    public bool Count(MirrorDecision decision)
    {
        Interlocked.Increment(ref _received);
        switch (decision)
        {
            case MirrorDecision.Mirror:
                return true;
            case MirrorDecision.NotMatched:
                Interlocked.Increment(ref _notMatched);
                return false;
            case MirrorDecision.NotSampled:
                Interlocked.Increment(ref _notSampled);
                return false;
            case MirrorDecision.LoopGuard:
                Drops.Count(DropReason.LoopGuard);
                return false;
            case MirrorDecision.Tunnel:
                Drops.Count(DropReason.Tunnel);
                return false;
            default:
                Drops.Count(DropReason.RateLimit);
                return false;
        }
    }
}
