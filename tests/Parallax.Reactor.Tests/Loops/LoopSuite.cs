using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Parallax.Reactor.Connections;
using Parallax.Reactor.Loops;

namespace Parallax.Reactor.Tests.Loops;

/// <summary>What every suite needs: one loop, peers on plain sockets, and waiting with a guard. At the end nothing may be left over: no
/// block outside the pool, no exception nobody asked for.</summary>
public abstract class LoopSuite : IDisposable
{
    private static readonly TimeSpan s_guard = TimeSpan.FromSeconds(30);

    private protected LoopSuite(LoopKind kind)
    {
        Kind = kind;
        Loop = NewLoop();
    }

    private protected LoopKind Kind { get; }

    private protected IEventLoop Loop { get; }

    private protected ConcurrentQueue<Exception> Faults { get; } = new();

    private protected bool ExpectsFaults { get; set; }

    internal LoopState State => StateOf(Loop);

    public void Dispose()
    {
        Loop.Dispose();
        GC.SuppressFinalize(this);
        Assert.Equal(0, State.Blocks.Outstanding);
        Assert.Equal(0, Loop.Counters.OpenConnections);
        Assert.Equal(ExpectsFaults, !Faults.IsEmpty);
    }

    internal static LoopState StateOf(IEventLoop loop) => ((TurningLoop)loop).State;

    private protected IEventLoop NewLoop()
    {
        Assert.SkipUnless(Kind == LoopKind.Managed || OperatingSystem.IsLinux(), "epoll is Linux's");
        IEventLoop loop = Kind == LoopKind.Epoll ? EventLoop.Create("loop", Faults.Enqueue) : EventLoop.CreateManaged("loop", Faults.Enqueue);
        StateOf(loop).Blocks.Poison = true;
        loop.Start();
        return loop;
    }

    private protected static Task<T> On<T>(IEventLoop loop, Func<T> action)
    {
        var done = Script.NewSource<T>();
        loop.Post(
            _ =>
            {
                try
                {
                    done.SetResult(action());
                }
                catch (Exception exception)
                {
                    done.SetException(exception);
                }
            },
            null);
        return done.Task.WaitAsync(s_guard);
    }

    private protected Task<T> On<T>(Func<T> action) => On(Loop, action);

    private protected Task On(Action action) => On(() =>
    {
        action();
        return true;
    });

    private protected static Task<T> Soon<T>(Task<T> task) => task.WaitAsync(s_guard);

    private protected static Task Soon(Task task) => task.WaitAsync(s_guard);

    /// <summary>A listener whose connections all get their handler from <paramref name="script"/>.</summary>
    private protected async Task<IPEndPoint> Serve(Func<Script> script, ListenOptions? options = null)
    {
        var listener = await On(() => Loop.Listen(AnyPort, options ?? ListenOptions.Default, _ => script()));
        return listener.LocalEndPoint;
    }

    private protected Task<IPEndPoint> Serve(Script script, BufferOptions? buffers = null) =>
        Serve(() => script, new ListenOptions { Buffers = buffers ?? BufferOptions.Default });

    private protected Task<Connection> Connect(IPEndPoint remote, Script script, ConnectOptions? options = null) =>
        On(() => Loop.Connect(remote, script, options ?? ConnectOptions.Default));

    private protected static IPEndPoint AnyPort => new(IPAddress.Loopback, 0);

    /// <summary>A plain socket connected to <paramref name="remote"/>.</summary>
    private protected static Socket Peer(IPEndPoint remote)
    {
        var socket = NewPeer();
        socket.Connect(remote);
        return socket;
    }

    /// <summary>A plain listening socket, for connections the loop makes.</summary>
    private protected static Socket PeerListener(int backlog = 16)
    {
        var socket = NewPeer();
        socket.Bind(AnyPort);
        socket.Listen(backlog);
        return socket;
    }

    private protected static Task<Socket> Accept(Socket listener) =>
        Soon(listener.AcceptAsync(TestContext.Current.CancellationToken).AsTask());

    private protected static byte[] ReadExactly(Socket socket, int count)
    {
        var octets = new byte[count];
        for (var read = 0; read < count;)
        {
            var received = socket.Receive(octets.AsSpan(read));
            Assert.NotEqual(0, received);
            read += received;
        }

        return octets;
    }

    private protected static byte[] ReadToEnd(Socket socket)
    {
        var all = new List<byte>();
        var octets = new byte[65536];
        while (socket.Receive(octets) is > 0 and var received)
        {
            all.AddRange(octets.AsSpan(0, received));
        }

        return [.. all];
    }

    private protected static byte[] Noise(int count, int seed = 1)
    {
        var octets = new byte[count];
        new Random(seed).NextBytes(octets);
        return octets;
    }

    private static Socket NewPeer() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
        ReceiveTimeout = (int)s_guard.TotalMilliseconds,
        SendTimeout = (int)s_guard.TotalMilliseconds,
    };

    /// <summary>Counts how often it is disposed of.</summary>
    private protected sealed class Owner : IDisposable
    {
        private int _times;

        public int Times => Volatile.Read(ref _times);

        public void Dispose() => Interlocked.Increment(ref _times);
    }
}
