using Parallax.Proxy.Bounds;
using Parallax.Shadows.Clients;

namespace Parallax.Proxy.Clusters;

/// <summary>Says whether a loop may have another connection to an endpoint: its cluster's limit and the proxy's both have to allow
/// it.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class PrimaryPermit(LoopContext context, PrimaryCluster cluster) : IConnectionPermit
{
    /// <inheritdoc/>
    public bool TryBegin(int own)
    {
        var limit = cluster.Cluster.Limits.Connections;
        if (!limit.TryBegin())
        {
            return false;
        }

        if (context.Gate.TryBeginPrimary())
        {
            return true;
        }

        limit.End();
        context.Owner.MakeRoomForPrimary();
        return false;
    }

    /// <inheritdoc/>
    public void End()
    {
        cluster.Cluster.Limits.Connections.End();
        context.Gate.EndPrimary();
    }
}
