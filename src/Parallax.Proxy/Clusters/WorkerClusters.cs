using Parallax.Proxy.Bounds;
using Parallax.Proxy.Routing;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Clusters;

/// <summary>The clusters of one loop and the connections to their endpoints.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class WorkerClusters(LoopContext context, ClusterSet clusters)
{
    private readonly Dictionary<string, PrimaryCluster> _byName = [];
    private readonly EndpointMap<EndpointConnections> _pools = new();
    private readonly Http1Policy _policy = context.Options.ResponsePolicy;

    /// <summary>Endpoints there are connections to, or were.</summary>
    public int Pools => _pools.Count;

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

        return _byName[name] = new PrimaryCluster(cluster, context.Random, () => context.Gate.HasRoomForUpload(context.Owner));
    }

    /// <summary>The connections to an endpoint.</summary>
    public EndpointConnections PoolOf(PrimaryCluster cluster, ClusterEndpoint endpoint)
    {
        if (_pools.TryGet(endpoint, out var known))
        {
            return known;
        }

        var pool = new EndpointConnections(context, cluster, endpoint, _policy);
        _pools.Add(endpoint, pool);
        if (_pools.IsSweepDue)
        {
            // Not now: a connection that closes may let another request begin in the middle of this one.
            context.Loop.Post(static state => ((WorkerClusters)state!).CloseGone(), this);
        }

        return pool;
    }

    /// <summary>Lets requests try again that wait because no connection was left.</summary>
    public void ServeWaiting()
    {
        foreach (var cluster in _byName.Values.ToList())
        {
            // One that finds no connection goes back to the end of the line.
            int before;
            do
            {
                before = cluster.Waiting;
                cluster.ServeNext();
            }
            while (cluster.Waiting < before);
        }
    }

    /// <summary>Closes a connection that is idle.</summary>
    /// <returns>False when none is.</returns>
    public bool TryCloseIdle()
    {
        foreach (var pool in _pools.Values)
        {
            if (pool.TryCloseIdle())
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A new configuration is in force: what is no longer known is closed when it is idle.</summary>
    public void Refresh()
    {
        foreach (var (name, known) in _byName)
        {
            if (clusters.Find(name) != known.Cluster)
            {
                _byName.Remove(name);
            }
        }

        CloseGone();
    }

    /// <summary>The proxy stops.</summary>
    public void Close()
    {
        foreach (var pool in _pools.Values.ToList())
        {
            pool.Close();
        }
    }

    private void CloseGone() => _pools.TakeGone(clusters).ForEach(pool => pool.Close());
}
