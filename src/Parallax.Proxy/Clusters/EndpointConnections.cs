using Parallax.Proxy.Bounds;
using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;
using Parallax.Shadows.Clients;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Clusters;

/// <summary>The connections of one loop to one endpoint of the primary, shared by all requests.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class EndpointConnections : IConnectionHolder<HttpClientConnection>
{
    private readonly LoopContext _context;
    private readonly PrimaryCluster _cluster;
    private readonly ClusterEndpoint _endpoint;
    private readonly Http1Policy _policy;
    private readonly TimeSpan _idleTimeout;
    private readonly int _maxRequests;
    private readonly ConnectionPool<HttpClientConnection> _pool;
    private bool _isClosed;

    public EndpointConnections(LoopContext context, PrimaryCluster cluster, ClusterEndpoint endpoint, Http1Policy policy)
    {
        _context = context;
        _cluster = cluster;
        _endpoint = endpoint;
        _policy = policy;
        var limits = cluster.Cluster.Config.ConnectionPool;
        _idleTimeout = limits.IdleTimeout;
        _maxRequests = limits.MaxRequestsPerConnection ?? int.MaxValue;
        var options = new ConnectOptions
        {
            ConnectTimeout = limits.ConnectTimeout,
            KeepAlive = context.Options.KeepAlive,
            Buffers = ProxyOptions.Buffers,
            Tls = cluster.Cluster.Tls,
        };

        // A reload may have read other certificates.
        _pool = new ConnectionPool<HttpClientConnection>(
            context.Loop, options, () => cluster.Cluster.Tls, new PrimaryPermit(context, cluster));
    }

    /// <summary>A connection for a request: an idle one, or a new one.</summary>
    /// <param name="mustBeNew">True for a request whose connection turned out to be closed.</param>
    /// <returns>Null when there may be no more connections.</returns>
    public HttpClientConnection? Take(bool mustBeNew)
    {
        if (!mustBeNew && _pool.TryTakeIdle(out var idle))
        {
            return idle;
        }

        if (!_pool.TryBegin())
        {
            return null;
        }

        _context.Counters.CountConnect();
        var connection = new HttpClientConnection(this, _policy, _idleTimeout, _maxRequests);
        _pool.Open(connection, _endpoint.Address);
        return connection;
    }

    /// <inheritdoc/>
    public void OnConnected(HttpClientConnection connection)
    {
        if (connection.IsIdle)
        {
            OnIdle(connection);
        }
    }

    /// <inheritdoc/>
    public void OnIdle(HttpClientConnection connection)
    {
        if (_isClosed)
        {
            connection.Close();
            return;
        }

        _pool.AddIdle(connection);
        _cluster.ServeNext();
        if (_context.Gate.HasWaiting)
        {
            TryCloseIdle();
        }
    }

    /// <inheritdoc/>
    public void OnLost(HttpClientConnection connection, CloseReason reason)
    {
        _pool.Remove(connection);
        _cluster.ServeNext();
    }

    /// <summary>Closes the connection that was idle longest.</summary>
    /// <returns>False when none is idle.</returns>
    public bool TryCloseIdle() => _pool.TryCloseIdle();

    /// <summary>Closes what is idle now, and everything else when its request is over.</summary>
    public void Close()
    {
        _isClosed = true;
        _pool.CloseIdle();
    }
}
