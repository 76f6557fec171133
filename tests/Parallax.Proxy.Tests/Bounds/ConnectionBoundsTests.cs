using System.Net.Sockets;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Serving;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Bounds;

/// <summary>Which connections of clients and to primaries there may be, and which of them make room for others.</summary>
public sealed class ConnectionBoundsTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    public static TheoryData<LoopKind> Loops => ProxyRig.Loops;

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task AllConnectionsBusy_TheNewestIsRefused_TheOthersAreAnswered(LoopKind kind)
    {
        var mayAnswer = new TaskCompletionSource();
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadAsync();
            await mayAnswer.Task;
            await wire.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            await wire.IsAtEndAsync();
        });
        await using var rig = Limited(kind, primary, new() { MaxConnections = 2, LeastIdle = TimeSpan.Zero });
        using var first = await rig.ConnectAsync();
        using var second = await rig.ConnectAsync();
        await first.WriteAsync("GET /1 HT");
        await second.WriteAsync("GET /2 HT");
        await InFlightAsync(rig, first, second);
        await AssertRefusedAsync(rig);
        mayAnswer.SetResult();
        Assert.Equal("ok", (await first.ReadAsync())!.Text);
        Assert.Equal("ok", (await second.ReadAsync())!.Text);
        Assert.Equal(1, rig.Account.ConnectionsRefusedFor[(int)ConnectionRefusal.TooMany]);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task AllConnectionsIdle_TheOldestMakesRoom(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = Limited(kind, primary, new() { MaxConnections = 2, LeastIdle = TimeSpan.Zero });
        using var oldest = await AnsweredAsync(rig);
        using var newer = await AnsweredAsync(rig);
        while (!await IsAnsweredAsync(rig))
        {
            // A client can have its answer before the managed loop knows that it was sent.
        }

        Assert.True(await oldest.IsAtEndAsync());
        await newer.WriteAsync(Get);
        Assert.Equal(200, (await newer.ReadAsync())!.Status);
        Assert.Equal(1, rig.Account.ClosedIdle);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task ConnectionInUse_IsNotIdleBetweenTwoRequests(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = Limited(kind, primary, new() { MaxConnections = 1, LeastIdle = TimeSpan.FromHours(2) });
        using var first = await AnsweredAsync(rig);
        await AssertRefusedAsync(rig);
        await first.WriteAsync(Get);
        Assert.Equal(200, (await first.ReadAsync())!.Status);
        Assert.Equal(0, rig.Account.ClosedIdle);
        Assert.Equal(1, primary.Accepted); // the connection to it, which would have made no room for the client, stayed, too
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task OneClientWithTooMany_IsRefused_UntilItCloses(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = Limited(kind, primary, new() { MaxConnectionsPerClient = 1 });
        using var first = await AnsweredAsync(rig);
        await AssertRefusedAsync(rig);
        first.End();
        Assert.True(await first.IsAtEndAsync());
        while (!await IsAnsweredAsync(rig))
        {
            // The proxy is about to notice.
        }

        Assert.True(rig.Account.ConnectionsRefusedFor[(int)ConnectionRefusal.TooManyOfClient] > 0);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task OneClientWithTooMany_IsRefusedBeforeTls(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        using var certificate = new TestCertificate();
        certificate.Renew();
        await using var rig = new ProxyRig(
            kind,
            primary.Address,
            config: certificate.WithTls,
            options: options => options with { Resources = new() { MaxConnectionsPerClient = 1 } });
        using var first = await rig.ConnectAsync();
        await AssertRefusedAsync(rig);
        Assert.Equal(1, rig.Account.ConnectionsRefusedFor[(int)ConnectionRefusal.TooManyOfClient]);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task NoSocketLeftForThePrimary_TheRequestWaits(LoopKind kind)
    {
        var asked = new TaskCompletionSource();
        var mayAnswer = new TaskCompletionSource();
        using var primary = new TestServer(async wire =>
        {
            while (await wire.ReadAsync() is not null)
            {
                asked.TrySetResult();
                await mayAnswer.Task;
                await wire.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            }
        });
        await using var rig = Limited(kind, primary, new() { MaxSockets = 3 });
        using var first = await rig.ConnectAsync();
        using var second = await rig.ConnectAsync();
        await first.WriteAsync(Get);
        await asked.Task;
        await second.WriteAsync(Get);
        mayAnswer.SetResult();
        Assert.Equal("ok", (await first.ReadAsync())!.Text);
        Assert.Equal("ok", (await second.ReadAsync())!.Text);
        Assert.Equal(1, primary.Accepted);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task AnotherClustersIdleConnection_MakesRoom(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        using var other = TestServer.Answering(_ => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother");
        await using var rig = new ProxyRig(
            kind,
            primary.Address,
            options: options => options with { Resources = new() { MaxSockets = 2 } },
            config: config => config with
            {
                Clusters = [ProxyRig.ClusterOf("primary", [primary.Address, other.Address])],
            });
        using var client = await rig.ConnectAsync();
        for (var time = 0; time < 8; time++)
        {
            await client.WriteAsync(Get);
            Assert.Equal(200, (await client.ReadAsync())!.Status);
        }

        Assert.True(primary.Accepted > 1);
        Assert.True(other.Accepted > 1);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task IdleConnectionToAPrimary_MakesRoom_BeforeAnIdleClient(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        using var other = TestServer.Echo();
        await using var rig = new ProxyRig(
            kind,
            primary.Address,
            options: options => options with { Resources = new() { MaxConnections = 64, MaxSockets = 3, LeastIdle = TimeSpan.Zero } },
            config: config => config with
            {
                Clusters = [ProxyRig.ClusterOf("primary", [primary.Address, other.Address])],
            });
        using var idle = await AnsweredAsync(rig);
        using var busy = await rig.ConnectAsync();
        while (primary.Accepted == 0 || other.Accepted == 0)
        {
            await busy.WriteAsync(Get);
            Assert.Equal(200, (await busy.ReadAsync())!.Status);
        }

        Assert.Equal(0, rig.Account.ClosedIdle);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task UploadsBeyondTheirShare_Wait_AndWhatIsWholeDoesNot(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = Limited(kind, primary, new() { MaxUploads = 1 });
        using var uploading = await rig.ConnectAsync();
        using var waiting = await rig.ConnectAsync();
        using var other = await rig.ConnectAsync();
        await uploading.WriteAsync("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na");
        while (primary.Accepted < 1)
        {
            await Task.Yield();
        }

        await waiting.WriteAsync("POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
        while (rig.Account.InFlight < 2)
        {
            await Task.Yield();
        }

        foreach (var request in (string[])[Get, "POST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab"])
        {
            await other.WriteAsync(request);
            Assert.Equal(200, (await other.ReadAsync())!.Status);
        }

        // On its way to nobody until the first is whole.
        Assert.Equal(2, primary.Accepted);
        await waiting.WriteAsync("0\r\n\r\n");
        await uploading.WriteAsync("b");
        Assert.Equal(200, (await uploading.ReadAsync())!.Status);
        Assert.Equal(200, (await waiting.ReadAsync())!.Status);
    }

    [Fact]
    public async Task UploadsOfTwoLoops_HaveOneShare()
    {
        using var primary = TestServer.Echo();
        await using var rig = Limited(LoopKind.Epoll, primary, new() { MaxUploads = 1 }, loops: 2);
        List<TestWire> clients = [];
        for (var number = 0; number < 16; number++)
        {
            clients.Add(await rig.ConnectAsync());
            await clients[number].WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na");
        }

        while (rig.Account.InFlight < clients.Count)
        {
            await Task.Yield();
        }

        foreach (var client in clients)
        {
            await client.WriteAsync("b");
        }

        foreach (var client in clients)
        {
            Assert.Equal(200, (await client.ReadAsync())!.Status);
            client.Dispose();
        }
    }

    [Fact]
    public async Task AnotherLoopsIdleConnection_MakesRoom()
    {
        using var primary = TestServer.Echo();
        await using var rig = Limited(
            LoopKind.Epoll, primary, new() { MaxSockets = 3, LeastIdle = TimeSpan.FromHours(50) }, loops: 2);
        using var first = await AnsweredAsync(rig);
        var loop = rig.Server.Workers.First(worker => worker.Counters.Requests > 0);
        using var second = await AnsweredByAnotherAsync(rig, loop);
        Assert.Equal(1, loop.Counters.Requests);
        Assert.Equal(0, rig.Account.ClosedIdle);
        Assert.True(primary.Accepted > 1);
    }

    private static ProxyRig Limited(LoopKind kind, TestServer primary, ResourceLimits limits, int loops = 1) =>
        new(kind, primary.Address, options: options => options with
        {
            Resources = limits,
            Loops = loops,
        });

    // A connection that the kernel gave to another loop than this one, on which a request was answered.
    private static async Task<TestWire> AnsweredByAnotherAsync(ProxyRig rig, ProxyWorker loop)
    {
        while (true)
        {
            var before = loop.Counters.Connections;
            var client = await rig.ConnectAsync();
            while (rig.Account.OpenConnections < 2)
            {
                await Task.Yield();
            }

            if (loop.Counters.Connections == before)
            {
                await client.WriteAsync(Get);
                Assert.Equal(200, (await client.ReadAsync())!.Status);
                return client;
            }

            client.Dispose();
            while (rig.Account.OpenConnections > 1)
            {
                await Task.Yield();
            }
        }
    }

    // Closed as soon as it is accepted, which may be before connecting is over.
    private static async Task AssertRefusedAsync(ProxyRig rig)
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

    // A connection on which a request was answered.
    private static async Task<TestWire> AnsweredAsync(ProxyRig rig)
    {
        var client = await rig.ConnectAsync();
        await client.WriteAsync(Get);
        Assert.Equal(200, (await client.ReadAsync())!.Status);
        return client;
    }

    private static async Task<bool> IsAnsweredAsync(ProxyRig rig)
    {
        try
        {
            using var client = await AnsweredAsync(rig);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    // The rest of requests whose beginning was sent; they are in flight when the proxy says so.
    private static async Task InFlightAsync(ProxyRig rig, params TestWire[] clients)
    {
        foreach (var client in clients)
        {
            await client.WriteAsync("TP/1.1\r\nHost: a\r\n\r\n");
        }

        while (rig.Account.InFlight < clients.Length)
        {
            await Task.Yield();
        }
    }
}
