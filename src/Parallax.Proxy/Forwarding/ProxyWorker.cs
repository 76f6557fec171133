using System.Buffers;
using System.Net;
using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;
using Parallax.Reactor.Loops;
using Parallax.Shadows.Clients;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Forwarding;

/// <summary>One loop of a proxy with everything that lives on it: listeners, clients, connections to primaries and shadows,
/// counters.</summary>
/// <remarks>Thread safety: belongs to the loop's thread, but for what says otherwise.</remarks>
internal sealed class ProxyWorker : IShareholder, IDisposable
{
    // Workers are told apart in exchange ids by the upper bits.
    private const int IdBits = 48;

    private readonly HashSet<ClientConnection> _clients = [];
    private readonly IdleClients _idleClients = new();
    private readonly List<ProxyListener> _listeners = [];
    private long _lastExchangeId;
    private Action? _drained;
    private int _isAskedForRoom;

    public ProxyWorker(string name, int number, ProxyOptions options, ClusterSet clusters, ProxyShares shares, Action<Exception> onFault)
    {
        Options = options;
        Pool = shares.Pool;
        Gate = shares.Gate;
        Overload = shares.Overload;
        ShadowShare = shares.Shadows;
        Random = options.NewRandom(number);
        RequestPolicy = options.RequestPolicy;
        ResponsePolicy = options.ResponsePolicy;
        Loop = options.IsManaged ? EventLoop.CreateManaged(name, onFault, options.Clock) : EventLoop.Create(name, onFault, options.Clock);
        Memory = new ClientMemory(Loop, options.Resources.MaxClientBytes / Math.Max(1, options.Loops));
        Draw = new SampleDraw(options.Sticky, Random);
        CopyReports = options.CopyObserver is { } observer ? new CopyReports(observer) : null;
        Clusters = new WorkerClusters(this, clusters);
        Mirrors = new WorkerMirrors(this, clusters);
        _lastExchangeId = (long)number << IdBits;
    }

    /// <summary>Any thread.</summary>
    public ProxyOptions Options { get; }

    public IEventLoop Loop { get; }

    /// <summary>Any thread may read.</summary>
    public ProxyCounters Counters { get; } = new();

    public WorkerClusters Clusters { get; }

    public WorkerMirrors Mirrors { get; }

    public Http1Policy RequestPolicy { get; }

    public Http1Policy ResponsePolicy { get; }

    public OctetPool Pool { get; }

    /// <summary>Any thread.</summary>
    public ConnectionGate Gate { get; }

    /// <summary>Any thread.</summary>
    public Overload Overload { get; }

    /// <summary>Any thread.</summary>
    public ConnectionShare ShadowShare { get; }

    /// <inheritdoc/>
    public ClientMemory Memory { get; }

    public Random Random { get; }

    public SampleDraw Draw { get; }

    public Latin1Scratch Scratch { get; } = new();

    /// <summary>Room for the one head being written.</summary>
    public ArrayBufferWriter<byte> Head { get; } = new(4096);

    /// <summary>True once no further requests are wanted.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Told what becomes of copies; null when nobody wants to know.</summary>
    public CopyReports? CopyReports { get; }

    /// <summary>Listens. Before the loop is started, or on it.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be listened at.</exception>
    public void Listen(ProxyListener listener, IPEndPoint address)
    {
        var options = new ListenOptions
        {
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

            var client = new ClientConnection(this, listener, connection);
            connection.Tag = client.Server;
            return options.HasPreface ? new PrefaceHandler(this, client) : client;
        });
        _listeners.Add(listener);
    }

    /// <summary>A request found no place for a connection to its primary: what is idle or too slow makes room, here and on other
    /// loops, and the request is served when it has. That is later, on the loop: it may be the request's own client that is too
    /// slow.</summary>
    public void MakeRoomForPrimary()
    {
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

    /// <summary>True while connections of clients are not kept for another request.</summary>
    public bool IsClosingIdle { get; private set; }

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

    /// <summary>The number of a new exchange.</summary>
    public long NextExchangeId() => ++_lastExchangeId;

    /// <summary>A client's connection is accepted; its TLS handshake may be to come.</summary>
    public void OnAccepted(ClientConnection client) => _clients.Add(client);

    /// <summary>A client's connection is over.</summary>
    public void OnClosed(ClientConnection client)
    {
        _clients.Remove(client);
        CheckDrained();
    }

    /// <summary>A new configuration is in force.</summary>
    public void Refresh()
    {
        Clusters.Refresh();
        Mirrors.Refresh();
    }

    /// <summary>Takes no more connections and closes each client's when its request is answered; all of them after the deadline.</summary>
    /// <param name="deadline">How long that may take.</param>
    /// <param name="drained">Called once no client is left.</param>
    public void Drain(TimeSpan deadline, Action drained)
    {
        IsDraining = true;
        _drained = drained;
        _listeners.ForEach(listener => listener.Socket?.Close());
        foreach (var client in _clients)
        {
            client.Drain();
        }

        Loop.Schedule(deadline, static state => ((ProxyWorker)state!).AbortAll(), this);
        CheckDrained();
    }

    public void Dispose() => Loop.Dispose();

    private void Take(OverloadStep step)
    {
        IsClosingIdle = step >= OverloadStep.CloseIdle;
        if (step >= OverloadStep.ShedShadows)
        {
            Mirrors.CloseIdle();
        }

        if (IsClosingIdle)
        {
            foreach (var client in _clients)
            {
                client.Drain();
            }
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
