using System.Net;
using System.Net.Sockets;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Routing;
using Parallax.Proxy.Serving;
using Parallax.TestKit;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Tests.Serving;

/// <summary>Addresses are listened at, or it is said why not.</summary>
public sealed class ListenTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [MemberData(nameof(ProxyRig.Loops), MemberType = typeof(ProxyRig))]
    public async Task Open_WhereAnotherProxyListens_IsRefusedAndSaysWhatWouldBeRight(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var first = new ProxyRig(kind, primary.Address, options: options => options with { Loops = 2 });
        var config = first.Config with { Listeners = [first.Config.Listeners[0] with { Address = first.Address }] };
        var table = RoutingTable.Compile(config, ShadowHost.Suffix);
        var fault = Assert.ThrowsAny<SocketException>(
            () => new ProxyServer(table, first.Clusters, ProxyOptions.Default with { IsManaged = kind == LoopKind.Managed }, Assert.Null));
        Assert.Equal(SocketError.AddressAlreadyInUse, fault.SocketErrorCode);
        Assert.StartsWith($"cannot listen at {first.Address}: somebody listens there already; ", fault.Message, StringComparison.Ordinal);
        Assert.Equal(200, (await first.SendAsync(Get)).Status);
    }

    [Fact]
    public void Open_AtAnAddressOfAnotherMachine_SaysSo()
    {
        var config = ProxyRig.ConfigOf(TestServer.Nobody(), null, same => same);
        config = config with { Listeners = [config.Listeners[0] with { Address = IPEndPoint.Parse("192.0.2.1:8080") }] };
        var clusters = new ClusterSet();
        clusters.Apply(config);
        var fault = Assert.ThrowsAny<SocketException>(
            () => new ProxyServer(RoutingTable.Compile(config, ShadowHost.Suffix), clusters, ProxyOptions.Default, Assert.Null));
        Assert.Equal(
            "cannot listen at 192.0.2.1:8080: 192.0.2.1 is not an address of this machine; name one, or none for all of them",
            fault.Message);
    }

    [Fact]
    public async Task Reload_ToAnotherAddressWithTheSamePort_IsNoQuarrelWithItself()
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address);
        var everywhere = rig.Config.Listeners[0] with { Address = new IPEndPoint(IPAddress.Any, rig.Address.Port) };
        await rig.Server.ReloadAsync(RoutingTable.Compile(rig.Config with { Listeners = [everywhere] }, ShadowHost.Suffix));
        using var wire = await TestWire.ConnectAsync(new IPEndPoint(IPAddress.Loopback, rig.Address.Port));
        await wire.WriteAsync(Get);
        Assert.Equal(200, (await wire.ReadAsync())!.Status);
    }

    [Fact]
    public async Task Reload_OfAServerThatIsOver_DoesNotWaitForIt()
    {
        var config = ProxyRig.ConfigOf(TestServer.Nobody(), null, same => same);
        var clusters = new ClusterSet();
        clusters.Apply(config);
        var server = new ProxyServer(
            RoutingTable.Compile(config, ShadowHost.Suffix), clusters, ProxyOptions.Default with { Loops = 1 }, Assert.Null);
        server.Start();
        server.Dispose();
        var next = config with { Listeners = [config.Listeners[0] with { Address = IPEndPoint.Parse("127.0.0.2:0") }] };
        await Assert.ThrowsAnyAsync<ObjectDisposedException>(() => server.ReloadAsync(RoutingTable.Compile(next, ShadowHost.Suffix)));
    }
}
