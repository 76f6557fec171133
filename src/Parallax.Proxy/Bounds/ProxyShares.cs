using Parallax.Shadows.Clients;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Policy;

namespace Parallax.Proxy.Bounds;

/// <summary>What the workers of a proxy share: each bound that holds for all loops together.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class ProxyShares
{
    public ProxyShares(ProxyOptions options)
    {
        Pool = new OctetPool(options.MaxCopyBytes);
        Gate = new ConnectionGate(options.Resources);
        Shadows = new ConnectionShare(options.Resources.MaxShadowConnections);
        Sessions = options.Sticky.Key == StickyKey.None ? null : new SessionTable();
        Overload = new OverloadMonitor(options, Gate, Shadows);
    }

    /// <summary>The memory of copies.</summary>
    public OctetPool Pool { get; }

    /// <summary>The connections of clients and to primaries.</summary>
    public ConnectionGate Gate { get; }

    /// <summary>The connections to shadows.</summary>
    public ConnectionShare Shadows { get; }

    /// <summary>Tells the sessions apart that are sampled whole; null when none are.</summary>
    public SessionTable? Sessions { get; }

    /// <summary>What is done when something is short.</summary>
    public OverloadMonitor Overload { get; }
}
