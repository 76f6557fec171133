using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Routing;

/// <summary>One limit of a cluster: how much of something is in flight at most, all loops taken together.</summary>
/// <remarks>Thread safety: any thread.</remarks>
public sealed class ClusterLimit
{
    private readonly int? _most;
    private int _active;
    private long _overflows;

    internal ClusterLimit(int? most) => _most = most;

    /// <summary>How many are in flight; not counted, and 0, without a limit.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>How many were refused.</summary>
    public long Overflows => Interlocked.Read(ref _overflows);

    /// <summary>Begins one more; <see cref="End"/> must be called for it.</summary>
    /// <returns>False when there are as many as may be; it is counted, and nothing needs to be ended.</returns>
    public bool TryBegin()
    {
        if (_most is not { } most)
        {
            return true;
        }

        if (Interlocked.Increment(ref _active) <= most)
        {
            return true;
        }

        Interlocked.Decrement(ref _active);
        Interlocked.Increment(ref _overflows);
        return false;
    }

    /// <summary>One that <see cref="TryBegin"/> allowed is over.</summary>
    public void End()
    {
        if (_most is not null)
        {
            Interlocked.Decrement(ref _active);
        }
    }
}

/// <summary>The limits of a cluster, as Envoy's circuit breakers.</summary>
/// <remarks>Thread safety: any thread. The one that began something ends it at the same object, also when a reload has replaced the
/// cluster.</remarks>
public sealed class ClusterLimits
{
    internal ClusterLimits(ConnectionPoolConfig config)
    {
        Connections = new ClusterLimit(config.MaxConnections);
        PendingRequests = new ClusterLimit(config.MaxPendingRequests);
        Requests = new ClusterLimit(config.MaxRequests);
        Retries = new ClusterLimit(config.MaxRetries);
    }

    /// <summary>Connections, those being made included.</summary>
    public ClusterLimit Connections { get; }

    /// <summary>Requests that wait for a connection.</summary>
    public ClusterLimit PendingRequests { get; }

    /// <summary>Requests in flight.</summary>
    public ClusterLimit Requests { get; }

    /// <summary>Retries in flight.</summary>
    public ClusterLimit Retries { get; }
}
