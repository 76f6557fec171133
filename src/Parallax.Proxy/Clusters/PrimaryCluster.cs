using Parallax.Proxy.Routing;

namespace Parallax.Proxy.Clusters;

/// <summary>A cluster as one loop uses it: who chooses endpoints, and the requests that wait for a connection because the cluster may
/// have no more of them.</summary>
/// <remarks>A request waits for a connection of its own loop: one that another loop keeps idle helps only once it is closed. Requests that
/// are still coming have their own line, since connections for them can be short for long. Thread safety: belongs to the loop's
/// thread.</remarks>
/// <param name="cluster">Its state.</param>
/// <param name="random">The loop's.</param>
/// <param name="hasRoomForUpload">True when a request that is still coming may have a connection.</param>
internal sealed class PrimaryCluster(Cluster cluster, Random random, Func<bool> hasRoomForUpload)
{
    private readonly LinkedList<IConnectionWaiter> _waiting = [];
    private readonly LinkedList<IConnectionWaiter> _uploads = [];
    private bool _isUploadsTurn;

    /// <summary>Its state, shared by all loops.</summary>
    public Cluster Cluster { get; } = cluster;

    /// <summary>Chooses endpoints for this loop.</summary>
    public LoadBalancer Balancer { get; } = new(cluster, random);

    /// <summary>Puts a request in line.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isUpload">True when it is still coming.</param>
    /// <returns>False when as many wait as may.</returns>
    public bool TryWait(IConnectionWaiter request, bool isUpload)
    {
        if (!Cluster.Limits.PendingRequests.TryBegin())
        {
            return false;
        }

        (isUpload ? _uploads : _waiting).AddLast(request);
        return true;
    }

    /// <summary>Takes a request out of the line.</summary>
    public void StopWaiting(IConnectionWaiter request)
    {
        if (_waiting.Remove(request) || _uploads.Remove(request))
        {
            Cluster.Limits.PendingRequests.End();
        }
    }

    /// <summary>Requests that wait.</summary>
    public int Waiting => _waiting.Count + _uploads.Count;

    /// <summary>A connection is free, or another may be made.</summary>
    public void ServeNext()
    {
        var upload = _uploads.Count > 0 && hasRoomForUpload() ? _uploads.First : null;
        _isUploadsTurn = !_isUploadsTurn;
        if ((_isUploadsTurn ? upload ?? _waiting.First : _waiting.First ?? upload) is { } next)
        {
            StopWaiting(next.Value);
            next.Value.OnConnectionFree();
        }
    }
}
