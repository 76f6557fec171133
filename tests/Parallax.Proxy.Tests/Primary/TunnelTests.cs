using System.Net.Sockets;
using System.Text;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Primary;

/// <summary>CONNECT and upgrades: octets both ways, no copy.</summary>
public sealed class TunnelTests
{
    private const string Upgrade = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

    public static TheoryData<LoopKind> Loops => ProxyRig.Loops;

    [Theory]
    [InlineData(LoopKind.Epoll, Upgrade, "101 Switching Protocols")]
    [InlineData(LoopKind.Managed, Upgrade, "101 Switching Protocols")]
    [InlineData(LoopKind.Epoll, "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", "200 OK")]
    [InlineData(LoopKind.Managed, "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", "200 OK")]
    public async Task Tunnel_EchoesWhateverIsSent_AndIsNotMirrored(LoopKind kind, string request, string answer)
    {
        var seen = "";
        using var shadow = TestServer.Echo();
        using var primary = new TestServer(async wire =>
        {
            seen = (await wire.ReadHeadAsync())!;
            await wire.WriteAsync($"HTTP/1.1 {answer}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello");
            await EchoAsync(wire);
        });
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address);
        using var client = await rig.ConnectAsync();

        // The tunnel's first octets come with the request and may not be taken for another.
        await client.WriteAsync(request + "GET / HTTP/1.1\r\n");
        Assert.StartsWith($"HTTP/1.1 {answer}", await client.ReadHeadAsync());
        Assert.Equal("helloGET / HTTP/1.1\r\n", Encoding.Latin1.GetString(await client.ReadExactlyAsync(21)));
        var octets = new byte[3_000_000];
        new Random(3).NextBytes(octets);
        var writing = client.WriteAsync(octets);
        Assert.Equal(octets, await client.ReadExactlyAsync(octets.Length));
        await writing;
        client.End();
        Assert.True(await client.IsAtEndAsync());
        Assert.Equal(request.Contains("websocket"), seen.Contains("upgrade: websocket", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(1, rig.Account.Tunnels);
        Assert.Equal(1, rig.Account.Mirrors[0].Dropped[(int)Traffic.Queues.DropReason.Tunnel]);
        Assert.Equal(0, shadow.Accepted);
    }

    [Theory]
    [InlineData(LoopKind.Epoll, "")]
    [InlineData(LoopKind.Managed, "")]
    [InlineData(LoopKind.Epoll, "Content-Length: 5\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n")]
    [InlineData(LoopKind.Managed, "Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n")]
    public async Task Connect_NeitherHeadSpeaksOfAnUpgrade_NorTheAnswerOfALength(LoopKind kind, string fields)
    {
        var seen = "";
        using var primary = new TestServer(async wire =>
        {
            seen = (await wire.ReadHeadAsync())!;
            await wire.WriteAsync($"HTTP/1.1 200 Connection established\r\nVia: x\r\n{fields}\r\n");
            await EchoAsync(wire);
        });
        await using var rig = new ProxyRig(kind, primary.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nX-Request-Id: i\r\n\r\nhello");
        Assert.Equal("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n", await client.ReadHeadAsync());
        Assert.Equal("hello", Encoding.Latin1.GetString(await client.ReadExactlyAsync(5)));
        Assert.Equal(
            "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nX-Request-Id: i\r\nx-forwarded-for: 127.0.0.1\r\nx-forwarded-proto: http\r\n\r\n", seen);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task RefusedUpgrade_IsAnOrdinaryExchange(LoopKind kind)
    {
        using var primary = TestServer.Answering(_ => "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
        await using var rig = new ProxyRig(kind, primary.Address);
        using var client = await rig.ConnectAsync();
        for (var time = 0; time < 2; time++)
        {
            await client.WriteAsync(Upgrade);
            Assert.Equal("no", (await client.ReadAsync())!.Text);
        }
    }

    /// <summary>Each direction of a tunnel ends by itself, and what is sent after one ended arrives.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Tunnel_EndsOneDirectionAfterTheOther_NothingIsLost(LoopKind kind)
    {
        var last = new TaskCompletionSource<int>();
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadHeadAsync();
            await wire.WriteAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nbye");
            wire.End();
            last.SetResult((await wire.ReadToEndAsync()).Length);
        });
        await using var rig = new ProxyRig(kind, primary.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync(Upgrade);
        await client.ReadHeadAsync();
        Assert.Equal("bye", Encoding.Latin1.GetString(await client.ReadToEndAsync()));
        await client.WriteAsync(new byte[500_000]);
        client.End();
        Assert.Equal(500_000, await last.Task);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Tunnel_OfAClientThatResets_IsResetForThePrimary(LoopKind kind)
    {
        var end = new TaskCompletionSource<SocketError>();
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadHeadAsync();
            await wire.WriteAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            end.SetResult((await Assert.ThrowsAnyAsync<SocketException>(wire.ReadToEndAsync)).SocketErrorCode);
        });
        await using var rig = new ProxyRig(kind, primary.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync(Upgrade);
        await client.ReadHeadAsync();
        client.Reset();
        Assert.Equal(SocketError.ConnectionReset, await end.Task);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Tunnel_OfAPrimaryThatResets_IsResetForTheClient(LoopKind kind)
    {
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadHeadAsync();
            await wire.WriteAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhi");
            await wire.ReadSomeAsync();
            wire.Reset();
        });
        await using var rig = new ProxyRig(kind, primary.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync(Upgrade);
        await client.ReadHeadAsync();
        await client.ReadExactlyAsync(2);
        await client.WriteAsync("x");
        var fault = await Assert.ThrowsAnyAsync<SocketException>(client.ReadToEndAsync);
        Assert.Equal(SocketError.ConnectionReset, fault.SocketErrorCode);
    }

    private static async Task EchoAsync(TestWire wire)
    {
        while (await wire.ReadSomeAsync() is { Length: > 0 } octets)
        {
            await wire.WriteAsync(octets);
        }
    }
}
