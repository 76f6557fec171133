using Parallax.Proxy.Tests.Copies;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Requests;

/// <summary>Targets as clients send them that do not encode.</summary>
public sealed class RawTargetTests
{
    [Theory]
    [InlineData("/caf\u00c3\u00a9?q=\u00e4\u00f6\u00fc")]
    [InlineData("/\u0080\u0081\u00a0\u00fe\u00ff")]
    [InlineData("/?q=\u00c3\u00a0")]
    [InlineData("/\u00c0")]
    [InlineData("/\u00c0a\u00af")]
    [InlineData("/a|b\"c<d>e{f}g^h`i[j]k\\l")]
    [InlineData("http://a/\u00e4")]
    public async Task Target_ReachesPrimaryAndShadowAsItCame(string target)
    {
        using var primary = new Recorder();
        using var shadow = new Recorder();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address, shadow.Address);
        Assert.Equal(200, (await rig.SendAsync($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        var path = target.Replace("http://a", "", StringComparison.Ordinal);
        Assert.EndsWith($"{path} HTTP/1.1", (await primary.NextAsync(1))[0].Line);
        Assert.EndsWith($"{path} HTTP/1.1", (await shadow.NextAsync(1))[0].Line);
    }

    [Theory]
    [InlineData("/a b")]
    [InlineData("/a\u0001")]
    [InlineData("/\u00e4\u007f")]
    [InlineData("/\u00e4#f")]
    [InlineData("\u00e4")]
    [InlineData("\u00e4/")]
    [InlineData("http://\u00e4/")]
    [InlineData("http://a\u00e4")]
    [InlineData("/\u00c0\u00af")]
    [InlineData("/\u00c1\u009c")]
    [InlineData("/\u00e0\u0080\u00ae")]
    [InlineData("/\u00f0\u0080\u0080\u00af")]
    public async Task TargetWithTwoReadings_IsRefused(string target)
    {
        using var primary = new Recorder();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address);
        Assert.Equal(400, (await rig.SendAsync($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        Assert.Equal(0, primary.Accepted);
    }

    [Theory]
    [InlineData("CONNECT \u00e4:1 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: \u00e4\r\n\r\n")]
    public async Task Authority_IsNoPlaceForRawOctets(string request)
    {
        await using var rig = new ProxyRig(LoopKind.Epoll, TestServer.Nobody());
        Assert.Equal(400, (await rig.SendAsync(request)).Status);
    }

    [Theory]
    [InlineData("/\u00e4", 400)]
    [InlineData("/a|b", 200)]
    public async Task Rejecting_RefusesRawOctetsOnly(string target, int status)
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(
            LoopKind.Epoll, primary.Address, options: options => options with { PassesRawTargets = false });
        Assert.Equal(status, (await rig.SendAsync($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
    }
}
