namespace Parallax.Reactor.Tests.Loops;

/// <summary>What the epoll loop promises beyond being right: no garbage and few system calls.</summary>
public sealed class EpollCostTests() : LoopSuite(LoopKind.Epoll)
{
    [Fact]
    public async Task Echo_TenThousandRoundTrips_AllocateNothing()
    {
        using var peer = Peer(await Serve(Deadlined()));
        RoundTrips(peer, 1000);
        var least = long.MaxValue;

        // On a busy machine a queue may still grow, once.
        for (var round = 0; round < 3 && least > 4096; round++)
        {
            var before = await On(GC.GetAllocatedBytesForCurrentThread);
            RoundTrips(peer, 10_000);
            least = Math.Min(least, await On(GC.GetAllocatedBytesForCurrentThread) - before);
        }

        // The two posts themselves allocate: a boxed result, a task's completion.
        Assert.InRange(least, 0, 4096);
    }

    [Fact]
    public async Task Echo_EachMessage_CostsOneReceiveAndOneSend()
    {
        using var peer = Peer(await Serve(Script.Echo()));
        RoundTrips(peer, 1000);
        await On(() => { });
        Assert.Equal(1000, Loop.Counters.Receives);
        Assert.Equal(1000, Loop.Counters.Sends);
    }

    [Fact]
    public async Task IdleConnection_HoldsNoBuffer()
    {
        using var peer = Peer(await Serve(Script.Echo()));
        RoundTrips(peer, 10);
        Assert.Equal(0, await On(() => State.Blocks.Outstanding));
    }

    [Fact]
    public async Task ManyConnections_ServedInFewTurns()
    {
        var address = await Serve(Script.Echo);
        var peers = Enumerable.Range(0, 64).Select(_ => Peer(address)).ToList();
        await On(() => { });
        using var gate = new ManualResetEventSlim();
        var turns = Loop.Counters.Turns;
        Loop.Post(_ => gate.Wait(TestContext.Current.CancellationToken), null);
        peers.ForEach(peer => peer.Send("a"u8));
        gate.Set();
        peers.ForEach(peer => ReadExactly(peer, 1));
        Assert.InRange(Loop.Counters.Turns - turns, 1, 8);
        peers.ForEach(peer => peer.Dispose());
    }

    // Sets a deadline for every message, as a proxy does.
    private static Script Deadlined() => new()
    {
        Received = (connection, octets) =>
        {
            connection.SetDeadline(TimeSpan.FromSeconds(30));
            connection.Write(octets);
            return octets.Length;
        },
    };

    private static void RoundTrips(TestPeer peer, int count)
    {
        var octets = new byte[100];
        for (var i = 0; i < count; i++)
        {
            peer.Send(octets);
            for (var read = 0; read < octets.Length;)
            {
                read += peer.Receive(octets.AsSpan(read));
            }
        }
    }
}
