using System.Net;
using System.Net.Sockets;

namespace Parallax.Reactor.Connections;

/// <summary>One thread that turns: it waits for sockets, timers and callbacks, serves them, sends what was written meanwhile, and
/// waits again. A connection belongs to one loop for life, so that nothing on a connection's path needs a lock.</summary>
/// <remarks>
/// <para>The assembly reads in one direction. Buffers: blocks of octets with an owner. Connections: the contract (loops, connections,
/// handlers, listeners, timers) and all bookkeeping that is the same whatever moves the octets. Loops: what moves them, the epoll loop
/// and the managed loop, with the native calls, and the simulated loop of tests. A folder uses only those before it, which is why this
/// interface stands beside <see cref="Connection"/> and not beside its implementations: a connection knows its loop as a contract, never
/// as a type.</para>
/// <para>Thread safety: <see cref="Post"/>, <see cref="Start"/>, <see cref="Stop"/>, <see cref="Counters"/> and
/// <see cref="IsLoopThread"/> may be used from any thread. <see cref="Connect"/>, <see cref="Listen"/> and <see cref="Schedule"/> belong
/// to the loop's thread; until <see cref="Start"/>, the maker of the loop may call them too, so that an address in use is reported to
/// it.</para>
/// </remarks>
public interface IEventLoop : IDisposable
{
    /// <summary>The loop's name, and its thread's.</summary>
    string Name { get; }

    /// <summary>Monotonic time in nanoseconds, read from <see cref="Clock"/> once per turn; its zero means nothing. For the loop's
    /// thread.</summary>
    long Now { get; }

    /// <summary>The clock the loop was made with, by which its timers run. Any thread: what works with the loop measures its times by
    /// <see cref="TimeProviderExtensions.GetNanoseconds"/> of this clock, so that they compare with <see cref="Now"/>.</summary>
    TimeProvider Clock { get; }

    /// <summary>Whether the caller runs on the loop's thread.</summary>
    bool IsLoopThread { get; }

    /// <summary>What the loop has done so far.</summary>
    LoopCounters Counters { get; }

    /// <summary>Memory that octets received and not consumed, or written and not sent, take on the loop's connections, in bytes. For the
    /// loop's thread; another may read a value that is a little old.</summary>
    long BufferBytes { get; }

    /// <summary>How much that may be before connections are congested with the first octet that the kernel does not take, and before less
    /// is received at a time; no bound by default. It slows down and refuses nothing. To be set before <see cref="Start"/>.</summary>
    long MaxBufferBytes { get; set; }

    /// <summary>Has <paramref name="callback"/> run on the loop's thread, after those the same thread posted before. The queue is not
    /// bounded (bound what feeds it); the loop is woken once per batch, and not at all while it is busy.</summary>
    /// <returns>False when the loop has stopped and the callback will never run; what <paramref name="state"/> owns stays with the caller.
    /// True means it will run, even if the loop is asked to stop meanwhile.</returns>
    bool Post(LoopCallback callback, object? state);

    /// <summary>Starts to connect. The loop calls <paramref name="handler"/> with what becomes of it, never from inside this call; no
    /// network fault is thrown. What is written before the connection is established is kept and sent then.</summary>
    /// <param name="remote">An <see cref="IPEndPoint"/>; resolving names is the caller's job.</param>
    /// <param name="handler">Called with everything that happens.</param>
    /// <param name="options">Time-outs, limits, TLS.</param>
    /// <exception cref="NotSupportedException"><paramref name="remote"/> is not an <see cref="IPEndPoint"/>.</exception>
    /// <exception cref="InvalidOperationException">Called on another thread.</exception>
    Connection Connect(EndPoint remote, ConnectionHandler handler, ConnectOptions options);

    /// <summary>Listens at <paramref name="local"/> and accepts connections from the next turn on.</summary>
    /// <param name="local">The address; port 0 lets the system choose (<see cref="Listener.LocalEndPoint"/> tells). <c>[::]</c> serves
    /// IPv4, too.</param>
    /// <param name="options">Backlog, sharing, limits, TLS.</param>
    /// <param name="accept">Gives an accepted connection its handler, before <see cref="ConnectionHandler.OnConnected"/>. When it throws,
    /// the connection is closed and the exception is reported as a fault.</param>
    /// <exception cref="SocketException">The address is in use, not this machine's, or not permitted.</exception>
    /// <exception cref="InvalidOperationException">Called on another thread, or the loop is stopping.</exception>
    Listener Listen(IPEndPoint local, ListenOptions options, Func<Connection, ConnectionHandler> accept);

    /// <summary>Has <paramref name="callback"/> run once, <paramref name="due"/> from now, never early and up to a millisecond late on an
    /// idle loop. Zero and less mean the next turn, <see cref="Timeout.InfiniteTimeSpan"/> never.</summary>
    /// <returns>The timer, to cancel it or to arm it again; it may be dropped.</returns>
    /// <exception cref="InvalidOperationException">Called on another thread.</exception>
    LoopTimer Schedule(TimeSpan due, LoopCallback callback, object? state);

    /// <summary>Starts the loop's thread, a background thread.</summary>
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    void Start();

    /// <summary>Asks the loop to end and waits until it has: callbacks posted before are run, every connection is closed with
    /// <see cref="CloseReason.LoopStopped"/>, timers never fire. On the loop's own thread it only asks. Calling it again does
    /// nothing.</summary>
#pragma warning disable CA1716 // A word of Visual Basic's; the pair of Start has no better name.
    void Stop();
#pragma warning restore CA1716
}
