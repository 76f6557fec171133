using Parallax.Traffic.Queues;

namespace Parallax.Proxy.Forwarding;

/// <summary>What one loop counts for one mirror before a copy is offered to an endpoint.</summary>
/// <remarks>received = offered + not sampled + other methods + Σ dropped(reason). Thread safety: written by the loop's thread alone, read
/// from any.</remarks>
internal sealed class MirrorTally(string name, string cluster)
{
    private long _received;
    private long _offered;
    private long _notSampled;
    private long _otherMethods;

    /// <summary>The mirror's name.</summary>
    public string Name { get; } = name;

    /// <summary>The name of its cluster.</summary>
    public string Cluster { get; } = cluster;

    /// <summary>Requests looked at.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Copies offered to an endpoint.</summary>
    public long Offered => Volatile.Read(ref _offered);

    /// <summary>Requests skipped by sampling.</summary>
    public long NotSampled => Volatile.Read(ref _notSampled);

    /// <summary>Requests skipped because only safe methods are copied.</summary>
    public long OtherMethods => Volatile.Read(ref _otherMethods);

    /// <summary>Requests dropped before they were offered.</summary>
    public DropCounters Drops { get; } = new();

    /// <summary>Takes over what another one counted.</summary>
    public void Add(MirrorTally other)
    {
        _received += other.Received;
        _offered += other.Offered;
        _notSampled += other.NotSampled;
        _otherMethods += other.OtherMethods;
        foreach (var (reason, count) in other.Drops.ToArray().Index())
        {
            Drops.Count((DropReason)reason, count);
        }
    }

    public void CountReceived() => _received++;

    public void CountOffered() => _offered++;

    public void CountNotSampled() => _notSampled++;

    public void CountOtherMethod() => _otherMethods++;
}
