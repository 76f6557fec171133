using System.Net;
using Parallax.Proxy.Configuration;

namespace Parallax.Proxy.Routing;

/// <summary>The state of a cluster that outlives reloads: endpoints with their health, and limits. Shared by all loops.</summary>
/// <remarks>Thread safety: any thread.</remarks>
public sealed class Cluster
{
    /// <summary>What it was made from; a reload that leaves it as it is keeps the cluster.</summary>
    public ClusterConfig Config => throw new NotImplementedException();

    /// <summary>The endpoints; swapped whole when names resolve anew.</summary>
    public IReadOnlyList<ClusterEndpoint> Endpoints => throw new NotImplementedException();
}

/// <summary>One endpoint of a cluster and its health.</summary>
/// <remarks>Thread safety: any thread.</remarks>
public sealed class ClusterEndpoint
{
    /// <summary>Where it is.</summary>
    public IPEndPoint Address => throw new NotImplementedException();

    /// <summary>Whether it is left out at this time (outlier detection).</summary>
    public bool IsEjected(long now) => throw new NotImplementedException();

    /// <summary>A response came from it.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="now">Monotonic nanoseconds.</param>
    public void OnResponse(int status, long now) => throw new NotImplementedException();

    /// <summary>It could not be reached, or broke off before a response.</summary>
    public void OnFailure(long now) => throw new NotImplementedException();
}

/// <summary>All clusters in force, by name.</summary>
/// <remarks>Thread safety: reading from any thread; <see cref="Apply"/> by one.</remarks>
public sealed class ClusterSet
{
    /// <summary>Takes over a new configuration: clusters that did not change keep their state.</summary>
    public void Apply(ProxyConfig config) => throw new NotImplementedException();

    /// <summary>The cluster of that name; null when it is not known (any more).</summary>
    public Cluster? Find(string name) => throw new NotImplementedException();
}

/// <summary>Chooses endpoints of one cluster for one loop.</summary>
/// <remarks>Thread safety: none; one per loop.</remarks>
public sealed class LoadBalancer
{
    /// <param name="cluster">The cluster.</param>
    /// <param name="random">Where draws come from.</param>
    public LoadBalancer(Cluster cluster, Random random) => throw new NotImplementedException();

    /// <summary>Chooses an endpoint; <see cref="End"/> must be called for it when its request is over.</summary>
    /// <param name="request">The request, for consistent hashing.</param>
    /// <param name="avoid">An endpoint that failed this request already; chosen only when there is no other.</param>
    /// <param name="now">Monotonic nanoseconds.</param>
    /// <returns>Null when there is none.</returns>
    public ClusterEndpoint? Begin(in RoutedRequest request, ClusterEndpoint? avoid, long now) => throw new NotImplementedException();

    /// <summary>The request that <see cref="Begin"/> chose an endpoint for is over.</summary>
    public void End(ClusterEndpoint endpoint) => throw new NotImplementedException();
}
