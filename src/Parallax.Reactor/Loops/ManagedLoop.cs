using System.Net;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>The loop on the runtime's sockets, which runs on every system. Its asynchronous work starts on the loop's thread and
/// comes back to it through <see cref="LoopContext"/>, so that handlers see the same world of one thread as with the epoll loop.</summary>
/// <remarks>Thread safety: as <see cref="IEventLoop"/> says.</remarks>
internal sealed class ManagedLoop : IEventLoop, ILoopPump
{
    private readonly AutoResetEvent _wakeUp = new(initialState: false);
    private readonly LoopContext _context;
    private readonly LoopThread _thread;
    private readonly HashSet<ManagedConnection> _connections = [];
    private readonly HashSet<ManagedListener> _listeners = [];
    private int _underWay;

    public ManagedLoop(string name, Action<Exception> onFault)
    {
        Agenda = new Agenda(() => _wakeUp.Set(), onFault);
        _context = new LoopContext(Agenda);
        _thread = new LoopThread(name, Agenda, this);
    }

    public string Name => _thread.Name;

    public long Now => Agenda.Now;

    public bool IsLoopThread => _thread.IsCurrent;

    public LoopCounters Counters => Agenda.Counters;

    public long BufferBytes => Agenda.Blocks.OutstandingBytes;

    public long MaxBufferBytes
    {
        get => Agenda.Blocks.MaxBytes;
        set => Agenda.Blocks.MaxBytes = value;
    }

    public bool IsIdle => _underWay == 0;

    internal Agenda Agenda { get; }

    public bool Post(LoopCallback callback, object? state) => Agenda.Posts.Post(callback, state);

    public Connection Connect(EndPoint remote, ConnectionHandler handler, ConnectOptions options)
    {
        _thread.Demand();
        if (remote is not IPEndPoint endPoint)
        {
            throw new NotSupportedException($"Connections are made to an IPEndPoint, not to {remote}.");
        }

        return options.Tls is null
            ? Connect(endPoint, handler, options)
            : TlsConnection.Connect(this, Agenda, handler, options, (carrier, plain) => Connect(endPoint, carrier, plain));
    }

    public Listener Listen(IPEndPoint local, ListenOptions options, Func<Connection, ConnectionHandler> accept)
    {
        _thread.Demand();
        ObjectDisposedException.ThrowIf(_thread.IsStopping, this);
        return ManagedListener.Open(this, local, options, TlsConnection.Accepting(this, Agenda, options, accept));
    }

    public LoopTimer Schedule(TimeSpan due, LoopCallback callback, object? state)
    {
        _thread.Demand();
        return Agenda.Timers.Schedule(due, callback, state);
    }

    public void Start() => _thread.Start();

    public void Stop() => _thread.Stop();

    public void Dispose() => Stop();

    public void WaitAndServe(int milliseconds)
    {
        if (milliseconds != 0 && _wakeUp.WaitOne(milliseconds))
        {
            Counters.WakeUpCount++;
        }

        Agenda.BeginTurn();
    }

    public void CloseAll()
    {
        foreach (var listener in _listeners.ToArray())
        {
            listener.Close();
        }

        foreach (var connection in _connections.ToArray())
        {
            connection.CloseWith(CloseReason.LoopStopped);
        }
    }

    public void Release() => _wakeUp.Dispose();

    internal void Add(ManagedConnection connection) => _connections.Add(connection);

    internal void Remove(ManagedConnection connection) => _connections.Remove(connection);

    internal void Add(ManagedListener listener) => _listeners.Add(listener);

    internal void Remove(ManagedListener listener) => _listeners.Remove(listener);

    /// <summary>Starts asynchronous work, whose every step runs on the loop's thread. The loop does not end before the work has.</summary>
    internal void Begin(Func<Task> work)
    {
        _underWay++;
        _context.Run(static state => _ = ((Work)state!).RunAsync(), new Work(this, work));
    }

    private ManagedConnection Connect(IPEndPoint remote, ConnectionHandler handler, ConnectOptions options)
    {
        var connection = new ManagedConnection(this, handler, options.Buffers);
        if (_thread.IsStopping)
        {
            connection.CloseWith(CloseReason.LoopStopped);
        }
        else
        {
            connection.Connect(remote, options);
        }

        return connection;
    }

    private sealed record Work(ManagedLoop Loop, Func<Task> Steps)
    {
        public async Task RunAsync()
        {
            try
            {
                await Steps();
            }
            catch (Exception exception)
            {
                Loop.Agenda.Report(exception);
            }
            finally
            {
                Loop._underWay--;
            }
        }
    }
}
