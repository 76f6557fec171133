using System.Text;
using Parallax.Proxy.Tests.Copies;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Primary;

/// <summary>What a client sees of a primary through the proxy, on both loops.</summary>
public sealed class ForwardingTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    public static TheoryData<LoopKind> Loops => ProxyRig.Loops;

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Request_PassesWithItsBody_AndSoDoesTheResponse(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(kind, primary.Address);
        using var client = await rig.ConnectAsync();
        for (var time = 0; time < 5; time++)
        {
            await client.WriteAsync($"POST /{time} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcd{time}");
            var response = (await client.ReadAsync())!;
            Assert.Equal(("HTTP/1.1 200 OK", $"abcd{time}"), (response.Line, response.Text));
        }

        Assert.Equal(1, primary.Accepted);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Head_AsThePrimarySeesIt_LosesWhatBelongsToTheClientsConnection(LoopKind kind)
    {
        using var primary = TestServer.Answering(request =>
            "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nConnection: keep-alive\r\n"
            + $"Content-Length: {request.Head.Length}\r\n\r\n{request.Head}");
        await using var rig = new ProxyRig(kind, primary.Address);
        var response = await rig.SendAsync(
            "GET /a?b HTTP/1.1\r\nHost: a:1\r\nX-Odd:  1 \r\nConnection: keep-alive, x-mine\r\nX-Mine: 1\r\n\r\n");
        var seen = new RawMessage(response.Text, []);
        Assert.Equal("GET /a?b HTTP/1.1", seen.Line);
        Assert.Equal(("a:1", "1", "127.0.0.1"), (seen["host"], seen["x-odd"], seen["x-forwarded-for"]));
        Assert.True(Guid.TryParse(seen["x-request-id"], out _));
        Assert.Null(seen["x-mine"]);
        Assert.Null(seen["connection"]);
        Assert.Null(response["connection"]);
        Assert.Null(response["keep-alive"]);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task PipelinedRequests_AreAnsweredInTheirOrder(LoopKind kind)
    {
        using var primary = TestServer.Answering(request =>
            $"HTTP/1.1 200 OK\r\nContent-Length: {request.Line.Length}\r\n\r\n{request.Line}");
        await using var rig = new ProxyRig(kind, primary.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync(string.Concat(Enumerable.Range(0, 500).Select(at => $"GET /{at} HTTP/1.1\r\nHost: a\r\n\r\n")));
        for (var at = 0; at < 500; at++)
        {
            Assert.Equal($"GET /{at} HTTP/1.1", (await client.ReadAsync())!.Text);
        }

        Assert.Equal(500, rig.Account.Requests);
    }

    [Theory]
    [InlineData(LoopKind.Epoll, "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n")]
    [InlineData(LoopKind.Epoll, "GET", "HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData(LoopKind.Epoll, "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n")]
    [InlineData(LoopKind.Epoll, "GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData(LoopKind.Managed, "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData(LoopKind.Managed, "GET", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n")]
    public async Task ResponsesWithoutBody_KeepTheConnection(LoopKind kind, string method, string answer)
    {
        using var primary = TestServer.Answering(_ => answer);
        await using var rig = new ProxyRig(kind, primary.Address);
        using var client = await rig.ConnectAsync();
        for (var time = 0; time < 3; time++)
        {
            await client.WriteAsync($"{method} / HTTP/1.1\r\nHost: a\r\n\r\n");
            Assert.Equal(answer, (await client.ReadAsync(method == "HEAD"))!.Head);
        }

        Assert.Equal(1, primary.Accepted);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task ChunkedBodies_PassOctetForOctet_TrailersIncluded(LoopKind kind)
    {
        const string Body = "3;x=y\r\nabc\r\n5\r\nde\r\nf\r\n0\r\nX-Trailer: 1\r\n\r\n";
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(kind, primary.Address);
        var response = await rig.SendAsync($"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Trailer\r\n\r\n{Body}");
        Assert.Equal(Body, response.Text);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task BodiesOfManyMegabytes_PassBothWays(LoopKind kind)
    {
        var body = new byte[20_000_000];
        new Random(5).NextBytes(body);
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(kind, primary.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync($"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {body.Length}\r\n\r\n");
        await client.WriteAsync(body);
        Assert.Equal(body, (await client.ReadAsync())!.Body);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task BodyToTheEnd_ReachesTheClientAndClosesItsConnection(LoopKind kind)
    {
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadAsync();
            await wire.WriteAsync("HTTP/1.1 200 OK\r\n\r\nto the end");
        });
        await using var rig = new ProxyRig(kind, primary.Address);
        var response = await rig.SendAsync(Get);
        Assert.Equal(("close", "to the end"), (response["connection"], response.Text));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task LaterMinorVersions_AreReadAsOurs_AndOursIsSent(LoopKind kind)
    {
        using var primary = TestServer.Answering(request =>
            "HTTP/1.2 103 Early Hints\r\nLink: </a>\r\n\r\n"
            + $"HTTP/1.9 200 OK\r\nContent-Length: {request.Line.Length}\r\n\r\n{request.Line}");
        using var shadow = new Recorder();
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address);
        using var client = await rig.ConnectAsync();
        for (var time = 0; time < 2; time++)
        {
            await client.WriteAsync("GET / HTTP/1.2\r\nHost: a\r\n\r\n");
            Assert.Equal("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", await client.ReadHeadAsync());
            var response = (await client.ReadAsync())!;
            Assert.Equal(("HTTP/1.1 200 OK", "GET / HTTP/1.1"), (response.Line, response.Text));
        }

        Assert.All(await shadow.NextAsync(2), copy => Assert.Equal("GET / HTTP/1.1", copy.Line));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Http10Client_GetsAChunkedBodyUnchunkedAndTheEnd(LoopKind kind)
    {
        using var primary = TestServer.Answering(_ =>
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
        await using var rig = new ProxyRig(kind, primary.Address);
        var response = await rig.SendAsync("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
        Assert.Equal(("abcde", null, "close"), (response.Text, response["transfer-encoding"], response["connection"]));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Http10Client_KeepsItsConnectionWhenItAsks(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(kind, primary.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        Assert.Equal("keep-alive", (await client.ReadAsync())!["connection"]);
        await client.WriteAsync("GET / HTTP/1.0\r\n\r\n");
        Assert.Equal("close", (await client.ReadAsync())!["connection"]);
        Assert.True(await client.IsAtEndAsync());
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task ConnectionClose_IsKept(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(kind, primary.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.Equal("close", (await client.ReadAsync())!["connection"]);
        Assert.True(await client.IsAtEndAsync());
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Expect_TheContinueComesFromThePrimary(LoopKind kind)
    {
        using var primary = new TestServer(async wire =>
        {
            Assert.Contains("100-continue", (await wire.ReadHeadAsync())!);
            await wire.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n");
            var body = await wire.ReadExactlyAsync(3);
            await wire.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{Encoding.Latin1.GetString(body)}");
            await wire.IsAtEndAsync();
        });
        await using var rig = new ProxyRig(kind, primary.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", await client.ReadHeadAsync());
        await client.WriteAsync("abc");
        Assert.Equal("abc", (await client.ReadAsync())!.Text);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Expect_RefusedByThePrimary_EndsTheConnection(LoopKind kind)
    {
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadHeadAsync();
            await wire.WriteAsync("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
            await wire.IsAtEndAsync();
        });
        await using var rig = new ProxyRig(kind, primary.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
        var response = (await client.ReadAsync())!;
        Assert.Equal((417, "close"), (response.Status, response["connection"]));
        Assert.True(await client.IsAtEndAsync());
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task InterimResponses_PassToClientsThatKnowThem(LoopKind kind)
    {
        const string Hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
        using var primary = TestServer.Answering(_ => Hints + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        await using var rig = new ProxyRig(kind, primary.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync(Get);
        Assert.Equal(Hints, await client.ReadHeadAsync());
        Assert.Equal("ok", (await client.ReadAsync())!.Text);
        Assert.Equal(200, (await rig.SendAsync("GET / HTTP/1.0\r\n\r\n")).Status);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task HalfClosedClient_GetsItsResponseWhereThatIsAllowed(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(kind, primary.Address, options: options => options with { AllowsHalfClose = true });
        using var client = await rig.ConnectAsync();
        await client.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
        client.End();
        Assert.Equal("abc", (await client.ReadAsync())!.Text);
        Assert.True(await client.IsAtEndAsync());
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task EarlyResponse_ReachesTheClientWhileItStillSends(LoopKind kind)
    {
        using var primary = new TestServer(async wire =>
        {
            while (await wire.ReadHeadAsync() is not null)
            {
                await wire.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly");
                await wire.ReadExactlyAsync(6);
            }
        });
        await using var rig = new ProxyRig(kind, primary.Address);
        using var client = await rig.ConnectAsync();
        for (var time = 0; time < 2; time++)
        {
            await client.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
            Assert.Equal("early", (await client.ReadAsync())!.Text);
            await client.WriteAsync("def");
        }

        Assert.Equal(1, primary.Accepted);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task EarlyResponseThatCloses_ReachesTheClientWhole(LoopKind kind)
    {
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadHeadAsync();
            await wire.WriteAsync("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig");
        });
        await using var rig = new ProxyRig(kind, primary.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc");
        var response = (await client.ReadAsync())!;
        Assert.Equal((413, "big"), (response.Status, response.Text));
    }
}
