using Parallax.Shadows.Delivery;
using Parallax.Traffic.Policy;

namespace Parallax.Proxy.Copies;

/// <summary>What one loop counts for one mirror before a copy is offered to an endpoint.</summary>
/// <remarks>received = offered + not matched + not sampled + other methods + Σ dropped(reason). Thread safety: written by the loop's
/// thread alone, read from any.</remarks>
/// <param name="name">The mirror's name.</param>
/// <param name="cluster">The name of its cluster.</param>
/// <param name="sessions">Tells sessions apart for all loops; null, the default, when they are not sampled whole.</param>
internal sealed class MirrorTally(string name, string cluster, SessionTable? sessions = null)
{
    private long _offered;

    /// <summary>The mirror's name.</summary>
    public string Name { get; } = name;

    /// <summary>The name of its cluster.</summary>
    public string Cluster { get; } = cluster;

    /// <summary>What its policy decided, and copies dropped before they were offered.</summary>
    public MirrorCounters Counters { get; } = new(sessions, $"{name} {cluster}");

    /// <summary>Copies offered to an endpoint.</summary>
    public long Offered => Volatile.Read(ref _offered);

    /// <summary>The account as it stands.</summary>
    public MirrorAccount Account => Counters.AccountOf(Name, Cluster, Offered);

    /// <summary>Takes over what another one counted.</summary>
    public void Add(MirrorTally other)
    {
        _offered += other.Offered;
        Counters.Add(other.Counters);
    }

    public void CountOffered() => _offered++;
}
