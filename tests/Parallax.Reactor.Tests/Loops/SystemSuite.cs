using System.Net.Sockets;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Tests.Loops;

/// <summary>What only loops of the system have: a thread of their own, and the kernel's options and bounds.</summary>
public abstract class SystemSuite(LoopKind kind) : LoopSuite(kind)
{
    [Fact]
    public async Task Post_FromEightThreads_RunsAllInOrderWithFewWakeUps()
    {
        const int Threads = 8;
        const int Posts = 100_000;
        var next = new int[Threads];
        var inOrder = true;
        var done = Script.NewSource();
        var left = Threads * Posts;
        LoopCallback callback = state =>
        {
            var (thread, number) = ((int, int))state!;
            inOrder &= next[thread]++ == number;
            if (--left == 0)
            {
                done.SetResult();
            }
        };
        var threads = Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            for (var number = 0; number < Posts; number++)
            {
                Loop.Post(callback, (thread, number));
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        await Soon(done.Task);
        Assert.True(inOrder);
        Assert.InRange(Loop.Counters.WakeUps, 1, Threads * Posts / 10);
    }

    [Theory]
    [InlineData(0, 32 << 10, int.MaxValue)]
    [InlineData(8 << 10, 1, 16 << 10)]
    public async Task Connect_WithAReceiveBuffer_OffersAWindowOfThatSize(int bytes, int least, int most)
    {
        using var listener = PeerListener();
        await Connect(listener.LocalEndPoint, new Script(), new ConnectOptions { ReceiveBufferBytes = bytes });
        using var peer = listener.Accept();
        Assert.InRange(WindowOf(peer.Socket), least, most);
    }

    [Fact]
    public async Task Connect_BacklogFull_TimesOut()
    {
        // Linux leaves the third connection to a backlog of 0 without an answer.
        using var listener = PeerListener(backlog: 0);
        var remote = listener.LocalEndPoint;
        using var filler = Peer(remote);
        var options = new ConnectOptions { ConnectTimeout = TimeSpan.FromMilliseconds(150) };
        var scripts = Enumerable.Range(0, 3).Select(_ => new Script()).ToArray();
        foreach (var script in scripts)
        {
            await Connect(remote, script, options);
        }

        var reason = await Soon(await Soon(Task.WhenAny(scripts.Select(script => script.WhenClosed))));
        Assert.Equal(CloseReason.ConnectTimedOut, reason);
    }

    // What its peer lets it send: tcpi_snd_wnd in struct tcp_info of Linux.
    private static int WindowOf(Socket socket)
    {
        const int Tcp = 6;
        const int Information = 11;
        const int WindowAt = 228;
        Span<byte> information = stackalloc byte[256];
        var length = socket.GetRawSocketOption(Tcp, Information, information);
        Assert.SkipWhen(length < WindowAt + sizeof(int), "the kernel does not tell");
        return BitConverter.ToInt32(information[WindowAt..]);
    }
}

public sealed class SystemOnEpoll() : SystemSuite(LoopKind.Epoll);

public sealed class SystemOnManaged() : SystemSuite(LoopKind.Managed);
