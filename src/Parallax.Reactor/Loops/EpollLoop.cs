using System.Net;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>The loop on Linux's epoll: as few system calls as there can be. Sockets are watched edge-triggered, for
/// reading and writing at once, from the first moment to the last: watching is never changed again. Octets are received into one buffer of
/// the loop's, so that an idle connection holds none.</summary>
/// <remarks>Thread safety: as <see cref="IEventLoop"/> says.</remarks>
internal sealed class EpollLoop : TurningLoop
{
    // Holds what a socket usually has ready, and stays in the processor's cache.
    private const int SharedReadBytes = 64 * 1024;

    // Where memory is short no more than this has to be kept of what one connection sends in a turn.
    private const int ShortReadBytes = 4 * 1024;

    private readonly byte[] _sharedReadBuffer = GC.AllocateUninitializedArray<byte>(SharedReadBytes, pinned: true);
    private readonly LoopThread _thread;

    /// <exception cref="System.Net.Sockets.SocketException">The system has no descriptor left.</exception>
    public EpollLoop(string name, Action<Exception> onFault, TimeProvider clock)
        : base(name, onFault, clock) => _thread = new LoopThread(Life, State);

    public override bool IsIdle => true;

    internal NativeEpoll Epoll { get; } = new();

    internal EpollTargets Targets { get; } = new();

    internal GatheredSend GatheredSend { get; } = new();

    // Where octets are received of which nothing is held yet.
    internal Span<byte> ReadRoom => _sharedReadBuffer.AsSpan(0, State.Blocks.IsShort ? ShortReadBytes : SharedReadBytes);

    public override void Start() => _thread.Start();

    public override void Stop() => _thread.Stop();

    public override void WaitAndServe(int milliseconds)
    {
        var count = Epoll.Wait(milliseconds);
        State.BeginTurn();
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

    public override void CloseAll() => Targets.StopAll();

    public override void Release() => Epoll.Dispose();

    private protected override void Wake() => Epoll.Wake();

    private protected override Connection ConnectPlain(IPEndPoint remote, ConnectionHandler handler, ConnectOptions options)
    {
        var connection = new EpollConnection(this, handler, options.Buffers);
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
        EpollListener.Open(this, local, options, accept);
}
