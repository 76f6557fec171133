using Parallax.Proxy.Configuration.Model;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Tests.Routing;

public sealed class RouteHeadsTests
{
    private static readonly string Marks =
        $"x-envoy-internal: true\r\nx-parallax-shadow: m\r\nx-parallax-shadow-proof: {ShadowMark.OfThisProcess.ProofOf("m")}\r\n";

    /// <summary>Envoy, test/integration/shadow_policy_integration_test.cc: ShadowedClusterHostHeaderAppendsSuffix; and
    /// test/common/router/shadow_writer_impl_test.cc: Success, Failure (with a port).</summary>
    [Theory]
    [InlineData("sni.lyft.com", "sni.lyft.com-shadow")]
    [InlineData("cluster1:8000", "cluster1-shadow:8000")]
    public void ShadowedClusterHostHeaderAppendsSuffix(string host, string shadow) => Assert.Equal((host, shadow), HostsOf(host));

    /// <summary>Envoy: ShadowedClusterHostHeaderAppendsSuffixAddresses, IPv4 and IPv6.</summary>
    [Theory]
    [InlineData("127.0.0.1:80", "127.0.0.1-shadow:80")]
    [InlineData("[::1]:80", "[::1]-shadow:80")]
    public void ShadowedClusterHostHeaderAppendsSuffixAddresses(string host, string shadow) => Assert.Equal((host, shadow), HostsOf(host));

    /// <summary>Envoy: ShadowedClusterHostHeaderDisabledAppendSuffix; and shadow_writer_impl_test.cc:
    /// SuccessNoShadowHeaderAppend.</summary>
    [Fact]
    public void ShadowedClusterHostHeaderDisabledAppendSuffix() =>
        Assert.Equal(("sni.lyft.com", "sni.lyft.com"), HostsOf("sni.lyft.com", ShadowHost.Same));

    /// <summary>Envoy: ClusterMirroringWithHeaderMutations. x-shadow-test is appended, x-remove-me removed on the mirror only, x-keep-me
    /// kept.</summary>
    [Fact]
    public void MirrorHeaders_ConcernTheCopyOnly()
    {
        var mirror = Mirror() with
        {
            Headers = [Tables.Edit(HeaderEditKind.Add, "x-shadow-test: s"), Tables.Edit(HeaderEditKind.Remove, "x-remove-me")],
        };
        var (primary, copy) = HeadsOf(Route(mirror), ReadRequest.Get("/", fields: "x-keep-me: k\r\nx-remove-me: r\r\n"));
        Assert.Contains("x-keep-me: k\r\nx-remove-me: r\r\n", primary, StringComparison.Ordinal);
        Assert.DoesNotContain("x-shadow-test", primary, StringComparison.Ordinal);
        Assert.Contains("x-keep-me: k\r\n", copy, StringComparison.Ordinal);
        Assert.Contains("x-shadow-test: s\r\n", copy, StringComparison.Ordinal);
        Assert.DoesNotContain("x-remove-me", copy, StringComparison.Ordinal);
    }

    /// <summary>Gateway API, conformance httproute-request-mirror: what the route does to headers it does to the copy, too. The copy is
    /// taken after the route's rewrites (Envoy #9326).</summary>
    [Fact]
    public void RouteChanges_ConcernTheCopyToo()
    {
        var route = Route(Mirror()) with
        {
            Matches = [Tables.Path(TextMatchKind.Prefix, "/old")],
            Rewrite = new() { Prefix = "/new", Authority = "inner:1" },
            RequestHeaders = [Tables.Edit(HeaderEditKind.Set, "X-Header-Set: s"), Tables.Edit(HeaderEditKind.Remove, "x-header-remove")],
        };
        var (primary, copy) = HeadsOf(route, ReadRequest.Get("/old/x?q", fields: "X-Header-Remove: r\r\n"));
        const string added = "x-forwarded-proto: http\r\nx-request-id: id-1\r\nX-Header-Set: s\r\n";
        Assert.Equal($"GET /new/x?q HTTP/1.1\r\nHost: inner:1\r\nx-forwarded-for: 192.0.2.1\r\n{added}\r\n", primary);
        Assert.Equal($"GET /new/x?q HTTP/1.1\r\nHost: inner-shadow:1\r\nx-forwarded-for: 192.0.2.1, 10.0.0.9\r\n{added}{Marks}\r\n", copy);
    }

    /// <summary>Istio sets the authority by a header as well.</summary>
    [Fact]
    public void HostSetAsAHeader_IsTheAuthorityOfBothLegs()
    {
        var route = Route(Mirror()) with { RequestHeaders = [Tables.Edit(HeaderEditKind.Set, "host: other:7")] };
        var (primary, copy) = HeadsOf(route, ReadRequest.Get("/"));
        Assert.Contains("Host: other:7\r\n", primary, StringComparison.Ordinal);
        Assert.Contains("Host: other-shadow:7\r\n", copy, StringComparison.Ordinal);
    }

    [Fact]
    public void Destination_ItsRewriteAndHeaders_WinOverTheRoutes()
    {
        var destination = new DestinationConfig
        {
            Cluster = "primary",
            Rewrite = new() { FullPath = "/mine" },
            RequestHeaders = [Tables.Edit(HeaderEditKind.Set, "a: 2")],
            ResponseHeaders = [Tables.Edit(HeaderEditKind.Set, "b: 2")],
        };
        var route = Route(Mirror()) with
        {
            Destinations = [destination],
            Rewrite = new() { Prefix = "/route" },
            RequestHeaders = [Tables.Edit(HeaderEditKind.Set, "a: 1")],
        };
        var (primary, _) = HeadsOf(route, ReadRequest.Get("/x?y"));
        Assert.StartsWith("GET /mine?y HTTP/1.1\r\n", primary, StringComparison.Ordinal);
        Assert.EndsWith("\r\na: 2\r\n\r\n", primary, StringComparison.Ordinal);
        Assert.NotNull(Tables.Of(route).Listeners[0].Find(ReadRequest.Get("/").Routed).Route!.Pick(0).Response);
    }

    [Fact]
    public void MirrorHost_TargetRule_IsTheMirrorsClusterAndItsPort()
    {
        Assert.True(ShadowHost.TryParse("target", out var target, out _));
        Assert.Equal(("a", "mirror.svc:8000"), HostsOf("a", target));
    }

    /// <summary>Istio, TestMirrorPercent: absent is everything, zero nothing, and one hundred of a percent still counts. Envoy: random
    /// below the numerator, the same random for all mirrors, so what a smaller mirror gets the larger gets, too.</summary>
    [Theory]
    [InlineData(100, 1_000_000)]
    [InlineData(50, 500_000)]
    [InlineData(0.0001, 1)]
    [InlineData(0, 0)]
    public void MirrorPercent_NumeratorOfAMillion(double percent, int numerator)
    {
        var sampler = Sampler.OfPercent(percent);
        Assert.Equal(numerator, Enumerable.Range(0, Sampler.Denominator).Count(sampler.Selects));
        Assert.Equal(Sampler.All, Mirror().Sampler);
    }

    private static (string Primary, string Shadow) HostsOf(string host, ShadowHost? rule = null)
    {
        var (primary, copy) = HeadsOf(Route(Mirror() with { Host = rule }), ReadRequest.Get("/", host));
        return (HostOf(primary), HostOf(copy));

        static string HostOf(string head) => head.Split("\r\n")[1]["Host: ".Length..];
    }

    private static (string Primary, string Shadow) HeadsOf(RouteConfig route, ReadRequest request)
    {
        var hit = request.Find(Tables.Of(route));
        var target = hit.Route!.Pick(0);
        return (request.Write(target.Primary, hit.MatchedPrefix), request.Write(Assert.Single(target.Mirrors).Rewriter, hit.MatchedPrefix));
    }

    private static MirrorConfig Mirror() => new() { Name = "m", Cluster = "mirror" };

    private static RouteConfig Route(MirrorConfig mirror) => Tables.Route("r") with { Mirrors = [mirror] };
}
