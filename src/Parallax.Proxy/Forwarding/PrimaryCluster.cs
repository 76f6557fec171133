using Parallax.Proxy.Routing;

namespace Parallax.Proxy.Forwarding;

/// <summary>A cluster as one loop uses it: who chooses endpoints, and the requests that wait for a connection because the cluster may
/// have no more of them.</summary>
/// <remarks>A request waits for a connection of its own loop: one that another loop keeps idle is of no use to it until that is closed.
/// Thread safety: belongs to the loop's thread.</remarks>
internal sealed class PrimaryCluster(Cluster cluster, Random random)
{
    private readonly LinkedList<PrimaryTries> _waiting = [];

    /// <summary>Its state, shared by all loops.</summary>
    public Cluster Cluster { get; } = cluster;

    /// <summary>Chooses endpoints for this loop.</summary>
    public LoadBalancer Balancer { get; } = new(cluster, random);

    /// <summary>Puts a request in line.</summary>
    /// <returns>False when as many wait as may.</returns>
    public bool TryWait(PrimaryTries tries)
    {
        if (!Cluster.Limits.PendingRequests.TryBegin())
        {
            return false;
        }

        _waiting.AddLast(tries);
        return true;
    }

    /// <summary>Takes a request out of the line.</summary>
    public void StopWaiting(PrimaryTries tries)
    {
        if (_waiting.Remove(tries))
        {
            Cluster.Limits.PendingRequests.End();
        }
    }

    /// <summary>Requests that wait.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>A connection is free, or another may be made.</summary>
    public void ServeNext()
    {
        if (_waiting.First is { } first)
        {
            StopWaiting(first.Value);
            first.Value.OnConnectionFree();
        }
    }
}
