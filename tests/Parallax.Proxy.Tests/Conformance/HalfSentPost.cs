using Parallax.Proxy.Bounds;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Conformance;

/// <summary>A POST of twenty octets of which the first ten have arrived at the primary and at the shadow.</summary>
internal sealed class HalfSentPost : IAsyncDisposable
{
    private readonly ServerByHand _primary = new();
    private readonly ServerByHand _shadow = new();
    private readonly ProxyRig _rig;

    private HalfSentPost(LoopKind kind, Func<RouteConfig, RouteConfig>? route, Func<ProxyOptions, ProxyOptions>? options) =>
        _rig = new ProxyRig(kind, _primary.Address, _shadow.Address, route, limits => Copies.In(options?.Invoke(limits) ?? limits));

    public CopyLog Copies { get; } = new();

    public TestWire Client { get; private set; } = null!;

    public TestWire Primary { get; private set; } = null!;

    public TestWire Shadow { get; private set; } = null!;

    public static async Task<HalfSentPost> BeginAsync(
        LoopKind kind, Func<RouteConfig, RouteConfig>? route = null, Func<ProxyOptions, ProxyOptions>? options = null)
    {
        var post = new HalfSentPost(kind, route, options);
        post.Client = await post._rig.ConnectAsync();
        await post.Client.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n0123456789");
        post.Primary = await post._primary.AcceptAsync();
        post.Shadow = await post._shadow.AcceptAsync();
        foreach (var wire in (TestWire[])[post.Primary, post.Shadow])
        {
            Assert.StartsWith("POST / HTTP/1.1\r\n", await wire.ReadHeadAsync(), StringComparison.Ordinal);
            Assert.Equal("0123456789"u8.ToArray(), await wire.ReadExactlyAsync(10));
        }

        return post;
    }

    /// <summary>The client sends the rest.</summary>
    public Task SendRestAsync() => Client.WriteAsync("abcdefghij");

    /// <summary>A server's end gets the rest and answers.</summary>
    public static async Task ReadRestAndAnswerAsync(TestWire wire)
    {
        Assert.Equal("abcdefghij"u8.ToArray(), await wire.ReadExactlyAsync(10));
        await wire.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _primary.Dispose();
        _shadow.Dispose();
        await _rig.DisposeAsync();
    }
}
