namespace Parallax.Proxy.Configuration.Model;

/// <summary>Everything a proxy runs by, checked: which sockets it listens at, what it does with requests, and where it sends them. No
/// trace is
/// left of the dialect it was written in.</summary>
/// <remarks>Thread safety: immutable, like every record in this folder.</remarks>
public sealed record ProxyConfig
{
    /// <summary>The sockets, no two at the same address and port.</summary>
    public required IReadOnlyList<ListenerConfig> Listeners { get; init; }

    /// <summary>Every cluster some route or mirror names, by <see cref="ClusterConfig.Name"/>; no name occurs twice.</summary>
    public required IReadOnlyList<ClusterConfig> Clusters { get; init; }
}
