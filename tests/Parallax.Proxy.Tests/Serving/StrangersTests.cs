using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.Proxy.Tests.Copies;
using Parallax.Proxy.Tests.Routing;
using Parallax.TestKit;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Tests.Serving;

/// <summary>Clients that want past a route or a mirror.</summary>
public sealed class StrangersTests
{
    public static TheoryData<LoopKind> Loops => ProxyRig.Loops;

    [Theory]
    [InlineData("/admin", 403)]
    [InlineData("/public/../admin/users", 403)]
    [InlineData("/./admin", 403)]
    [InlineData("/%61dmin", 403)]
    [InlineData("/x/%2e%2e/admin", 403)]
    [InlineData("/public/..\\admin", 403)]
    [InlineData("http://a/./admin", 403)]
    [InlineData("//admin", 200)]
    [InlineData("/admin%00", 400)]
    [InlineData("/?/../admin", 200)]
    public async Task ClosedPath_IsClosedInEverySpelling(string target, int status)
    {
        using var primary = new Recorder();
        await using var rig = new ProxyRig(
            Closed(primary.Address), options: options => options with { Paths = PathNormalization.Base });
        Assert.Equal(status, (await rig.SendAsync($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        Assert.Equal(status == 200 ? 1 : 0, primary.Accepted);
    }

    /// <summary>A prefix may end within a segment, so that dots are left which step up once it is rewritten.</summary>
    [Theory]
    [InlineData("/api../admin", PathNormalization.Base, 400)]
    [InlineData("/api..", PathNormalization.Base, 400)]
    [InlineData("/api%2e./admin", PathNormalization.Base, 400)]
    [InlineData("/api./admin", PathNormalization.MergeSlashes, 400)]
    [InlineData("/api.js", PathNormalization.Base, 200)]
    [InlineData("/api..x/admin", PathNormalization.Base, 200)]
    [InlineData("/api/admin", PathNormalization.Base, 200)]
    [InlineData("/api../admin", PathNormalization.None, 200)]
    public async Task DotsAfterARewrittenPrefix_DoNotStepUp(string target, PathNormalization paths, int status)
    {
        using var primary = TestServer.Echo();
        var config = ProxyRig.ConfigOf(primary.Address, shadow: null, route => route with
        {
            Matches = [Tables.Path(TextMatchKind.Prefix, "/api")],
            Rewrite = new() { Prefix = "/" },
        });
        await using var rig = new ProxyRig(config, options: options => options with { Paths = paths });
        Assert.Equal(status, (await rig.SendAsync($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
    }

    /// <summary>Conditions on headers see what the primary will see, not what a client says of itself.</summary>
    [Theory]
    [InlineData("x-envoy-internal", "true", false)]
    [InlineData("X-Forwarded-Client-Cert", "Hash=1", false)]
    [InlineData("x-forwarded-proto", "https", false)]
    [InlineData("x-forwarded-proto", "http", true)]
    [InlineData("x-team", "red", true)]
    public async Task Condition_OnWhatOnlyProxiesMaySay_IsNotMetByAClient(string name, string value, bool isMet)
    {
        using var primary = TestServer.Echo();
        foreach (var trusts in new[] { false, true })
        {
            await using var rig = new ProxyRig(
                Closed(primary.Address, new() { Headers = [new(name, new(TextMatchKind.Exact, value))] }),
                options: options => options with { TrustsClients = trusts });
            var answer = await rig.SendAsync($"GET / HTTP/1.1\r\nHost: a\r\n{name}: {value}\r\n\r\n");
            Assert.Equal(trusts || isMet ? 403 : 200, answer.Status);
        }
    }

    [Fact]
    public async Task Condition_OnTheAbsenceOfAClaim_IsMetWhateverAClientSays()
    {
        using var primary = TestServer.Echo();
        var without = new RouteMatchConfig { WithoutHeaders = [new("x-envoy-internal", new(TextMatchKind.Present, ""))] };
        await using var rig = new ProxyRig(Closed(primary.Address, without));
        Assert.Equal(403, (await rig.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nX-Envoy-Internal: true\r\n\r\n")).Status);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task NormalisedPath_IsWhatPrimaryAndShadowSee_HeadersAndBodyAsTheyWere(LoopKind kind)
    {
        using var primary = new Recorder();
        using var shadow = new Recorder();
        await using var rig = new ProxyRig(
            kind, primary.Address, shadow.Address, options: options => options with { Paths = PathNormalization.MergeSlashes });
        using var client = await rig.ConnectAsync();
        for (var time = 0; time < 2; time++)
        {
            await client.WriteAsync("POST /a/b/..//%63/?q=/../%61 HTTP/1.1\r\nX: 1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
            Assert.Equal(200, (await client.ReadAsync())!.Status);
        }

        foreach (var request in (await primary.NextAsync(2)).Concat(await shadow.NextAsync(2)))
        {
            Assert.Equal(("POST /a/c/?q=/../%61 HTTP/1.1", "1", "abc"), (request.Line, request["x"], request.Text));
        }
    }

    [Theory]
    [InlineData("Upgrade: h2c")]
    [InlineData("Upgrade: h2c, websocket")]
    [InlineData("Upgrade: websocket\r\nUpgrade: h2c")]
    [InlineData("Upgrade: \"h2c\"")]
    [InlineData("Upgrade: h2c/1")]
    [InlineData("Upgrade: chat")]
    public async Task Upgrade_ThatIsNotAllowed_IsServedWithoutOne(string upgrade)
    {
        using var primary = new Recorder();
        await using var rig = new ProxyRig(
            LoopKind.Epoll, primary.Address, options: options => options with { Upgrades = AllowedUpgrades.Default });
        var request = $"GET / HTTP/1.1\r\nHost: a\r\n{upgrade}\r\nHTTP2-Settings: AAM\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n";
        Assert.Equal(200, (await rig.SendAsync(request)).Status);
        var seen = (await primary.NextAsync(1))[0];
        Assert.Equal(("", "", ""), (seen["upgrade"] ?? "", seen["connection"] ?? "", seen["http2-settings"] ?? ""));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Primary_ThatSwitchesUnasked_IsAnsweredFor(LoopKind kind)
    {
        foreach (var (asked, agreed) in new[] { ("X: y", "websocket"), ("Connection: Upgrade\r\nUpgrade: websocket", "h2c") })
        {
            using var primary = TestServer.Answering(
                _ => $"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: {agreed}\r\n\r\n");
            await using var rig = new ProxyRig(kind, primary.Address);
            Assert.Equal(502, (await rig.SendAsync($"GET / HTTP/1.1\r\nHost: a\r\n{asked}\r\n\r\n")).Status);
            Assert.Equal(0, rig.Account.Tunnels);
        }
    }

    [Fact]
    public async Task Connect_ThatIsNotAllowed_ReachesNobody()
    {
        using var primary = new Recorder();
        await using var rig = new ProxyRig(
            LoopKind.Epoll, primary.Address, options: options => options with { Upgrades = AllowedUpgrades.Default });
        Assert.Equal(501, (await rig.SendAsync("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n")).Status);
        Assert.Equal(0, primary.Accepted);
        Assert.Equal(1, rig.Account.AnsweredHereFor[(int)LocalReason.TunnelRefused]);
    }

    [Theory]
    [InlineData("h2c")]
    [InlineData("H2")]
    [InlineData("HTTP/2.0")]
    public void Http2_CannotBeAllowed(string protocol) => Assert.Throws<ArgumentException>(() => new AllowedUpgrades([protocol]));

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Mark_WithoutProof_IsTakenOffAndTheRequestMirrored(LoopKind kind)
    {
        using var primary = new Recorder();
        using var shadow = new Recorder();
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address);
        await rig.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nx-parallax-shadow: shadow\r\nX-Parallax-Shadow-Proof: 0\r\n\r\n");
        Assert.Null((await primary.NextAsync(1))[0]["x-parallax-shadow"]);
        var copy = Assert.Single(await shadow.NextAsync(1));
        Assert.Equal(ShadowMark.OfThisProcess.ProofOf("shadow"), copy["x-parallax-shadow-proof"]);
    }

    [Fact]
    public async Task Mark_WithProof_StaysAndEndsTheLoop()
    {
        using var primary = new Recorder();
        using var shadow = new Recorder();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address, shadow.Address);
        var proof = ShadowMark.OfThisProcess.ProofOf("other");
        await rig.SendAsync($"GET / HTTP/1.1\r\nHost: a\r\nx-parallax-shadow: other\r\nx-parallax-shadow-proof: {proof}\r\n\r\n");
        Assert.Equal("other", (await primary.NextAsync(1))[0]["x-parallax-shadow"]);
        Assert.Equal(1, rig.Account.Mirrors[0].Dropped[(int)Traffic.Queues.DropReason.LoopGuard]);
        Assert.Equal(0, shadow.Accepted);
    }

    /// <summary>A mirror changes nothing for the client, whatever length it announces.</summary>
    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MaxValue - 100)]
    [InlineData(1L << 40)]
    public async Task AnnouncedLength_OfAnySize_IsAnsweredWithAMirrorAsWithout(long length)
    {
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadHeadAsync();
            await wire.WriteAsync("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig");
        });
        using var shadow = TestServer.Echo();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address, shadow.Address);
        Assert.Equal(413, (await rig.SendAsync($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\nabc")).Status);
    }

    private static ProxyConfig Closed(System.Net.IPEndPoint primary) =>
        Closed(primary, Tables.Path(TextMatchKind.Prefix, "/admin"));

    private static ProxyConfig Closed(System.Net.IPEndPoint primary, RouteMatchConfig match)
    {
        var config = ProxyRig.ConfigOf(primary, shadow: null, route => route);
        var open = config.Listeners[0].VirtualHosts[0].Routes[0];
        var closed = Tables.Route("closed", match) with
        {
            Destinations = [],
            DirectResponse = new() { Status = 403 },
        };
        return config with { Listeners = [config.Listeners[0] with { Servers = [ProxyRig.ServerOf(closed, open)] }] };
    }
}
