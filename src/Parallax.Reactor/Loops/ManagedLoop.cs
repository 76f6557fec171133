using System.Net;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>The loop on the runtime's sockets, which runs on every system. Its asynchronous work starts on the loop's thread and
/// comes back to it through <see cref="LoopContext"/>, so that handlers see the same world of one thread as with the epoll loop.</summary>
/// <remarks>Thread safety: as <see cref="IEventLoop"/> says.</remarks>
internal sealed class ManagedLoop : TurningLoop
{
    private readonly AutoResetEvent _wakeUp = new(initialState: false);
    private readonly LoopContext _context;
    private readonly LoopThread _thread;

    public ManagedLoop(string name, Action<Exception> onFault, TimeProvider clock)
        : base(name, onFault, clock)
    {
        _context = new LoopContext(State);
        _thread = new LoopThread(Life, State);
    }

    public override bool IsIdle => _context.Running == 0;

    public override void Start() => _thread.Start();

    public override void Stop() => _thread.Stop();

    public override void WaitAndServe(int milliseconds)
    {
        if (milliseconds != 0 && _wakeUp.WaitOne(milliseconds))
        {
            Counters.WakeUpCount++;
        }

        State.BeginTurn();
    }

    public override void CloseAll()
    {
        // All are members of the loop's state, which closes them.
    }

    public override void Release() => _wakeUp.Dispose();

    private protected override void Wake() => _wakeUp.Set();

    private protected override Connection ConnectPlain(IPEndPoint remote, ConnectionHandler handler, ConnectOptions options)
    {
        var connection = NewConnection(handler, options.Buffers);
        if (Life.IsStopping)
        {
            connection.CloseWith(CloseReason.LoopStopped);
        }
        else
        {
            connection.Connect(remote, options);
        }

        return connection;
    }

    private protected override Listener ListenPlain(
        IPEndPoint local, ListenOptions options, Func<Connection, ConnectionHandler> accept) =>
        ManagedListener.Open(_context, () => NewConnection(NoHandler.Instance, options.Buffers), local, options, accept);

    private ManagedConnection NewConnection(ConnectionHandler handler, BufferOptions limits) => new(this, _context, handler, limits);
}
