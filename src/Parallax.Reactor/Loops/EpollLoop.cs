using System.Net;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>The loop on Linux's epoll: as few system calls as there can be. Sockets are watched edge-triggered, for
/// reading and writing at once, from the first moment to the last: watching is never changed again. Octets are received into one buffer of
/// the loop's, so that an idle connection holds none.</summary>
/// <remarks>Thread safety: as <see cref="IEventLoop"/> says.</remarks>
internal sealed class EpollLoop : IEventLoop, ILoopPump
{
    // Holds what a socket usually has ready, and stays in the processor's cache.
    private const int SharedReadBytes = 64 * 1024;

    // Where memory is short no more than this has to be kept of what one connection sends in a turn.
    private const int ShortReadBytes = 4 * 1024;

    private readonly byte[] _sharedReadBuffer = GC.AllocateUninitializedArray<byte>(SharedReadBytes, pinned: true);
    private readonly LoopThread _thread;

    /// <exception cref="System.Net.Sockets.SocketException">The system has no descriptor left.</exception>
    public EpollLoop(string name, Action<Exception> onFault)
    {
        Agenda = new Agenda(Epoll.Wake, onFault);
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

    public bool IsIdle => true;

    internal Agenda Agenda { get; }

    internal NativeEpoll Epoll { get; } = new();

    internal EpollTargets Targets { get; } = new();

    internal GatheredSend GatheredSend { get; } = new();

    // Where octets are received of which nothing is held yet.
    internal Span<byte> ReadRoom => _sharedReadBuffer.AsSpan(0, Agenda.Blocks.IsShort ? ShortReadBytes : SharedReadBytes);

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
        return EpollListener.Open(this, local, options, TlsConnection.Accepting(this, Agenda, options, accept));
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
        var count = Epoll.Wait(milliseconds);
        Agenda.BeginTurn();
        for (var i = 0; i < count; i++)
        {
            var events = Epoll.Event(i, out var token);
            if (token == NativeEpoll.WakeToken)
            {
                Counters.WakeUpCount++;
            }
            else
            {
                Targets.Find(token)?.OnEvents(events);
            }
        }
    }

    public void CloseAll() => Targets.StopAll();

    public void Release() => Epoll.Dispose();

    private EpollConnection Connect(IPEndPoint remote, ConnectionHandler handler, ConnectOptions options)
    {
        var connection = new EpollConnection(this, handler, options.Buffers);
        if (_thread.IsStopping)
        {
            connection.OnLoopStopped();
        }
        else
        {
            connection.Connect(remote, options);
        }

        return connection;
    }
}
