using System.Buffers;
using System.Collections.Concurrent;
using Parallax.Reactor.Loops;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>Prepared requests, offered on the target's own loop.</summary>
public sealed class ShadowOnLoopTests
{
    public static TheoryData<LoopKind> Loops => [LoopKind.Epoll, LoopKind.Managed];

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task OfferOnLoop_Prepared_ArrivesAsItWasWritten(LoopKind kind)
    {
        var requests = new ConcurrentQueue<RawMessage>();
        using var server = new TestServer(async peer =>
        {
            while (await peer.ReadAsync() is { } request)
            {
                requests.Enqueue(request);
                await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        });
        await using var rig = new ShadowRig(kind, server.Address, options => options with { MaxConnections = 1 });
        foreach (var length in (int[])[0, 1, 600, 1024, 5000, 64 * 1024, 300_000])
        {
            var body = ShadowRig.Octets(length);
            var head = $"POST /{length} HTTP/1.1\r\nHost: a\r\nX: {new string('x', length / 100)}\r\nContent-Length: {length}\r\n\r\n";
            Assert.Equal(DropReason.None, await rig.OnLoop(() => rig.OfferPrepared(head, body)));
            Assert.Equal("200", await rig.Say());
            Assert.True(requests.TryDequeue(out var request));
            Assert.Equal(head, request.Head);
            Assert.Equal(body, request.Body);
        }

        Assert.Equal(1, server.Accepted);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task OfferOnLoop_MoreThanConnections_WaitInLineWithTheOthers(LoopKind kind)
    {
        using var server = new TestServer(TestServer.EchoAsync);
        await using var rig = new ShadowRig(kind, server.Address, options => options with { MaxConnections = 3, QueueItems = 1000 });
        await rig.OnLoop(() =>
        {
            for (var time = 0; time < 500; time++)
            {
                Assert.Equal(DropReason.None, rig.GetPrepared());
            }
        });
        for (var time = 0; time < 500; time++)
        {
            Assert.Equal(DropReason.None, rig.Get());
        }

        Assert.All(await rig.Next(1000), outcome => Assert.Equal("200", ShadowRig.Short(outcome)));
        Assert.InRange(server.Accepted, 1, 3);
    }

    [Fact]
    public async Task OfferOnLoop_LineIsFull_IsDroppedAndLetGo()
    {
        var network = new SimulatedNetwork();
        using var server = new SimulatedServer(network, peer => peer.HangAsync());
        await using var rig = new ShadowRig(network, server.Address, options => options with { MaxConnections = 1, QueueItems = 2 });
        await rig.OnLoop(() =>
        {
            Assert.Equal(DropReason.None, rig.GetPrepared());
            Assert.Equal(DropReason.None, rig.GetPrepared());
            Assert.Equal(DropReason.QueueItems, rig.GetPrepared());
            Assert.Equal(DropReason.QueueItems, rig.Target.Refuse(1));
            rig.CountRefused();
        });
        var account = await rig.Drain(0.05);
        Assert.Equal((4, 2, 0), (account.Offered, account.Dropped[(int)DropReason.QueueItems], account.Unexplained));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task OfferOnLoop_Draining_IsRefusedThoughAConnectionIsIdle(LoopKind kind)
    {
        using var server = new TestServer(TestServer.EchoAsync);
        await using var rig = new ShadowRig(kind, server.Address);
        await rig.OnLoop(() => rig.GetPrepared());
        Assert.Equal("200", await rig.Say());
        var refused = await rig.OnLoop(() =>
        {
            _ = rig.Inbox.DrainAsync(TimeSpan.FromSeconds(5));
            return rig.GetPrepared();
        });
        Assert.True(refused is DropReason.None or DropReason.Shutdown);
        Assert.Equal(DropReason.Shutdown, await rig.OnLoop(() => rig.GetPrepared()));
    }

    [Theory]
    [InlineData(LoopKind.Epoll, 1)]
    [InlineData(LoopKind.Epoll, 8)]
    public async Task OfferOnLoop_SteadyState_AllocatesNothing(LoopKind kind, int depth)
    {
        const int Requests = 1000;
        using var server = new TestServer(TestServer.EchoAsync);
        var run = new SteadyRun(kind, server.Address, depth);
        await run.Rounds(2 * Requests);
        var before = await run.AllocatedByTheLoop();
        await run.Rounds(Requests);
        var after = await run.AllocatedByTheLoop();
        await run.Stop();

        // Posting the work from the test allocates a little on the loop's thread: its two completions.
        Assert.InRange(after - before, 0, 2000);
    }

    /// <summary>One request after the other, each offered when the one before it is answered, without leaving the loop.</summary>
    private sealed class SteadyRun
    {
        private readonly OctetPool _pool = new();
        private readonly List<Exception> _faults = [];
        private readonly Parallax.Reactor.Connections.IEventLoop _loop;
        private readonly ShadowTarget _target;
        private TaskCompletionSource _done = new();
        private MessageBuilder _request;
        private int _left;

        public SteadyRun(LoopKind kind, System.Net.IPEndPoint address, int depth)
        {
            _loop = kind == LoopKind.Managed
                ? Parallax.Reactor.Loops.EventLoop.CreateManaged("steady", _faults.Add)
                : Parallax.Reactor.Loops.EventLoop.Create("steady", _faults.Add);
            _loop.Start();
            _target = new ShadowTarget(_loop, new ShadowTargetConfig
            {
                Name = "test",
                Url = new ServerUrl(false, "localhost", address.Port, address.ToString()),
                Addresses = [address],
                Rewriter = null,
                Options = ShadowOptions.Default with { PipelineDepth = depth },
                Observer = (ShadowTargetConfig _, in ShadowOutcome _) => Next(),
            });
        }

        public async Task Rounds(int count)
        {
            _done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _left = count;
            Assert.True(_loop.Post(static run => ((SteadyRun)run!).Next(), this));
            await ShadowRig.Soon(_done.Task);
        }

        public async Task<long> AllocatedByTheLoop()
        {
            var read = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            _loop.Post(static read => ((TaskCompletionSource<long>)read!).SetResult(GC.GetAllocatedBytesForCurrentThread()), read);
            return await ShadowRig.Soon(read.Task);
        }

        public async Task Stop()
        {
            var account = await ShadowRig.Soon(_target.Inbox.DrainAsync(TimeSpan.FromSeconds(5)));
            _loop.Dispose();
            Assert.Equal((account.Offered, 0), (account.Answered, account.Unexplained));
        }

        private void Next()
        {
            if (_left-- == 0)
            {
                _done.SetResult();
                return;
            }

            _request.BeginPrepared(_pool, Wire.Http1.KnownMethod.Get, 100).Write("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8);
            _request.EndHead();
            _target.Offer(_request.Seal(MessageState.Complete), default);
        }
    }
}
