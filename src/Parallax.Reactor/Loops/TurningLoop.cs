using System.Net;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>What every loop does in the same way, whatever moves its octets: it keeps a <see cref="LoopState"/>, and puts TLS over the
/// connections that its own kind makes.</summary>
/// <remarks>Thread safety: as <see cref="IEventLoop"/> says.</remarks>
internal abstract class TurningLoop : IEventLoop, ILoopPump
{
    private protected TurningLoop(string name, Action<Exception> onFault, TimeProvider clock)
    {
        State = new LoopState(Wake, onFault, clock);
        Life = new LoopLife(name, State, this);
    }

    public string Name => Life.Name;

    public long Now => State.Clock.Now;

    public TimeProvider Clock => State.Clock.Source;

    public bool IsLoopThread => Life.IsCurrent;

    public LoopCounters Counters => State.Counters;

    public long BufferBytes => State.Blocks.OutstandingBytes;

    public long MaxBufferBytes
    {
        get => State.Blocks.MaxBytes;
        set => State.Blocks.MaxBytes = value;
    }

    public abstract bool IsIdle { get; }

    internal LoopState State { get; }

    private protected LoopLife Life { get; }

    public bool Post(LoopCallback callback, object? state) => State.Posts.Post(callback, state);

    public Connection Connect(EndPoint remote, ConnectionHandler handler, ConnectOptions options)
    {
        Life.RequireLoopThread();
        if (remote is not IPEndPoint endPoint)
        {
            throw new NotSupportedException($"Connections are made to an IPEndPoint, not to {remote}.");
        }

        return options.Tls is null
            ? ConnectPlain(endPoint, handler, options)
            : TlsConnection.Connect(this, State, handler, options, (carrier, plain) => ConnectPlain(endPoint, carrier, plain));
    }

    public Listener Listen(IPEndPoint local, ListenOptions options, Func<Connection, ConnectionHandler> accept)
    {
        Life.RequireLoopThread();
        ObjectDisposedException.ThrowIf(Life.IsStopping, this);
        return ListenPlain(local, options, TlsConnection.Accepting(this, State, options, accept));
    }

    public LoopTimer Schedule(TimeSpan due, LoopCallback callback, object? state)
    {
        Life.RequireLoopThread();
        return State.Timers.Schedule(due, callback, state);
    }

    public abstract void Start();

    public abstract void Stop();

    public void Dispose() => Stop();

    public abstract void WaitAndServe(int milliseconds);

    public abstract void CloseAll();

    public abstract void Release();

    // Ends the loop's wait; any thread.
    private protected abstract void Wake();

    private protected abstract Connection ConnectPlain(IPEndPoint remote, ConnectionHandler handler, ConnectOptions options);

    private protected abstract Listener ListenPlain(IPEndPoint local, ListenOptions options, Func<Connection, ConnectionHandler> accept);
}
