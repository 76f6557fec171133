using System.Collections.Concurrent;
using Parallax.Reactor.Loops;
using Parallax.TestKit;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>Several requests in flight on one connection.</summary>
public sealed class ShadowPipelineTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    public static TheoryData<LoopKind> Loops => [LoopKind.Epoll, LoopKind.Managed];

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_OneConnection_UpToTheDepthAreInFlightAndAnswersKeepTheOrder(LoopKind kind)
    {
        var held = new ConcurrentQueue<string>();
        using var server = new TestServer(async peer =>
        {
            await peer.ReadAsync();
            await peer.WriteAsync(Ok);
            for (var status = 201; status <= 204; status++)
            {
                held.Enqueue((await peer.ReadAsync())!.Line);
            }

            for (var status = 201; status <= 203; status++)
            {
                await peer.WriteAsync($"HTTP/1.1 {status} OK\r\nContent-Length: 1\r\n\r\nx");
            }

            await peer.WriteAsync("HTTP/1.1 204 OK\r\n\r\n");
            await TestServer.EchoAsync(peer);
        });
        await using var rig = new ShadowRig(kind, server.Address, options => options with { MaxConnections = 1, PipelineDepth = 4 });
        await Warm(rig);
        await rig.OnLoop(() =>
        {
            for (var number = 0; number < 6; number++)
            {
                rig.GetPrepared($"/{number}");
            }
        });
        Assert.Equal("201 202 203 204 200 200", await rig.Say(6));
        Assert.Equal(Enumerable.Range(0, 4).Select(number => $"GET /{number} HTTP/1.1"), held);
        Assert.Equal(1, server.Accepted);
    }

    [Fact]
    public async Task OfferOnLoop_SeveralInOneTurn_LeaveInOneSend()
    {
        using var server = new TestServer(TestServer.EchoAsync);
        await using var rig = new ShadowRig(LoopKind.Epoll, server.Address, options => options with { PipelineDepth = 8 });
        await Warm(rig);
        var before = rig.Loop.Counters.Sends;
        await rig.OnLoop(() =>
        {
            for (var number = 0; number < 8; number++)
            {
                rig.GetPrepared();
            }
        });
        await rig.Next(8);
        await rig.Turn();
        Assert.Equal(1, rig.Loop.Counters.Sends - before);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_HeadBetweenGets_AnswersAreToldApart(LoopKind kind)
    {
        using var server = new TestServer(async peer =>
        {
            while (await peer.ReadAsync() is { } request)
            {
                var isHead = request.Line.StartsWith("HEAD", StringComparison.Ordinal);
                await peer.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n");
                await peer.WriteAsync($"HTTP/1.1 {(isHead ? 299 : 200)} OK\r\nContent-Length: 3\r\n\r\n{(isHead ? "" : "abc")}");
            }
        });
        await using var rig = new ShadowRig(kind, server.Address, options => options with { MaxConnections = 1, PipelineDepth = 8 });
        await Warm(rig);
        await rig.OnLoop(() =>
        {
            for (var number = 0; number < 20; number++)
            {
                rig.GetPrepared(method: number % 3 == 1 ? "HEAD" : "GET");
            }
        });
        var outcomes = await rig.Next(20);
        Assert.Equal(Enumerable.Range(0, 20).Select(number => number % 3 == 1 ? (299, 0L) : (200, 3L)),
            outcomes.Select(outcome => (outcome.Status, outcome.BodyOctets)));
    }

    [Theory]
    [InlineData(LoopKind.Epoll, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")]
    [InlineData(LoopKind.Managed, "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData(LoopKind.Epoll, "HTTP/1.1 200 OK\r\n\r\nuntil the end")]
    public async Task Offer_TargetClosesAfterEachAnswer_NeverGetsASecondRequest(LoopKind kind, string answer)
    {
        using var server = new TestServer(async peer =>
        {
            await peer.ReadAsync();
            await peer.WriteAsync(answer);
            peer.End();
            Assert.Null(await peer.ReadAsync());
        });
        await using var rig = new ShadowRig(kind, server.Address, options => options with { MaxConnections = 2, PipelineDepth = 8 });
        await rig.OnLoop(() =>
        {
            for (var number = 0; number < 12; number++)
            {
                rig.GetPrepared();
            }
        });
        Assert.All(await rig.Next(12), outcome => Assert.Equal(("200", false), (ShadowRig.Short(outcome), outcome.WasResent)));
    }

    /// <summary>What nginx does with its thousandth request on a connection.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_AnswerAnnouncesTheEnd_ThoseBehindAreSentAgain(LoopKind kind)
    {
        using var server = new TestServer(async peer =>
        {
            for (var left = 5; left > 0; left--)
            {
                if (await peer.ReadAsync() is null)
                {
                    return;
                }

                await peer.WriteAsync(left > 1 ? Ok : "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            }
        });
        await using var rig = new ShadowRig(kind, server.Address, options => options with { MaxConnections = 1, PipelineDepth = 4 });
        await Warm(rig);
        await rig.OnLoop(() =>
        {
            for (var number = 0; number < 30; number++)
            {
                rig.OfferPrepared("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n", "hi"u8);
            }
        });
        Assert.All(await rig.Next(30), outcome => Assert.Equal("200", ShadowRig.Short(outcome)));
        Assert.True(rig.Inbox.Account.Resent > 0);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_ResetInTheMiddle_OnlyWhatMayBeCarriedOutTwiceIsSentAgain(LoopKind kind)
    {
        using var server = new TestServer(async peer =>
        {
            if (peer.Number > 0)
            {
                await TestServer.EchoAsync(peer);
                return;
            }

            await peer.ReadAsync();
            await peer.WriteAsync(Ok);
            for (var left = 4; left > 0; left--)
            {
                await peer.ReadAsync();
            }

            await peer.WriteAsync(Ok + "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal");
            await peer.Stream.FlushAsync();
            await peer.ReadAsync();
            peer.Reset();
        });
        await using var rig = new ShadowRig(kind, server.Address, options => options with { MaxConnections = 1, PipelineDepth = 5 });
        await Warm(rig);
        await rig.OnLoop(() =>
        {
            rig.GetPrepared();
            rig.GetPrepared();
            rig.OfferPrepared("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
            rig.GetPrepared();
        });
        Assert.Equal("200", await rig.Say());
        await rig.OnLoop(() => rig.GetPrepared());
        var outcomes = (await rig.Next(4)).OrderBy(outcome => outcome.Context.ExchangeId).ToList();
        Assert.Equal("reset reset 200 200", string.Join(' ', outcomes.Select(ShadowRig.Short)));
        Assert.Equal([false, false, true, true], outcomes.Select(outcome => outcome.WasResent));
    }

    [Fact]
    public async Task Offer_TargetHangs_AllOnThatConnectionTimeOut()
    {
        var network = new SimulatedNetwork();
        using var server = new SimulatedServer(network, async peer =>
        {
            await peer.ReadAsync();
            await peer.WriteAsync(Ok);
            await peer.HangAsync();
        });
        await using var rig = new ShadowRig(network, server.Address, options => options with
        {
            MaxConnections = 1,
            PipelineDepth = 3,
            ResponseTimeout = TimeSpan.FromMilliseconds(100),
        });
        await Warm(rig);
        await rig.OnLoop(() =>
        {
            rig.GetPrepared();
            rig.GetPrepared();
            rig.GetPrepared();
        });
        rig.Advance(99);
        Assert.Empty(rig.SaidByNow());
        rig.Advance(1);
        Assert.Equal(["response-timeout", "response-timeout", "response-timeout"], rig.SaidByNow());
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_AnotherConnectionIsIdle_IsNotSentBehindAnAnswer(LoopKind kind)
    {
        var go = new TaskCompletionSource();
        using var server = new TestServer(async peer =>
        {
            while (await peer.ReadAsync() is { } request)
            {
                if (request.Line.Contains("/slow", StringComparison.Ordinal))
                {
                    await go.Task;
                }

                await peer.WriteAsync(Ok);
            }
        });
        await using var rig = new ShadowRig(kind, server.Address, options => options with { MaxConnections = 2, PipelineDepth = 8 });
        await Warm(rig, requests: 2);
        await rig.OnLoop(() => rig.GetPrepared("/slow"));
        await rig.OnLoop(() => rig.GetPrepared("/quick"));
        Assert.Equal("200", await rig.Say());
        go.SetResult();
        Assert.Equal("200", await rig.Say());
    }

    // A connection is sent several only once it has answered one.
    private static async Task Warm(ShadowRig rig, int requests = 1)
    {
        await rig.OnLoop(() =>
        {
            for (var number = 0; number < requests; number++)
            {
                rig.GetPrepared();
            }
        });
        await rig.Next(requests);
    }
}
