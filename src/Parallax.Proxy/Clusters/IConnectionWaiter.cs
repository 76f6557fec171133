namespace Parallax.Proxy.Clusters;

/// <summary>A request that waits in line for a connection to its primary, see <see cref="PrimaryCluster"/>.</summary>
/// <remarks>Called on the loop's thread.</remarks>
internal interface IConnectionWaiter
{
    /// <summary>A connection is free, or another may be made; the request is no longer in line.</summary>
    void OnConnectionFree();
}
