using Parallax.Proxy.Routing;

namespace Parallax.Proxy.Forwarding;

/// <summary>The clusters of one loop and the connections to their endpoints.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class WorkerClusters(ProxyWorker worker, ClusterSet clusters)
{
    private readonly Dictionary<string, PrimaryCluster> _byName = [];
    private readonly Dictionary<ClusterEndpoint, UpstreamPool> _pools = new(ReferenceEqualityComparer.Instance);

    /// <summary>The cluster of that name; null when there is none.</summary>
    public PrimaryCluster? Find(string name)
    {
        if (_byName.TryGetValue(name, out var known))
        {
            return known;
        }

        if (clusters.Find(name) is not { } cluster)
        {
            return null;
        }

        return _byName[name] = new PrimaryCluster(cluster, worker.Random);
    }

    /// <summary>The connections to an endpoint.</summary>
    public UpstreamPool PoolOf(PrimaryCluster cluster, ClusterEndpoint endpoint)
    {
        if (!_pools.TryGetValue(endpoint, out var pool))
        {
            pool = _pools[endpoint] = new UpstreamPool(worker, cluster, endpoint);
        }

        return pool;
    }

    /// <summary>A new configuration is in force: what is not known any more is closed when it is idle.</summary>
    public void Refresh()
    {
        foreach (var (name, known) in _byName)
        {
            if (clusters.Find(name) != known.Cluster)
            {
                _byName.Remove(name);
            }
        }

        foreach (var (endpoint, pool) in _pools)
        {
            if (clusters.Find(pool.Cluster.Cluster.Config.Name) is not { } cluster || !cluster.Endpoints.Contains(endpoint))
            {
                _pools.Remove(endpoint);
                pool.Close();
            }
        }
    }

    /// <summary>The proxy stops.</summary>
    public void Close()
    {
        foreach (var pool in _pools.Values)
        {
            pool.Close();
        }
    }
}
