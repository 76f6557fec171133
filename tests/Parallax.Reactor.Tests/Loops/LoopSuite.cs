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

    // Where simulated loops and peers are.
    internal SimulatedNetwork Network { get; } = new();

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
        Assert.SkipUnless(Kind != LoopKind.Epoll || OperatingSystem.IsLinux(), "epoll is Linux's");
        var loop = Kind switch
        {
            LoopKind.Epoll => EventLoop.Create("loop", Faults.Enqueue),
            LoopKind.Managed => EventLoop.CreateManaged("loop", Faults.Enqueue),
            _ => Network.CreateLoop("loop", Faults.Enqueue),
        };
        StateOf(loop).Blocks.Poison = true;
        loop.Start();
        return loop;
    }

    private protected Task<T> On<T>(IEventLoop loop, Func<T> action)
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
        return Soon(done.Task);
    }

    private protected Task<T> On<T>(Func<T> action) => On(Loop, action);

    private protected Task On(Action action) => On(() =>
    {
        action();
        return true;
    });

    private protected Task<T> Soon<T>(Task<T> task)
    {
        RunUntilOver(task);
        return task.WaitAsync(s_guard);
    }

    private protected Task Soon(Task task)
    {
        RunUntilOver(task);
        return task.WaitAsync(s_guard);
    }

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

    /// <summary>A peer connected to <paramref name="remote"/>.</summary>
    private protected TestPeer Peer(IPEndPoint remote)
    {
        if (Kind == LoopKind.Simulated)
        {
            return new SimulatedPeer(Network.Addresses.Connect(remote)!, Network);
        }

        var socket = NewSocket();
        socket.Connect(remote);
        return new SocketPeer(socket);
    }

    /// <summary>A listening peer, for connections the loop makes.</summary>
    private protected TestListener PeerListener(int backlog = 16)
    {
        if (Kind == LoopKind.Simulated)
        {
            return new SimulatedBacklogListener(Network.Addresses.Listen(AnyPort, isShared: false), Network);
        }

        var socket = NewSocket();
        socket.Bind(AnyPort);
        socket.Listen(backlog);
        return new SocketListener(socket, s_guard);
    }

    private protected static byte[] ReadExactly(TestPeer peer, int count)
    {
        var octets = new byte[count];
        for (var read = 0; read < count;)
        {
            var received = peer.Receive(octets.AsSpan(read));
            Assert.NotEqual(0, received);
            read += received;
        }

        return octets;
    }

    private protected static byte[] ReadToEnd(TestPeer peer)
    {
        var all = new List<byte>();
        var octets = new byte[65536];
        while (peer.Receive(octets) is > 0 and var received)
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

    // A simulated network moves only when it is run.
    private void RunUntilOver(Task task)
    {
        if (Kind != LoopKind.Simulated)
        {
            return;
        }

        Network.RunUntilIdle();
        while (!task.IsCompleted && Network.TryAdvanceToNextTimer())
        {
        }
    }

    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
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
