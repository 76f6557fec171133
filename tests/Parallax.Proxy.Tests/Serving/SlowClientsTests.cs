using System.Net.Sockets;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Tests.Requests;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Serving;

/// <summary>Clients that hold connections without finishing what they begin: they make room for others.</summary>
public sealed class SlowClientsTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    public static TheoryData<LoopKind> Loops => ProxyRig.Loops;

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task UnfinishedHeads_TheOldestMakesRoom(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = Limited(kind, primary, TimeSpan.Zero);
        using var oldest = await UnfinishedAsync(rig, "GET /1 HTTP/1.1\r\nX-");
        using var newer = await UnfinishedAsync(rig, "GET /2 HTTP/1.1\r\nX-");
        Assert.Equal(200, (await rig.SendAsync(Get)).Status);
        Assert.Equal(408, (await oldest.ReadAsync())!.Status);
        Assert.True(await oldest.IsAtEndAsync());
        await newer.WriteAsync("A: b\r\nHost: a\r\n\r\n");
        Assert.Equal(200, (await newer.ReadAsync())!.Status);
        Assert.Equal(1, rig.Account.ConnectionsRefusedFor[(int)ConnectionRefusal.TooSlow]);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task HeadsThatJustBegan_AreLetFinish(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = Limited(kind, primary, TimeSpan.FromMinutes(5));
        using var first = await UnfinishedAsync(rig, "GET /1 HTTP/1.1\r\nX-");
        using var second = await UnfinishedAsync(rig, "GET /2 HTTP/1.1\r\nX-");
        Assert.False(await IsAnsweredAsync(rig));
        foreach (var client in new[] { first, second })
        {
            await client.WriteAsync("A: b\r\nHost: a\r\n\r\n");
            Assert.Equal(200, (await client.ReadAsync())!.Status);
        }
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task UnfinishedHead_MakesRoom_BesideAClientThatIsInUse(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(kind, primary.Address, options: options => options with
        {
            UnfinishedTime = TimeSpan.Zero,
            Resources = new() { MaxConnections = 2, LeastIdle = TimeSpan.FromHours(50) },
        });
        using var inUse = await rig.ConnectAsync();
        await AnswerAsync(inUse);
        using var unfinished = await UnfinishedAsync(rig, "GET /1 HTTP/1.1\r\nX-");
        Assert.Equal(200, (await rig.SendAsync(Get)).Status);
        Assert.Equal(408, (await unfinished.ReadAsync())!.Status);
        await AnswerAsync(inUse);
        Assert.Equal(0, rig.Account.ClosedIdle);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task BodyThatTrickles_MakesRoom(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = Limited(kind, primary, TimeSpan.Zero);
        using var first = await rig.ConnectAsync();
        using var second = await rig.ConnectAsync();
        foreach (var client in new[] { first, second })
        {
            await client.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\na");
        }

        while (rig.Account.InFlight < 2)
        {
            await Task.Yield();
        }

        while (!await IsAnsweredAsync(rig))
        {
            // Its rate is told after a while.
        }

        Assert.True(rig.Account.ConnectionsRefusedFor[(int)ConnectionRefusal.TooSlow] > 0);
        Assert.True(rig.Account.AnsweredHereFor[(int)LocalReason.BodyRefused] > 0);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task HalfAHandshake_MakesRoom(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        using var certificate = new TestCertificate();
        certificate.Renew();
        await using var rig = new ProxyRig(
            kind, primary.Address, config: certificate.WithTls, options: options => Limit(options, TimeSpan.Zero));
        using var first = await rig.ConnectAsync();
        await first.WriteAsync("\u0016\u0003\u0001");
        using var second = await rig.ConnectAsync();
        using var third = await rig.ConnectAsync();
        await using var stream = await SniRig.HandshakeAsync(third, "a");
        Assert.Equal("200", (await SniRig.SendAsync(stream, "a"))[..3]);
        Assert.True(await first.IsAtEndAsync());
        Assert.Equal(1, rig.Account.ConnectionsRefusedFor[(int)ConnectionRefusal.TooSlow]);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task MemoryOfTls_IsCounted_AndTheOneBeyondItRefused(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        using var certificate = new TestCertificate();
        certificate.Renew();
        await using var rig = new ProxyRig(kind, primary.Address, config: certificate.WithTls, options: options => options with
        {
            Resources = new() { MaxClientBytes = 60 * 1024 },
        });
        using var first = await rig.ConnectAsync();
        await RefusedAsync(rig);
        Assert.True(rig.Account.Scarce.ClientBytes >= 40 * 1024);
        Assert.Equal(1, rig.Account.ConnectionsRefusedFor[(int)ConnectionRefusal.Overload]);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task LastAnswerThatIsNotTaken_EndsTheConnection_ThoughLittleOfItWaits(LoopKind kind)
    {
        ProxyRig? proxy = null;
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadAsync();
            await wire.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            var chunk = $"2000\r\n{new string('a', 0x2000)}\r\n";
            while (proxy!.Account.Scarce.ClientBytes < 32 * 1024)
            {
                await wire.WriteAsync(chunk);
            }

            await wire.WriteAsync("0\r\n\r\n");
        });
        await using var rig = proxy = new ProxyRig(kind, primary.Address, options: options => options with
        {
            IdleTimeout = TimeSpan.FromHours(1),
            WriteTimeout = TimeSpan.FromMilliseconds(200),
        });
        using var client = await rig.ConnectAsync();
        await client.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        while (rig.Account is { Connections: 0 } or { OpenConnections: > 0 })
        {
            await Task.Yield();
        }

        Assert.Equal(1, rig.Account.Connections);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task InterimResponsesThatAreNotTaken_SlowThePrimaryDown_AndEndTheConnection(LoopKind kind)
    {
        const long more = 96 << 20; // than all buffers on the way take
        var hints = string.Concat(Enumerable.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 2000));
        long written = 0;
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadAsync();
            while (Volatile.Read(ref written) < more)
            {
                await wire.WriteAsync(hints);
                Volatile.Write(ref written, written + hints.Length);
            }
        });
        await using var rig = new ProxyRig(
            kind, primary.Address, options: options => options with { WriteTimeout = TimeSpan.FromMilliseconds(200) });
        using var client = await rig.ConnectAsync();
        await client.WriteAsync(Get);
        while (rig.Account is { Connections: 0 } or { OpenConnections: > 0 } && Volatile.Read(ref written) < more)
        {
            await Task.Yield();
        }

        Assert.InRange(Volatile.Read(ref written), 1, more - 1);
        Assert.Equal(1, rig.Account.CutShortFor[(int)BreakReason.ClientStalled]);
    }

    private static ProxyRig Limited(LoopKind kind, TestServer primary, TimeSpan unfinished) =>
        new(kind, primary.Address, options: options => Limit(options, unfinished));

    private static ProxyOptions Limit(ProxyOptions options, TimeSpan unfinished) =>
        options with { UnfinishedTime = unfinished, Resources = new() { MaxConnections = 2 } };

    // A connection on which the proxy has seen the beginning of a request.
    private static async Task<TestWire> UnfinishedAsync(ProxyRig rig, string octets)
    {
        var before = rig.Account.Scarce.ClientBytes;
        var client = await rig.ConnectAsync();
        await client.WriteAsync(octets);
        while (rig.Account.Scarce.ClientBytes <= before)
        {
            await Task.Yield();
        }

        return client;
    }

    private static async Task AnswerAsync(TestWire client)
    {
        await client.WriteAsync(Get);
        Assert.Equal(200, (await client.ReadAsync())!.Status);
    }

    private static async Task<bool> IsAnsweredAsync(ProxyRig rig)
    {
        try
        {
            using var client = await rig.ConnectAsync();
            await client.WriteAsync(Get);
            return await client.ReadAsync() is { Status: 200 };
        }
        catch (Exception refused) when (refused is SocketException or IOException)
        {
            return false;
        }
    }

    private static async Task RefusedAsync(ProxyRig rig)
    {
        try
        {
            using var client = await rig.ConnectAsync();
            Assert.True(await client.IsAtEndAsync());
        }
        catch (SocketException refused)
        {
            Assert.Equal(SocketError.ConnectionReset, refused.SocketErrorCode);
        }
    }
}
