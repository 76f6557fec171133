using System.Net;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.Proxy.Tests.Copies;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Tests.Clusters;

/// <summary>Endpoints come and go with every look-up of a name and every reload: what is kept for them must not grow, and what was counted
/// must not shrink.</summary>
public sealed class GoneEndpointsTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [MemberData(nameof(ProxyRig.Loops), MemberType = typeof(ProxyRig))]
    public async Task Addresses_ThatChangeAgainAndAgain_AreLetGoAndStayCounted(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        var shadow = TestServer.Nobody();
        await using var rig = new ProxyRig(kind, primary.Address, shadow, config: config => Named(config, "shadow"));
        for (var time = 1; time <= 60; time++)
        {
            await ResolveToAsync(rig, IPAddress.Parse($"127.0.1.{time}"));
            Assert.Equal(200, (await rig.SendAsync(Get)).Status);
            Assert.Equal(time, rig.Account.Shadows.Sum(account => account.Offered));
        }

        // The last ones may still be at work.
        await SoonAsync(() => rig.Server.Workers[0].Mirrors.Targets.Count < 30);
        Assert.Equal(60, rig.Account.Shadows.Sum(account => account.Offered));
        Assert.Equal(0, rig.Account.Shadows.Sum(account => account.Unexplained));
    }

    [Theory]
    [MemberData(nameof(ProxyRig.Loops), MemberType = typeof(ProxyRig))]
    public async Task PrimaryAddresses_ThatChangeAgainAndAgain_AreLetGo(LoopKind kind)
    {
        await using var rig = new ProxyRig(
            kind,
            TestServer.Nobody(),
            route: route => route with { Retry = route.Retry with { Attempts = 0 } },
            config: config => Named(config, "primary"));
        for (var time = 1; time <= 60; time++)
        {
            await ResolveToAsync(rig, IPAddress.Parse($"127.0.1.{time}"));
            Assert.Equal(503, (await rig.SendAsync(Get)).Status);
        }

        Assert.InRange(rig.Server.Workers[0].Clusters.Pools, 1, 30);
    }

    [Fact]
    public async Task Reload_WithAnotherShadow_LetsTheOldOneGoOnceItsCopiesAreAnswered()
    {
        using var primary = TestServer.Echo();
        var mayAnswer = new TaskCompletionSource();
        using var before = new TestServer(async wire =>
        {
            await wire.ReadAsync();
            await mayAnswer.Task;
            await wire.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            await wire.IsAtEndAsync();
        });
        using var after = new Recorder();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address, before.Address);
        await rig.SendAsync(Get);
        await ReloadAsync(rig, ProxyRig.ConfigOf(primary.Address, after.Address, same => same));
        await rig.SendAsync(Get);
        await after.NextAsync(1);
        Assert.Equal(2, rig.Server.Workers[0].Mirrors.Targets.Count);
        mayAnswer.SetResult();
        await SoonAsync(() => rig.Server.Workers[0].Mirrors.Targets.Count == 1);
        Assert.Equal((2, 2), (rig.Account.Shadows.Sum(each => each.Offered), rig.Account.Shadows.Sum(each => each.Answered)));
    }

    [Fact]
    public async Task Reloads_WithEverNewNames_AreToldAsOneAndStayCounted()
    {
        using var primary = TestServer.Echo();
        var shadow = TestServer.Nobody();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address, shadow);
        for (var time = 1; time <= 250; time++)
        {
            var name = $"shadow-{time}";
            var mirror = new MirrorConfig { Name = name, Cluster = name };
            var next = ProxyRig.ConfigOf(primary.Address, shadow, route => route with { Mirrors = [mirror] });
            await ReloadAsync(rig, next with { Clusters = [next.Clusters[0], ProxyRig.ClusterOf(name, [shadow])] });
            Assert.Equal(200, (await rig.SendAsync(Get)).Status);
        }

        var account = rig.Account;
        Assert.Equal((250, 250), (account.Mirrors.Sum(each => each.Received), account.Mirrors.Sum(each => each.Offered)));
        Assert.Equal(250, account.Shadows.Sum(each => each.Offered));
        Assert.InRange(account.Mirrors.Count, 3, 103);
        Assert.Contains("shadow-250", account.Mirrors.Select(each => each.Name));
        Assert.Contains("(gone)", account.Mirrors.Select(each => each.Name));
        await SoonAsync(() => rig.Account.Shadows.Count <= 103);
        Assert.Contains("(gone)", rig.Account.Shadows.Select(each => each.Target));
    }

    private static async Task ReloadAsync(ProxyRig rig, ProxyConfig next)
    {
        next = next with { Listeners = [next.Listeners[0] with { Address = rig.Config.Listeners[0].Address }] };
        rig.Clusters.Apply(next);
        await rig.Server.ReloadAsync(RoutingTable.Compile(next, ShadowHost.Suffix));
    }

    private static Task ResolveToAsync(ProxyRig rig, IPAddress address) =>
        rig.Clusters.RefreshAsync((_, _) => Task.FromResult<IPAddress[]>([address]), TestContext.Current.CancellationToken);

    private static ProxyConfig Named(ProxyConfig config, string name) => config with
    {
        Clusters =
        [
            .. config.Clusters.Select(cluster => cluster.Name != name
                ? cluster
                : cluster with { Endpoints = [cluster.Endpoints[0] with { Host = "changing.test" }] }),
        ],
    };

    private static async Task SoonAsync(Func<bool> isSo)
    {
        while (!isSo())
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
