using System.Net;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Clusters;
using Parallax.Proxy.Copies;
using Parallax.Proxy.Primary;
using Parallax.Proxy.Requests;
using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;
using Parallax.Reactor.Loops;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Serving;

/// <summary>One loop of a proxy with everything that lives on it: listeners, clients, connections to primaries and shadows,
/// counters.</summary>
/// <remarks>Thread safety: belongs to the loop's thread, but for what says otherwise.</remarks>
internal sealed class ProxyWorker : ISharingLoop, IDisposable
{
    private readonly HashSet<ClientConnection> _clients = [];
    private readonly IdleClients _idleClients = new();
    private readonly List<ProxyListener> _listeners = [];
    private readonly LoopContext _context;
    private readonly ExchangeScope _scope;
    private readonly Http1Policy _requestPolicy;
    private readonly Action<ClientConnection> _onClosed;
    private bool _isLeaving;
    private Action? _drained;
    private int _isAskedForRoom;

    public ProxyWorker(string name, int number, ProxyOptions options, ClusterSet clusters, ProxyShares shares, Action<Exception> onFault)
    {
        Loop = options.IsManaged ? EventLoop.CreateManaged(name, onFault, options.Clock) : EventLoop.Create(name, onFault, options.Clock);
        Memory = new ClientMemory(Loop, options.Resources.MaxClientBytes / Math.Max(1, options.Loops));
        _requestPolicy = options.RequestPolicy;
        _onClosed = OnClosed;
        _context = new LoopContext(this, Loop, number, options, shares.Gate);
        Clusters = new WorkerClusters(_context, clusters);
        Mirrors = new WorkerMirrors(_context, Clusters, clusters, shares);
        _scope = new ExchangeScope(_context, Clusters, Mirrors);
    }

    public IEventLoop Loop { get; }

    /// <summary>Any thread may read.</summary>
    public ProxyCounters Counters => _context.Counters;

    public WorkerClusters Clusters { get; }

    public WorkerMirrors Mirrors { get; }

    /// <inheritdoc/>
    public ClientMemory Memory { get; }

    private ProxyOptions Options => _context.Options;

    private ConnectionGate Gate => _context.Gate;

    /// <summary>Listens. Before the loop is started, or on it.</summary>
    /// <param name="listener">Its servers.</param>
    /// <param name="address">Where.</param>
    /// <param name="inherited">The socket to accept from; null to open one.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be listened at.</exception>
    public void Listen(ProxyListener listener, IPEndPoint address, InheritedSocket? inherited)
    {
        var options = new ListenOptions
        {
            Inherited = inherited,
            ReusePort = true,
            Buffers = ProxyOptions.Buffers,
            KeepAlive = Options.KeepAlive,
            Tls = listener.IsTls ? static (tag, name) => ((ChosenServer)tag!).Choose(name) : null,
            HasPreface = Options.ProxyProtocol != ProxyProtocolMode.Off,
        };
        listener.Socket = Loop.Listen(address, options, connection =>
        {
            if (!TryAdmit(connection, listener.IsTls))
            {
                return RefusedConnection.Instance;
            }

            var client = new ClientConnection(_scope, listener, connection, _requestPolicy, _onClosed);
            _clients.Add(client);
            connection.Tag = client.Server;
            return options.HasPreface ? new PrefaceHandler(_context, client) : client;
        });
        _listeners.Add(listener);
    }

    /// <inheritdoc/>
    public void MakeRoomForPrimary()
    {
        // Later: it may be the request's own client that is too slow.
        Gate.Await(this);
        Loop.Post(static state => ((ProxyWorker)state!).MakeRoom(), this);
    }

    /// <inheritdoc/>
    public void AskForRoom()
    {
        if (Interlocked.Exchange(ref _isAskedForRoom, 1) == 0)
        {
            Loop.Post(static state => ((ProxyWorker)state!).OnAskedForRoom(), this);
        }
    }

    /// <inheritdoc/>
    public void ServeWaiting() => Loop.Post(static state => ((ProxyWorker)state!).Clusters.ServeWaiting(), this);

    /// <inheritdoc/>
    public void OnOverload(OverloadStep step) => Loop.Post(_ => Take(step), null);

    /// <summary>Listens there no more. Its connections end as with <see cref="Drain"/>.</summary>
    public void Close(ProxyListener listener)
    {
        listener.IsClosed = true;
        listener.Socket?.Close();
        _listeners.Remove(listener);
        foreach (var client in _clients.Where(client => client.Server.Listener == listener).ToList())
        {
            client.Drain();
        }
    }

    /// <summary>A new configuration is in force.</summary>
    public void Refresh()
    {
        Clusters.Refresh();
        Mirrors.Refresh();
    }

    /// <summary>From now on closes each client's connection when its request is answered, and idle ones soon.</summary>
    public void SendClientsAway()
    {
        _isLeaving = true;
        _context.KeepsClients = false;
        DrainClients();
    }

    /// <summary>Takes no more connections and closes each client's when its request is answered; all of them after the deadline.</summary>
    /// <param name="deadline">How long that may take.</param>
    /// <param name="drained">Called once no client is left.</param>
    public void Drain(TimeSpan deadline, Action drained)
    {
        _drained = drained;
        _listeners.ForEach(listener => listener.Socket?.Close());
        SendClientsAway();
        Loop.Schedule(deadline, static state => ((ProxyWorker)state!).AbortAll(), this);
        CheckDrained();
    }

    public void Dispose() => Loop.Dispose();

    private void Take(OverloadStep step)
    {
        var closesIdle = step >= OverloadStep.CloseIdle;
        _context.KeepsClients = !closesIdle && !_isLeaving;
        if (step >= OverloadStep.ShedShadows)
        {
            Mirrors.CloseIdle();
        }

        if (closesIdle)
        {
            DrainClients();
        }
    }

    private void DrainClients()
    {
        foreach (var client in _clients)
        {
            client.Drain();
        }
    }

    // The newest is refused only when no other can make room.
    private bool TryAdmit(Connection connection, bool isTls)
    {
        if (Gate.IsNearlyFull)
        {
            MakeRoom();
        }

        var hasMemory = !isTls || Memory.HasRoomForTls || (TryCloseIdleClient() && Memory.HasRoomForTls);
        var remote = connection.RemoteEndPoint as IPEndPoint;
        var refusal = hasMemory ? Gate.Enter(remote?.Address) : ConnectionRefusal.Overload;
        if (refusal == ConnectionRefusal.None)
        {
            return true;
        }

        RefusedRequest.Report(Counters, Options.Observer, remote is null ? default : Endpoint.From(remote), refusal);
        connection.Abort();
        return false;
    }

    private bool TryCloseIdleClient() => _idleClients.TryCloseOldest(_clients, Loop.Now);

    // A connection to a primary that nobody uses helps, unless it is only the places of clients that are taken.
    private bool TryCloseIdle() =>
        ((Gate.HasWaiting || !Gate.IsNearlyFullOfClients) && Clusters.TryCloseIdle()) || TryCloseIdleClient();

    private void MakeRoom()
    {
        if (!TryCloseIdle())
        {
            Gate.AskOthers(this);
        }
    }

    private void OnAskedForRoom()
    {
        Volatile.Write(ref _isAskedForRoom, 0);
        TryCloseIdle();
    }

    private void AbortAll()
    {
        foreach (var client in _clients)
        {
            client.Abort();
        }
    }

    private void OnClosed(ClientConnection client)
    {
        _clients.Remove(client);
        CheckDrained();
    }

    private void CheckDrained()
    {
        if (_clients.Count == 0 && _drained is { } drained)
        {
            _drained = null;
            Clusters.Close();
            drained();
        }
    }
}
