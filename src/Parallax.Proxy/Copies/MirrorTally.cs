using Parallax.Shadows.Delivery;

namespace Parallax.Proxy.Copies;

/// <summary>What one loop counts for one mirror before a copy is offered to an endpoint.</summary>
/// <remarks>received = offered + not matched + not sampled + other methods + Σ dropped(reason). Thread safety: written by the loop's thread
/// alone, read from any.</remarks>
internal sealed class MirrorTally(string name, string cluster)
{
    private long _offered;

    /// <summary>The mirror's name.</summary>
    public string Name { get; } = name;

    /// <summary>The name of its cluster.</summary>
    public string Cluster { get; } = cluster;

    /// <summary>What its policy decided, and copies dropped before they were offered.</summary>
    public MirrorCounters Counters { get; } = new();

    /// <summary>Copies offered to an endpoint.</summary>
    public long Offered => Volatile.Read(ref _offered);

    /// <summary>Takes over what another one counted.</summary>
    public void Add(MirrorTally other)
    {
        _offered += other.Offered;
        Counters.Add(other.Counters);
    }

    public void CountOffered() => _offered++;
}
