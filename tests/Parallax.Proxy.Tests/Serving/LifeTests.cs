using System.Net;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.Proxy.Tests.Copies;
using Parallax.TestKit;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Tests.Serving;

/// <summary>Draining and reloading.</summary>
public sealed class LifeTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [MemberData(nameof(ProxyRig.Loops), MemberType = typeof(ProxyRig))]
    public async Task Drain_AnswersWhatIsInFlightAndClosesTheRest(LoopKind kind)
    {
        var asked = new TaskCompletionSource();
        var mayAnswer = new TaskCompletionSource();
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadAsync();
            asked.SetResult();
            await mayAnswer.Task;
            await wire.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            await wire.IsAtEndAsync();
        });
        await using var rig = new ProxyRig(kind, primary.Address);
        using var idle = await rig.ConnectAsync();
        using var busy = await rig.ConnectAsync();
        await busy.WriteAsync(Get);
        await asked.Task;
        var draining = rig.Server.DrainAsync(TimeSpan.FromSeconds(30));
        Assert.True(await idle.IsAtEndAsync());
        Assert.False(draining.IsCompleted);
        mayAnswer.SetResult();
        var response = (await busy.ReadAsync())!;
        Assert.Equal(("ok", "close"), (response.Text, response["connection"]));
        await draining;
        await Assert.ThrowsAnyAsync<System.Net.Sockets.SocketException>(rig.ConnectAsync);
    }

    [Theory]
    [MemberData(nameof(ProxyRig.Loops), MemberType = typeof(ProxyRig))]
    public async Task Drain_AnswersARequestThatWasOnItsWay(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(
            kind, primary.Address, options: options => options with { LastCallTime = TimeSpan.FromSeconds(30) });
        using var idle = await rig.ConnectAsync();
        await idle.WriteAsync(Get);
        Assert.Equal(200, (await idle.ReadAsync())!.Status);
        var draining = rig.Server.DrainAsync(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAnyAsync<System.Net.Sockets.SocketException>(async () =>
        {
            while (true)
            {
                using var refused = await rig.ConnectAsync();
            }
        });
        Assert.False(draining.IsCompleted);
        await idle.WriteAsync(Get);
        var last = (await idle.ReadAsync())!;
        Assert.Equal((200, "close"), (last.Status, last["connection"]));
        await draining;
        Assert.True(await idle.IsAtEndAsync());
    }

    [Theory]
    [MemberData(nameof(ProxyRig.Loops), MemberType = typeof(ProxyRig))]
    public async Task Drain_CutsOffWhatTakesTooLong(LoopKind kind)
    {
        var asked = new TaskCompletionSource();
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadAsync();
            asked.SetResult();
            await wire.ReadToEndAsync();
        });
        await using var rig = new ProxyRig(kind, primary.Address);
        using var busy = await rig.ConnectAsync();
        await busy.WriteAsync(Get);
        await asked.Task;
        await rig.Server.DrainAsync(TimeSpan.FromMilliseconds(20));
        Assert.Equal((1, 0), (rig.Account.Unanswered, rig.Account.InFlight));
    }

    [Theory]
    [MemberData(nameof(ProxyRig.Loops), MemberType = typeof(ProxyRig))]
    public async Task Reload_IsInForceForTheNextRequestOfAnOpenConnection(LoopKind kind)
    {
        using var before = TestServer.Answering(_ => "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
        using var after = TestServer.Answering(_ => "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2");
        using var shadow = new Recorder();
        await using var rig = new ProxyRig(kind, before.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync(Get);
        Assert.Equal("1", (await client.ReadAsync())!.Text);

        var next = ProxyRig.ConfigOf(after.Address, shadow.Address, same => same);
        next = next with { Listeners = [next.Listeners[0] with { Address = rig.Config.Listeners[0].Address }] };
        rig.Clusters.Apply(next);
        await rig.Server.ReloadAsync(RoutingTable.Compile(next, ShadowHost.Same));
        await client.WriteAsync(Get);
        Assert.Equal("2", (await client.ReadAsync())!.Text);
        Assert.Equal("a", (await shadow.NextAsync(1))[0]["host"]);
    }

    [Fact]
    public async Task Reload_OpensAndClosesListeners()
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address);
        var old = rig.Address;
        var other = new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0);
        var next = rig.Config with { Listeners = [rig.Config.Listeners[0] with { Address = other }] };
        await rig.Server.ReloadAsync(RoutingTable.Compile(next, ShadowHost.Suffix));
        Assert.Equal(200, (await rig.SendAsync(Get)).Status);
        await Assert.ThrowsAnyAsync<System.Net.Sockets.SocketException>(() => TestWire.ConnectAsync(old));
    }

    [Fact]
    public async Task Reload_WithoutAListener_EndsItsConnectionsInOrder()
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address);
        using var idle = await rig.ConnectAsync();
        using var busy = await rig.ConnectAsync();
        await busy.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na");
        while (rig.Account.Requests == 0)
        {
            await Task.Yield();
        }

        var elsewhere = new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0);
        var next = rig.Config with { Listeners = [rig.Config.Listeners[0] with { Address = elsewhere }] };
        await rig.Server.ReloadAsync(RoutingTable.Compile(next, ShadowHost.Suffix));
        Assert.True(await idle.IsAtEndAsync());
        await busy.WriteAsync("b");
        var answer = (await busy.ReadAsync())!;
        Assert.Equal(("ab", "close"), (answer.Text, answer["connection"]));
    }

    [Fact]
    public async Task Reload_ToAPrimaryWithTls_MovesAPlainListenerToALoopThatSpeaksIt()
    {
        using var primary = new TestServer(async wire =>
        {
            if ((await wire.ReadSomeAsync())[0] == 'G')
            {
                await wire.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            }
        });
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address);
        var before = rig.Address;
        var next = rig.Config with
        {
            Clusters = [rig.Config.Clusters[0] with { Tls = new ClusterTlsConfig { VerifiesCertificate = false } }],
        };
        rig.Clusters.Apply(next);
        await rig.Server.ReloadAsync(RoutingTable.Compile(next, ShadowHost.Suffix));
        Assert.Equal(before, rig.Address);

        // The primary speaks no TLS: what matters is that it was tried.
        Assert.Equal(503, (await rig.SendAsync(Get)).Status);
        rig.Clusters.Apply(rig.Config);
        await rig.Server.ReloadAsync(RoutingTable.Compile(rig.Config, ShadowHost.Suffix));
        Assert.Equal(200, (await rig.SendAsync(Get)).Status);
        Assert.Equal((before, 1), (rig.Address, rig.Account.AnsweredHereFor[(int)LocalReason.PrimaryFailed]));
    }

    [Fact]
    public async Task Reload_ToAnAddressThatIsTaken_ChangesNothing()
    {
        using var primary = TestServer.Echo();
        using var other = TestServer.Echo();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address, options: options => options with { Loops = 2 });
        using var client = await rig.ConnectAsync();
        var taken = rig.Config.Listeners[0] with { Name = "taken", Address = other.Address };
        var free = rig.Config.Listeners[0] with { Name = "free", Address = new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0) };
        var table = RoutingTable.Compile(rig.Config with { Listeners = [free, taken] }, ShadowHost.Suffix);
        await Assert.ThrowsAnyAsync<System.Net.Sockets.SocketException>(() => rig.Server.ReloadAsync(table));
        await client.WriteAsync(Get);
        Assert.Equal(200, (await client.ReadAsync())!.Status);
        Assert.Equal(200, (await rig.SendAsync(Get)).Status);
    }

    [Fact]
    public async Task SeveralLoops_ShareTheAddress()
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address, options: options => options with { Loops = 4 });
        for (var time = 0; time < 100; time++)
        {
            Assert.Equal(200, (await rig.SendAsync(Get)).Status);
        }

        Assert.True(rig.Server.Workers.Count(worker => worker.Counters.Requests > 0) > 1);
    }
}
