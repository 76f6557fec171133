using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Tests.Routing;

/// <summary>Which requests a route's mirrors get, as peers' end-to-end tests count them; here at the table, with seeded draws.</summary>
public sealed class MirrorSharesTests
{
    /// <summary>Istio, tests/integration/pilot/mirror_test.go, TestMirroring: mirror-percent-absent, mirror-50, mirror-10, mirror-0; 100
    /// calls each, within Istio's tolerance in percent.</summary>
    [Theory]
    [InlineData(null, 100, 0)]
    [InlineData(50.0, 50, 10)]
    [InlineData(10.0, 10, 5)]
    [InlineData(0.0, 0, 0)]
    public void TestMirroring(double? percent, int expected, int tolerance) =>
        Assert.InRange(CountsOf(100, percent)[0], expected - tolerance, expected + tolerance);

    /// <summary>Gateway API, conformance httproute-request-percentage-mirror: /percent-mirror 20 %, /percent-mirror-fraction 25/50,
    /// /percent-mirror-and-modify-headers 35 %; 500 requests, within three sigma of the binomial distribution.</summary>
    [Theory]
    [InlineData(20)]
    [InlineData(50)]
    [InlineData(35)]
    public void HTTPRouteRequestPercentageMirror(double percent)
    {
        const int requests = 500;
        var sigma = Math.Sqrt(requests * percent / 100 * (1 - (percent / 100)));
        Assert.InRange(CountsOf(requests, percent)[0], (requests * percent / 100) - (3 * sigma), (requests * percent / 100) + (3 * sigma));
    }

    /// <summary>Istio, route_internal_test.go, TestMirrorPercentByPolicy: each of several mirrors has its own. One draw decides for all, as
    /// in Envoy: whoever gets 10 % gets a part of what the 20 % get.</summary>
    [Fact]
    public void TestMirrorPercentByPolicy()
    {
        var mirrors = MirrorsOf(10, 20, 100);
        for (var draw = 0; draw < Sampler.Denominator; draw += 99)
        {
            var selected = mirrors.Select(mirror => mirror.Config.Sampler.Selects(draw)).ToList();
            Assert.True((!selected[0] || selected[1]) && selected[2]);
        }
    }

    /// <summary>Envoy, shadow_writer_impl_test.cc, NoCluster; and its sandbox route-mirror: a mirror of a cluster nobody knows hurts
    /// nobody.</summary>
    [Fact]
    public void NoCluster()
    {
        var route = Tables.Route("r") with { Mirrors = [new() { Name = "m", Cluster = "nowhere" }] };
        Assert.True(ShadowHost.TryParse("target", out var target, out _));
        var table = RoutingTable.Compile(Tables.Config(Tables.Host("*", route)), target);
        var request = ReadRequest.Get("/");
        var mirror = Assert.Single(request.Find(table).Route!.Pick(0).Mirrors);
        Assert.Contains("x-parallax-shadow: m", request.Write(mirror.Rewriter), StringComparison.Ordinal);
        var set = new ClusterSet();
        set.Apply(table.Config);
        Assert.Null(set.Find("nowhere"));
    }

    private static int[] CountsOf(int requests, params double?[] percents)
    {
        var mirrors = MirrorsOf(percents);
        var draws = new SampleDraw(StickyBy.Nothing, new Random(3));
        var request = ReadRequest.Get("/");
        var counts = new int[mirrors.Count];
        for (var time = 0; time < requests; time++)
        {
            var draw = draws.Next(request.Head, request.Octets, default);
            for (var index = 0; index < counts.Length; index++)
            {
                counts[index] += mirrors[index].Config.Sampler.Selects(draw.Number) ? 1 : 0;
            }
        }

        return counts;
    }

    private static IReadOnlyList<RouteMirror> MirrorsOf(params double?[] percents)
    {
        var mirror = new MirrorConfig { Name = "m", Cluster = "mirror" };
        var mirrors = percents.Select(percent => percent is { } share ? mirror with { Sampler = Sampler.OfPercent(share) } : mirror);
        var route = Tables.Route("r") with { Mirrors = [.. mirrors] };
        return ReadRequest.Get("/").Find(Tables.Of(route)).Route!.Pick(0).Mirrors;
    }
}
