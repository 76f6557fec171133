using System.Text;
using System.Text.Json;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Tests.Requests;

/// <summary>What two parties could understand differently is refused, and nobody behind the proxy sees any of it.</summary>
public sealed class SmugglingTests
{
    private const string Host = "Host: a\r\n";

    public static TheoryData<string, int> Malformed => new()
    {
        { "GET / HTTP/1.1\r\n\r\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}{Host}\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}X\r\n\r\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}X Y: z\r\n\r\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}: z\r\n\r\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}X: a\r\n b\r\n\r\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}X: a\r\n\tb\r\n\r\n", 400 },
        { $"GET / HTTP/1.1\n{Host}\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost: a\n\r\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}X: a\rb\r\n\r\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}X: a\0b\r\n\r\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}X: a\u007fb\r\n\r\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}\n", 400 },
        { $"GET  / HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GET / / HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GET /\t HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GET / HTTP/1.1 \r\n{Host}\r\n", 400 },
        { $"GET / HTTP/1.12\r\n{Host}\r\n", 400 },
        { $"GET / HTTP/1\r\n{Host}\r\n", 400 },
        { $"GET / http/1.1\r\n{Host}\r\n", 400 },
        { "GET / HTTP/1.2\r\n\r\n", 400 },
        { $"GET / HTTP/0.9\r\n{Host}\r\n", 505 },
        { $"GET / HTTP/2.0\r\n{Host}\r\n", 505 },
        { $"GET / HTTP/3.0\r\n{Host}\r\n", 505 },
        { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505 },
        { $"GET * HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GET a HTTP/1.1\r\n{Host}\r\n", 400 },
        { $"GE(T / HTTP/1.1\r\n{Host}\r\n", 400 },
        { "GET /\r\n\r\n", 400 },
        { "\u0016\u0003\u0001\u0002\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Content-Length: 3, 4\r\n\r\nabcd", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Content-Length: +3\r\n\r\nabc", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Content-Length: -3\r\n\r\nabc", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Content-Length: 0x3\r\n\r\nabc", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Content-Length: 3 3\r\n\r\nabc", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Content-Length: \r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Content-Length: 99999999999999999999\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n", 501 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n", 400 },
        { $"POST / HTTP/1.0\r\n{Host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
        { $"CONNECT a:1 HTTP/1.1\r\n{Host}Content-Length: 3\r\n\r\nabc", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\nx\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n0\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n3;\0\r\nabc\r\n0\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc\r\n0\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n0\r\nbad trailer\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\ncontent-length: 3\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n0\r\nHost: b\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n0\r\nX-Forwarded-Client-Cert: Hash=1\r\n\r\n", 400 },
        { $"POST / HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n0\r\nx-envoy-{new string('a', 50)}: 1\r\n\r\n", 400 },
        { $"GET / HTTP/1.1\r\n{Host}X: {new string('x', 33_000)}\r\n\r\n", 431 },
        { $"GET / HTTP/1.1\r\n{Host}{string.Concat(Enumerable.Repeat("X: y\r\n", 130))}\r\n", 431 },
        { $"GET /{new string('x', 9_000)} HTTP/1.1\r\n{Host}\r\n", 414 },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task Malformed_IsRefused_AndNobodyBehindSeesIt(string request, int status)
    {
        foreach (var kind in Enum.GetValues<LoopKind>())
        {
            await RefusesAsync(kind, Encoding.Latin1.GetBytes(request), status);
        }
    }

    [Fact]
    public async Task Malformed_BehindAGoodRequest_IsRefusedAndTheGoodOneServed()
    {
        using var primary = TestServer.Echo();
        using var shadow = TestServer.Echo();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address, shadow.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nxGET / HTTP/1.1\r\nHost : a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal("x", (await client.ReadAsync())!.Text);
        Assert.Equal(400, (await client.ReadAsync())!.Status);
        Assert.True(await client.IsAtEndAsync());
        Assert.Equal(1, rig.Account.Requests);
    }

    [Fact]
    public async Task BodyBeyondTheLimit_Is413()
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address, options: options => options with { MaxBodyBytes = 10 });
        Assert.Equal(413, (await rig.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world")).Status);
        const string Chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n";
        Assert.Equal(413, (await rig.SendAsync(Chunked)).Status);
        Assert.Equal(200, (await rig.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhelloworld")).Status);
    }

    [Theory]
    [MemberData(nameof(ProxyRig.Loops), MemberType = typeof(ProxyRig))]
    public async Task SlowHeadsAndBodies_Are408(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(kind, primary.Address, options: options => options with
        {
            HeadTimeout = TimeSpan.FromMilliseconds(20),
            BodyTimeout = TimeSpan.FromMilliseconds(20),
        });
        Assert.Equal(408, (await rig.SendAsync("GET / HT")).Status);
        Assert.Equal(408, (await rig.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhel")).Status);
    }

    [Fact]
    public async Task Garden_WhatTheReaderRefuses_TheProxyRefuses()
    {
        var suite = RealData.PathOf("suites", "http-garden.jsonl");
        Assert.SkipWhen(suite is null, "the suites are not part of the project");
        foreach (var line in await File.ReadAllLinesAsync(suite!, TestContext.Current.CancellationToken))
        {
            using var item = JsonDocument.Parse(line);
            var request = item.RootElement.GetProperty("request_b64").GetBytesFromBase64();
            var reader = new MessageReader(MessageKind.Request, Http1Policy.Active);
            if (reader.Read(request, out _).Kind == ReadEventKind.Malformed)
            {
                await RefusesAsync(LoopKind.Epoll, request, reader.Error.ResponseStatus());
            }
        }
    }

    private static async Task RefusesAsync(LoopKind kind, byte[] request, int status)
    {
        var seen = 0;
        using var primary = Counting();
        using var shadow = Counting();
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync(request);
        var response = (await client.ReadAsync())!;
        Assert.Equal((status, "close"), (response.Status, response["connection"]));
        Assert.True(await client.IsAtEndAsync());
        Assert.Equal(0, seen);
        Assert.Equal(1, rig.Account.Malformed);

        TestServer Counting() => new(async wire => seen += (await wire.ReadSomeAsync()).Length);
    }
}
