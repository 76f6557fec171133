using System.Collections.Concurrent;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Tests.Routing;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Queues;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Tests.Copies;

/// <summary>What shadows get, and that production does not notice them.</summary>
public sealed class MirroringTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    public static TheoryData<LoopKind> Loops => ProxyRig.Loops;

    /// <summary>Envoy's ShadowPolicyIntegrationTest.Basic and ShadowedClusterHostHeaderAppendsSuffix.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Copy_HasTheBodyAndTheMarks(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        using var shadow = new Recorder();
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address, options: options => options with
        {
            Shadows = options.Shadows with { MaxConnections = 1 },
        });
        using var client = await rig.ConnectAsync();
        for (var time = 0; time < 2; time++)
        {
            await client.WriteAsync("POST /a?b HTTP/1.1\r\nHost: a:80\r\nContent-Length: 3\r\n\r\nabc");
            Assert.Equal("abc", (await client.ReadAsync())!.Text);
        }

        foreach (var copy in await shadow.NextAsync(2))
        {
            Assert.Equal(("POST /a?b HTTP/1.1", "abc"), (copy.Line, copy.Text));
            Assert.Equal(("a-shadow:80", "true", "shadow"), (copy["host"], copy["x-envoy-internal"], copy["x-parallax-shadow"]));
            Assert.Equal("127.0.0.1, 127.0.0.1", copy["x-forwarded-for"]);
            Assert.True(Guid.TryParse(copy["x-request-id"], out _));
        }

        Assert.Equal(1, shadow.Accepted);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task HeadersWithOperators_TellOfTheExchangeInEveryLeg(LoopKind kind)
    {
        using var primary = TestServer.Answering(
            request => $"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Seen: {request["x-from"]}\r\n\r\n");
        using var shadow = new Recorder();
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address, route => route with
        {
            RequestHeaders = [Tables.Template("x-from: %REQ(:method)% %REQ(x-user)% to %DOWNSTREAM_LOCAL_ADDRESS%")],
            ResponseHeaders = [Tables.Template("x-told: %RESPONSE_CODE% %RESP(x-seen):3% %UPSTREAM_HOST% %REQ(x-user)%", isResponse: true)],
            Mirrors = [route.Mirrors[0] with { Headers = [Tables.Template("x-copy: of %REQ(x-user)%")] }],
        });
        var answer = await rig.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nX-User: anna\r\n\r\n");
        var copy = Assert.Single(await shadow.NextAsync(1));

        Assert.Equal($"GET anna to {rig.Address}", answer["x-seen"]);
        Assert.Equal($"200 GET {primary.Address} anna", answer["x-told"]);
        Assert.Equal(($"GET anna to {rig.Address}", "of anna"), (copy["x-from"], copy["x-copy"]));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Copies_BeyondTheirMemory_AreDroppedAndCounted(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        using var shadow = new Recorder();
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address, options: options => options with { MaxCopyBytes = 1 });
        for (var time = 0; time < 3; time++)
        {
            Assert.Contains(" 200 ", (await rig.SendAsync(Get)).Line, StringComparison.Ordinal);
        }

        var mirror = Assert.Single(rig.Account.Mirrors);
        Assert.Equal((3, 0, 3), (mirror.Received, mirror.Offered, mirror.Dropped[(int)DropReason.QueueBytes]));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Copy_CarriesTheSameRequestIdAsThePrimaryAndTheLog(LoopKind kind)
    {
        var log = new ConcurrentQueue<string>();
        using var primary = TestServer.Answering(request => $"HTTP/1.1 200 OK\r\nContent-Length: 36\r\n\r\n{request["x-request-id"]}");
        using var shadow = new Recorder();
        await using (var rig = new ProxyRig(kind, primary.Address, shadow.Address, options: options => options with
        {
            Observer = (in AccessEntry entry) => log.Enqueue(System.Text.Encoding.ASCII.GetString(entry.RequestId)),
            CopyObserver = (in CopyEntry entry) => log.Enqueue(entry.RequestId),
        }))
        {
            log.Enqueue((await rig.SendAsync(Get)).Text);
            log.Enqueue((await shadow.NextAsync(1))[0]["x-request-id"]!);
        }

        Assert.Equal(4, log.Count);
        Assert.Single(log.Distinct());
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task BodiesThatAreStillComing_AreStreamedToTheShadow(LoopKind kind)
    {
        var body = new byte[8_000_000];
        new Random(5).NextBytes(body);
        using var primary = TestServer.Echo();
        using var shadow = new Recorder();
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address, options: options => options with
        {
            Shadows = options.Shadows with { StreamBufferBytes = 64 << 20 },
        });
        using var client = await rig.ConnectAsync();
        await client.WriteAsync($"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {body.Length}\r\n\r\n");
        await client.WriteAsync(body);
        Assert.Equal(body, (await client.ReadAsync())!.Body);
        Assert.Equal(body, (await shadow.NextAsync(1))[0].Body);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task ChunkedBodyInPieces_ReachesTheShadowOctetForOctet(LoopKind kind)
    {
        string[] pieces = ["3\r\nab", "c\r\n", "2\r\nde\r\n0\r\n", "X-T: 1\r\n\r", "\n"];
        using var primary = TestServer.Echo();
        using var shadow = new Recorder();
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        foreach (var piece in pieces)
        {
            await client.WriteAsync(piece);
        }

        Assert.Equal(string.Concat(pieces), (await client.ReadAsync())!.Text);
        Assert.Equal(string.Concat(pieces), (await shadow.NextAsync(1))[0].Text);
    }

    /// <summary>Envoy's RequestMirrorPolicyWithShadowBackpressure pauses the client; here the shadow is given up and nobody
    /// waits.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task ShadowThatTakesNothing_LosesItsCopyAndNobodyWaits(LoopKind kind)
    {
        var body = new byte[30_000_000];
        using var primary = TestServer.Echo();
        var isOver = new TaskCompletionSource();
        using var shadow = new TestServer(async _ => await isOver.Task);
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync($"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {body.Length}\r\n\r\n");
        await client.WriteAsync(body);
        Assert.Equal(body.Length, (await client.ReadAsync())!.Body.Length);
        Assert.Equal(1, rig.Account.Shadows.Sum(account => account.Dropped[(int)DropReason.BodyOverflow]));
        isOver.SetResult();
    }

    /// <summary>Envoy's RequestMirrorPolicyWithShadowUpstreamReset and others: whatever the shadow does, the client gets its
    /// answer.</summary>
    [Theory]
    [InlineData(LoopKind.Epoll, "refuse")]
    [InlineData(LoopKind.Epoll, "hang")]
    [InlineData(LoopKind.Epoll, "reset")]
    [InlineData(LoopKind.Epoll, "garbage")]
    [InlineData(LoopKind.Epoll, "close")]
    [InlineData(LoopKind.Managed, "refuse")]
    [InlineData(LoopKind.Managed, "hang")]
    [InlineData(LoopKind.Managed, "reset")]
    public async Task ShadowThatMisbehaves_IsNotNoticed(LoopKind kind, string how)
    {
        using var primary = TestServer.Echo();
        using var shadow = new TestServer(wire => MisbehaveAsync(wire, how));
        var target = how == "refuse" ? TestServer.Nobody() : shadow.Address;
        var soon = TimeSpan.FromMilliseconds(50);
        await using var rig = new ProxyRig(kind, primary.Address, target, options: options => options with
        {
            Shadows = options.Shadows with { ResponseTimeout = soon, QueueTimeout = soon },
        });
        using var client = await rig.ConnectAsync();
        for (var time = 0; time < 50; time++)
        {
            await client.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
            Assert.Equal("abc", (await client.ReadAsync())!.Text);
        }

        Assert.Equal(50, rig.Account.Mirrors[0].Offered);
    }

    /// <summary>Envoy's RequestMirrorPolicyWithDownstreamReset.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task ClientThatLeavesInItsBody_CancelsTheCopy(LoopKind kind)
    {
        var begun = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadHeadAsync();
            begun.TrySetResult();
            await wire.IsAtEndAsync();
            ended.TrySetResult();
        });
        using var shadow = TestServer.Echo();
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
        await begun.Task;
        client.Reset();
        await ended.Task;
        await rig.Server.DrainAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(1, rig.Account.Shadows.Sum(account => account.Dropped[(int)DropReason.Cancelled]));
        Assert.Equal(1, rig.Account.Unanswered);
    }

    /// <summary>Envoy's RequestMirrorPolicyWithMainUpstreamReset.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task PrimaryThatResetsInTheBody_CancelsTheCopy(LoopKind kind)
    {
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadHeadAsync();
            wire.Reset();
        });
        using var shadow = TestServer.Echo();
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address);
        Assert.Equal(503, (await rig.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n")).Status);
        await rig.Server.DrainAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(1, rig.Account.Shadows.Sum(account => account.Dropped[(int)DropReason.Cancelled]));
    }

    /// <summary>Envoy's RequestMirrorPolicyWithLateDownstreamTimeoutAndShadowComplete.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task PrimaryThatIsSilent_TheCopyIsAnsweredAllTheSame(LoopKind kind)
    {
        using var primary = new TestServer(async wire => await wire.ReadToEndAsync());
        using var shadow = new Recorder();
        await using var rig = new ProxyRig(
            kind, primary.Address, shadow.Address, route => route with { Timeout = TimeSpan.FromMilliseconds(30) });
        Assert.Equal(504, (await rig.SendAsync(Get)).Status);
        Assert.Single(await shadow.NextAsync(1));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Retry_MakesNoSecondCopy(LoopKind kind)
    {
        var tries = 0;
        using var primary = TestServer.Answering(_ => tries++ < 2
            ? "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
            : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        using var shadow = new Recorder();
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address, route => route with
        {
            Retry = new RetryConfig { Attempts = 2, On = RetryOn.GatewayError, Backoff = TimeSpan.FromMilliseconds(1) },
        });
        Assert.Equal(200, (await rig.SendAsync(Get)).Status);
        Assert.Equal((3, 1L), (tries, rig.Account.Mirrors[0].Received));
    }

    [Fact]
    public async Task MarkedRequest_IsServedAndNotMirroredAgain()
    {
        using var primary = TestServer.Echo();
        using var shadow = TestServer.Echo();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address, shadow.Address);
        var proof = ShadowMark.OfThisProcess.ProofOf("x");
        var request = $"GET / HTTP/1.1\r\nHost: a\r\nX-Parallax-Shadow: x\r\nX-Parallax-Shadow-Proof: {proof}\r\n\r\n";
        Assert.Equal(200, (await rig.SendAsync(request)).Status);
        Assert.Equal(1, rig.Account.Mirrors[0].Dropped[(int)DropReason.LoopGuard]);
        Assert.Equal(0, shadow.Accepted);
    }

    [Fact]
    public async Task SafeMethodsOnly_LeavesTheOthersOut()
    {
        using var primary = TestServer.Echo();
        using var shadow = new Recorder();
        var config = ProxyRig.ConfigOf(primary.Address, shadow.Address, route => route);
        await using var rig = new ProxyRig(config, mirrorsSafeMethodsOnly: true);
        await rig.SendAsync("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n");
        await rig.SendAsync(Get);
        Assert.Equal("GET / HTTP/1.1", (await shadow.NextAsync(1))[0].Line);
        Assert.Equal(1, rig.Account.Mirrors[0].OtherMethods);
    }

    [Fact]
    public async Task TwoMirrors_ShareOneDraw()
    {
        using var primary = TestServer.Echo();
        using var few = new Recorder();
        using var many = new Recorder();
        await using (var rig = new ProxyRig(
            LoopKind.Epoll,
            primary.Address,
            few.Address,
            route => route with
            {
                Mirrors =
                [
                    new MirrorConfig { Name = "few", Cluster = "shadow", Sampler = Sampler.OfPercent(10) },
                    new MirrorConfig { Name = "many", Cluster = "many", Sampler = Sampler.OfPercent(30) },
                ],
            },
            config: config => config with { Clusters = [.. config.Clusters, ProxyRig.ClusterOf("many", [many.Address])] }))
        {
            using var client = await rig.ConnectAsync();
            for (var time = 0; time < 500; time++)
            {
                await client.WriteAsync($"GET /{time} HTTP/1.1\r\nHost: a\r\n\r\n");
                Assert.Equal(200, (await client.ReadAsync())!.Status);
            }
        }

        Assert.InRange(few.Seen.Count, 30, 75);
        Assert.InRange(many.Seen.Count, 110, 190);
        Assert.Subset(many.Seen.Select(copy => copy.Line).ToHashSet(), few.Seen.Select(copy => copy.Line).ToHashSet());
    }

    private static async Task MisbehaveAsync(TestWire wire, string how)
    {
        switch (how)
        {
            case "hang":
                await wire.ReadToEndAsync();
                break;
            case "reset":
                await wire.ReadAsync();
                wire.Reset();
                break;
            case "garbage":
                await wire.ReadAsync();
                await wire.WriteAsync("what?\r\n\r\n");
                break;
            default:
                break;
        }
    }
}
