using Parallax.Proxy.Bounds;
using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;
using Parallax.Shadows.Clients;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Clusters;

/// <summary>The connections of one loop to one endpoint of the primary. The one used last is used first, so that those not needed grow idle
/// and close.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class UpstreamPool : IConnectionHolder<UpstreamConnection>
{
    private readonly LoopContext _context;
    private readonly ConnectionGate _gate;
    private readonly ClusterEndpoint _endpoint;
    private readonly Http1Policy _policy;
    private readonly TimeSpan _idleTimeout;
    private readonly int _maxRequests;
    private readonly ConnectionList<UpstreamConnection> _idle = new(static connection => connection.IsIdle);
    private ConnectOptions _connectOptions;
    private bool _isClosed;

    public UpstreamPool(LoopContext context, PrimaryCluster cluster, ClusterEndpoint endpoint, Http1Policy policy)
    {
        _context = context;
        _gate = context.Gate;
        _endpoint = endpoint;
        _policy = policy;
        Cluster = cluster;
        var config = cluster.Cluster.Config;
        var limits = config.ConnectionPool;
        _idleTimeout = limits.IdleTimeout;
        _maxRequests = limits.MaxRequestsPerConnection ?? int.MaxValue;
        _connectOptions = new ConnectOptions
        {
            ConnectTimeout = limits.ConnectTimeout,
            KeepAlive = context.Options.KeepAlive,
            Buffers = ProxyOptions.Buffers,
            Tls = cluster.Cluster.Tls,
        };
    }

    /// <summary>The cluster.</summary>
    public PrimaryCluster Cluster { get; }

    /// <summary>A connection for a request: an idle one, or a new one.</summary>
    /// <param name="mustBeNew">True for a request whose connection turned out to be closed.</param>
    /// <returns>Null when the cluster may have no more connections.</returns>
    public UpstreamConnection? Take(bool mustBeNew)
    {
        if (!mustBeNew && _idle.TryTake(out var idle))
        {
            return idle;
        }

        if (!Cluster.Cluster.Limits.Connections.TryBegin())
        {
            return null;
        }

        if (!_gate.TryBeginPrimary())
        {
            Cluster.Cluster.Limits.Connections.End();
            _context.Owner.MakeRoomForPrimary();
            return null;
        }

        var connection = new UpstreamConnection(this, _policy);
        _context.Counters.CountConnect();

        // A reload may have read other certificates.
        _connectOptions = _connectOptions.WithTls(Cluster.Cluster.Tls);
        connection.Connect(_context.Loop, _endpoint.Address, _connectOptions);
        return connection;
    }

    /// <inheritdoc/>
    public void OnIdle(UpstreamConnection connection)
    {
        var time = connection.Requests == 0 ? _idleTimeout : KeptConnections.IdleTimeOf(connection.Head, _idleTimeout);
        if (_isClosed || connection.Requests >= _maxRequests || time == TimeSpan.Zero)
        {
            connection.Close();
            return;
        }

        _idle.Add(connection);
        connection.WaitIdle(time);
        Cluster.ServeNext();
        if (_gate.HasWaiting)
        {
            TryCloseIdle();
        }
    }

    /// <inheritdoc/>
    public void OnConnected(UpstreamConnection connection)
    {
        if (connection.IsIdle)
        {
            OnIdle(connection);
        }
    }

    /// <inheritdoc/>
    public void OnLost(UpstreamConnection connection, CloseReason reason)
    {
        connection.List?.Remove(connection);
        Cluster.Cluster.Limits.Connections.End();
        _gate.EndPrimary();
        Cluster.ServeNext();
    }

    /// <summary>Closes the connection that was idle longest.</summary>
    /// <returns>False when none is idle.</returns>
    public bool TryCloseIdle()
    {
        if (!_idle.TryTakeOldest(out var oldest))
        {
            return false;
        }

        // Its place is free when its end is reported, later in the turn.
        oldest.Close();
        return true;
    }

    /// <summary>Closes what is idle now, and everything else when its request is over.</summary>
    public void Close()
    {
        _isClosed = true;
        while (TryCloseIdle())
        {
        }
    }
}
