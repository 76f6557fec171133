using System.Net;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Primary;

/// <summary>What a client is told when the primary does not do its part.</summary>
public sealed class PrimaryFailureTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string Post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";

    public static TheoryData<LoopKind> Loops => ProxyRig.Loops;

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task NobodyListens_Is503_AndTheClientKeepsItsConnection(LoopKind kind)
    {
        await using var rig = new ProxyRig(kind, TestServer.Nobody());
        using var client = await rig.ConnectAsync();
        for (var time = 0; time < 3; time++)
        {
            await client.WriteAsync(Post);
            Assert.Equal(503, (await client.ReadAsync())!.Status);
        }

        Assert.Equal(3, rig.Account.AnsweredHere[5]);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task NoEndpoint_Is503(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(kind, primary.Address, config: config => config with
        {
            Clusters = [ProxyRig.ClusterOf("primary", [])],
        });
        Assert.Equal(503, (await rig.SendAsync(Get)).Status);
        Assert.Equal(0, primary.Accepted);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task NoRoute_Is404_AndABodyIsReadAway(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(kind, primary.Address, config: config => config with
        {
            Listeners = [config.Listeners[0] with { Servers = [config.Listeners[0].Servers[0] with { VirtualHosts = [] }] }],
        });
        using var client = await rig.ConnectAsync();
        for (var time = 0; time < 3; time++)
        {
            await client.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
            Assert.Equal(404, (await client.ReadAsync())!.Status);
            await client.WriteAsync("def");
        }
    }

    [Theory]
    [InlineData(LoopKind.Epoll, "SSH-2.0-x\r\n\r\n")]
    [InlineData(LoopKind.Epoll, "HTTP/1.1 abc\r\n\r\n")]
    [InlineData(LoopKind.Managed, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")]
    [InlineData(LoopKind.Managed, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n")]
    [InlineData(LoopKind.Epoll, "HTTP/1.1 200 OK\r\n X: y\r\n\r\n")]
    [InlineData(LoopKind.Epoll, "HTTP/1.1 200 OK\r\nX: y\r\n \r\n\r\n")]
    [InlineData(LoopKind.Epoll, "HTTP/1.1 200 OK\nX: y\rZ: z\n\n")]
    [InlineData(LoopKind.Epoll, "HTTP/1.1 200 OK\nContent-Length: 1\nContent-Length:\n 2\n\na")]
    [InlineData(LoopKind.Epoll, "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\na")]
    [InlineData(LoopKind.Epoll, "HTTP/1.1 200 OK\r\nX : y\r\n\r\n")]
    public async Task MalformedResponse_Is502(LoopKind kind, string answer)
    {
        using var primary = TestServer.Answering(_ => answer);
        await using var rig = new ProxyRig(kind, primary.Address);
        Assert.Equal(502, (await rig.SendAsync(Get)).Status);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task ClosedBeforeTheResponse_Is503(LoopKind kind)
    {
        using var primary = new TestServer(async wire => await wire.ReadAsync());
        await using var rig = new ProxyRig(kind, primary.Address);
        Assert.Equal(503, (await rig.SendAsync(Get)).Status);
        Assert.Equal(1, primary.Accepted);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task BrokenOffInTheBody_TheClientSeesItBreak(LoopKind kind)
    {
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadAsync();
            await wire.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        });
        await using var rig = new ProxyRig(kind, primary.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync(Get);
        Assert.NotNull(await client.ReadHeadAsync());
        Assert.Equal("abc"u8.ToArray(), await client.ReadToEndAsync());
        Assert.Equal(1, rig.Account.Broken);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task StaleConnection_IsReplacedForAGet(LoopKind kind)
    {
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadAsync();
            await wire.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + wire.Number);

            // The second request meets a connection that ends without an answer.
            await wire.ReadAsync();
        });
        await using var rig = new ProxyRig(kind, primary.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync(Get);
        Assert.Equal("0", (await client.ReadAsync())!.Text);
        await client.WriteAsync(Get);
        Assert.Equal("1", (await client.ReadAsync())!.Text);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task StaleConnection_APostIsNotSentTwice(LoopKind kind)
    {
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadAsync();
            await wire.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            await wire.ReadAsync();
        });
        await using var rig = new ProxyRig(kind, primary.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync(Post);
        Assert.Equal(200, (await client.ReadAsync())!.Status);
        await client.WriteAsync(Post);
        Assert.Equal(503, (await client.ReadAsync())!.Status);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Timeout_Is504(LoopKind kind)
    {
        using var primary = new TestServer(async wire => await wire.ReadToEndAsync());
        await using var rig = new ProxyRig(
            kind, primary.Address, route: route => route with { Timeout = TimeSpan.FromMilliseconds(30) });
        Assert.Equal(504, (await rig.SendAsync(Post)).Status);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task PerTryTimeout_IsTriedAgain(LoopKind kind)
    {
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadAsync();
            if (wire.Number > 0)
            {
                await wire.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }

            await wire.ReadToEndAsync();
        });
        await using var rig = new ProxyRig(kind, primary.Address, route: route => route with
        {
            Retry = new RetryConfig
            {
                Attempts = 2,
                On = RetryOn.Reset,
                PerTryTimeout = TimeSpan.FromMilliseconds(30),
                Backoff = TimeSpan.FromMilliseconds(1),
            },
        });
        Assert.Equal(200, (await rig.SendAsync(Post)).Status);
        Assert.Equal(1, rig.Account.Retries);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task RetriableStatus_GoesToAnotherEndpoint_BodyIncluded(LoopKind kind)
    {
        using var bad = TestServer.Answering(_ => "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
        using var good = TestServer.Echo();
        await using var rig = new ProxyRig(
            kind,
            bad.Address,
            route: route => route with
            {
                Retry = new RetryConfig { Attempts = 1, On = RetryOn.GatewayError, Backoff = TimeSpan.FromMilliseconds(1) },
            },
            config: config => config with { Clusters = [ProxyRig.ClusterOf("primary", [bad.Address, good.Address])] });
        for (var time = 0; time < 10; time++)
        {
            Assert.Equal("abc", (await rig.SendAsync(Post)).Text);
        }
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task ConnectFailure_GoesToAnotherEndpoint(LoopKind kind)
    {
        using var good = TestServer.Echo();
        var nobody = TestServer.Nobody();
        await using var rig = new ProxyRig(
            kind, nobody, config: config => config with { Clusters = [ProxyRig.ClusterOf("primary", [nobody, good.Address])] });
        for (var time = 0; time < 10; time++)
        {
            Assert.Equal("abc", (await rig.SendAsync(Post)).Text);
        }
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task LimitOfConnections_RequestsWaitForOne(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(kind, primary.Address, config: config => config with
        {
            Clusters = [config.Clusters[0] with { ConnectionPool = new ConnectionPoolConfig { MaxConnections = 1 } }],
        });
        var responses = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => rig.SendAsync(Post)));
        Assert.All(responses, response => Assert.Equal("abc", response.Text));
        Assert.Equal(1, primary.Accepted);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Fault_DelaysAndAborts(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(kind, primary.Address, route: route => route with
        {
            Fault = new FaultConfig
            {
                Delay = TimeSpan.FromMilliseconds(5),
                DelaySampler = Traffic.Policy.Sampler.All,
                AbortStatus = 418,
                AbortSampler = Traffic.Policy.Sampler.OfPercent(50),
            },
        });
        var statuses = new List<int>();
        for (var time = 0; time < 40; time++)
        {
            statuses.Add((await rig.SendAsync(Post)).Status);
        }

        Assert.InRange(statuses.Count(status => status == 418), 8, 32);
        Assert.All(statuses, status => Assert.True(status is 200 or 418));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task RedirectAndDirectResponse_NeverAskAPrimary(LoopKind kind)
    {
        await using var rig = new ProxyRig(kind, new IPEndPoint(IPAddress.Loopback, 1), config: config => config with
        {
            Listeners =
            [
                config.Listeners[0] with
                {
                    Servers =
                    [
                        ProxyRig.ServerOf(
                            new RouteConfig
                            {
                                Name = "direct",
                                Matches = [new RouteMatchConfig { Path = new TextMatchConfig(TextMatchKind.Exact, "/direct") }],
                                DirectResponse = new DirectResponseConfig { Status = 418, Body = "tea"u8.ToArray() },
                            },
                            new RouteConfig
                            {
                                Name = "away",
                                Redirect = new RedirectConfig { Status = 302, Host = "b", Path = "/new" },
                            }),
                    ],
                },
            ],
        });
        var direct = await rig.SendAsync("GET /direct HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal((418, "tea"), (direct.Status, direct.Text));
        var away = await rig.SendAsync("GET /x?y HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal((302, "http://b/new?y"), (away.Status, away["location"]));
    }
}
