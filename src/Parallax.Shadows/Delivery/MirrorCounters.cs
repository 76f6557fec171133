using Parallax.Traffic.Policy;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Delivery;

/// <summary>What the policy of one mirror decided.</summary>
/// <remarks>received = decided to mirror + not matched + not sampled + other methods + Σ dropped(reason). Thread safety: any
/// thread.</remarks>
public sealed class MirrorCounters
{
    private long _received;
    private long _notMatched;
    private long _notSampled;
    private long _otherMethods;

    /// <summary>Requests looked at.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Requests skipped because a rule denies them or none allows them.</summary>
    public long NotMatched => Volatile.Read(ref _notMatched);

    /// <summary>Requests skipped by sampling.</summary>
    public long NotSampled => Volatile.Read(ref _notSampled);

    /// <summary>Requests skipped because only safe methods are mirrored.</summary>
    public long OtherMethods => Volatile.Read(ref _otherMethods);

    /// <summary>Requests dropped before they were offered to a target: loop guard, tunnel, rate limit, and what a proxy lacks.</summary>
    public DropCounters Drops { get; } = new();

    /// <summary>The account as it stands.</summary>
    /// <param name="name">The mirror's name.</param>
    /// <param name="target">Where its copies go.</param>
    /// <param name="offered">How many were offered there.</param>
    public MirrorAccount AccountOf(string name, string target, long offered) => new()
    {
        Name = name,
        Target = target,
        Received = Received,
        Offered = offered,
        NotMatched = NotMatched,
        NotSampled = NotSampled,
        OtherMethods = OtherMethods,
        Dropped = Drops.ToArray(),
    };

    /// <summary>Counts a decision.</summary>
    /// <returns>True when the request is to be mirrored.</returns>
    public bool Count(MirrorDecision decision)
    {
        Interlocked.Increment(ref _received);
        switch (decision)
        {
            case MirrorDecision.Copy:
                return true;
            case MirrorDecision.OtherMethod:
                Interlocked.Increment(ref _otherMethods);
                break;
            case MirrorDecision.NotMatched:
                Interlocked.Increment(ref _notMatched);
                break;
            case MirrorDecision.NotSampled:
                Interlocked.Increment(ref _notSampled);
                break;
            case MirrorDecision.LoopGuard:
                Drops.Count(DropReason.LoopGuard);
                break;
            case MirrorDecision.Tunnel:
                Drops.Count(DropReason.Tunnel);
                break;
            default:
                Drops.Count(DropReason.RateLimit);
                break;
        }

        return false;
    }

    /// <summary>Counts requests of other routes, which no rule allows here.</summary>
    public void CountNotMatched(long requests)
    {
        Interlocked.Add(ref _received, requests);
        Interlocked.Add(ref _notMatched, requests);
    }

    /// <summary>Takes over what another one counted.</summary>
    public void Add(MirrorCounters other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Interlocked.Add(ref _received, other.Received);
        Interlocked.Add(ref _notMatched, other.NotMatched);
        Interlocked.Add(ref _notSampled, other.NotSampled);
        Interlocked.Add(ref _otherMethods, other.OtherMethods);
        foreach (var (reason, count) in other.Drops.ToArray().Index())
        {
            Drops.Count((DropReason)reason, count);
        }
    }
}
