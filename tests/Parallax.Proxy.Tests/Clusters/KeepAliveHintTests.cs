using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Clusters;

/// <summary>What a primary, or a shadow, says of the time it keeps a connection.</summary>
public sealed class KeepAliveHintTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData(LoopKind.Epoll, "Keep-Alive: timeout=60, max=100", 1)]
    [InlineData(LoopKind.Managed, "Keep-Alive: timeout=60", 1)]
    [InlineData(LoopKind.Epoll, "Keep-Alive: timeout=0", 2)]
    [InlineData(LoopKind.Epoll, "Keep-Alive: timeout=60, max=0", 2)]
    [InlineData(LoopKind.Epoll, "Keep-Alive: timeout=60\r\nConnection: close", 2)]
    public async Task Connection_IsUsedAgainAsThePrimarySays(LoopKind kind, string fields, int connections)
    {
        using var primary = TestServer.Answering(_ => $"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n{fields}\r\n\r\nok");
        await using var rig = new ProxyRig(kind, primary.Address);
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal("ok", (await rig.SendAsync(Get)).Text);
        }

        Assert.Equal((connections, connections), (primary.Accepted, rig.Account.Connects));
    }

    /// <summary>Closed half a second after the answer, long before the idle time the proxy has itself.</summary>
    [Theory]
    [InlineData(LoopKind.Epoll)]
    [InlineData(LoopKind.Managed)]
    public async Task IdleConnection_IsClosedBeforeThePrimaryAndTheShadowDo(LoopKind kind)
    {
        var ends = new System.Collections.Concurrent.ConcurrentBag<bool>();
        async Task Serve(TestWire wire)
        {
            await wire.ReadAsync();
            await wire.WriteAsync("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok");
            ends.Add(await wire.IsAtEndAsync());
        }

        using var primary = new TestServer(Serve);
        using var shadow = new TestServer(Serve);
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address);
        Assert.Equal("ok", (await rig.SendAsync(Get)).Text);
        await ClientGoneTests.UntilAsync(() => ends.Count == 2);
        Assert.DoesNotContain(false, ends);
    }
}
