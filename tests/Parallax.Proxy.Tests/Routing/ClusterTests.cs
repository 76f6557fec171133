using System.Net;
using System.Net.Sockets;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;

namespace Parallax.Proxy.Tests.Routing;

public sealed class ClusterTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void Outlier_FiveErrorsInARow_LeaveItOutForThirtySeconds()
    {
        var (cluster, balancer) = Make(new());
        var bad = cluster.Endpoints[0];
        Answer(bad, 4, 500, 0);
        bad.OnResponse(200, 0);
        Answer(bad, 4, 503, 0);
        Assert.False(bad.IsEjected(0));
        bad.OnFailure(0);
        Assert.True(bad.IsEjected((30 * Second) - 1));
        Assert.Equal(3, Used(balancer, 29 * Second));
        Assert.False(bad.IsEjected(30 * Second));

        // Looked at every ten seconds.
        Assert.Equal(3, Used(balancer, (39 * Second) - 1));
        Assert.Equal(4, Used(balancer, 39 * Second));
    }

    [Fact]
    public void Outlier_GatewayErrors_CountOnlyWhereAskedFor()
    {
        var (cluster, _) = Make(new() { Consecutive5xx = 0, ConsecutiveGatewayErrors = 2 });
        var (first, second) = (cluster.Endpoints[0], cluster.Endpoints[1]);
        Answer(first, 9, 500, 0);
        Assert.False(first.IsEjected(0));
        first.OnFailure(0);
        first.OnResponse(504, 0);
        Assert.True(first.IsEjected(0));
        Answer(second, 1, 502, 0);
        Answer(second, 1, 500, 0);
        Answer(second, 1, 502, 0);
        Assert.False(second.IsEjected(0));
    }

    [Fact]
    public void Outlier_Again_LastsLonger()
    {
        var (cluster, balancer) = Make(new());
        var bad = cluster.Endpoints[0];
        var now = 0L;
        foreach (var seconds in new[] { 30, 60, 90 })
        {
            Answer(bad, 5, 500, now);
            Assert.True(bad.IsEjected(now + (seconds * Second) - 1));
            Assert.False(bad.IsEjected(now + (seconds * Second)));
            now += seconds * Second;
            Assert.Equal(4, Used(balancer, now));
        }
    }

    [Fact]
    public void Outlier_Time_IsFiveMinutesAtMost()
    {
        var (cluster, balancer) = Make(new() { BaseEjectionTime = TimeSpan.FromMinutes(4) });
        Answer(cluster.Endpoints[0], 5, 500, 0);
        Used(balancer, 300 * Second);
        Answer(cluster.Endpoints[0], 5, 500, 300 * Second);
        Assert.True(cluster.Endpoints[0].IsEjected((600 * Second) - 1));
        Assert.False(cluster.Endpoints[0].IsEjected(600 * Second));
    }

    [Fact]
    public void Outlier_GoodIntervals_AreForgivingOneEjectionEach()
    {
        var (cluster, balancer) = Make(new());
        var bad = cluster.Endpoints[0];
        Answer(bad, 5, 500, 0);
        Used(balancer, 30 * Second);
        Used(balancer, 40 * Second);
        Answer(bad, 5, 500, 50 * Second);
        Assert.False(bad.IsEjected(80 * Second));
    }

    // One may always be; 50 % of four allows a second one, not a third.
    [Theory]
    [InlineData(10, 1)]
    [InlineData(50, 2)]
    [InlineData(100, 4)]
    public void Outlier_MaxEjectionPercent_Bounds(int percent, int ejected)
    {
        var (cluster, _) = Make(new() { MaxEjectionPercent = percent });
        foreach (var endpoint in cluster.Endpoints)
        {
            Answer(endpoint, 5, 500, 0);
        }

        Assert.Equal(ejected, cluster.Endpoints.Count(endpoint => endpoint.IsEjected(0)));
    }

    [Fact]
    public void Outlier_AllLeftOut_NoneIsChosen()
    {
        var (cluster, balancer) = Make(new() { MaxEjectionPercent = 100 });
        cluster.Endpoints.ToList().ForEach(endpoint => Answer(endpoint, 5, 500, 0));
        Assert.Null(balancer.Begin(ReadRequest.Get("/").Routed, avoid: null, now: 1));
    }

    [Fact]
    public void Outlier_TooFewLeft_AllAreUsed()
    {
        var (cluster, balancer) = Make(new() { MaxEjectionPercent = 100, MinHealthPercent = 60 });
        Answer(cluster.Endpoints[0], 5, 500, 0);
        Assert.Equal(3, Used(balancer, 0));
        Answer(cluster.Endpoints[1], 5, 500, 0);
        Assert.Equal(4, Used(balancer, 0));
    }

    [Fact]
    public void Limits_BeyondThem_RefusalsAreCounted()
    {
        var limits = Make(null, config => config with { ConnectionPool = new() { MaxConnections = 2, MaxRequests = 1, MaxRetries = 0 } })
            .Cluster.Limits;
        Assert.True(limits.Connections.TryBegin());
        Assert.True(limits.Connections.TryBegin());
        Assert.False(limits.Connections.TryBegin());
        limits.Connections.End();
        Assert.True(limits.Connections.TryBegin());
        Assert.Equal((2, 1L), (limits.Connections.Active, limits.Connections.Overflows));
        Assert.False(limits.Retries.TryBegin());
        Assert.All(Enumerable.Range(0, 9), _ => Assert.True(limits.PendingRequests.TryBegin()));
    }

    [Fact]
    public void Apply_UnchangedCluster_KeepsItsState()
    {
        var set = new ClusterSet();
        set.Apply(ConfigOf(Tables.Cluster("a", "10.0.0.1"), Tables.Cluster("b", "10.0.0.1"), Tables.Cluster("c", "10.0.0.1")));
        var before = set.Clusters.ToDictionary(cluster => cluster.Config.Name);
        set.Apply(ConfigOf(Tables.Cluster("a", "10.0.0.1"), Tables.Cluster("b", "10.0.0.2")));
        Assert.Same(before["a"], set.Find("a"));
        Assert.NotSame(before["b"], set.Find("b"));
    }

    [Fact]
    public void Apply_ClusterThatLeft_IsFoundUntilTheNext()
    {
        var set = new ClusterSet();
        set.Apply(ConfigOf(Tables.Cluster("a", "10.0.0.1")));
        var before = set.Find("a");
        set.Apply(ConfigOf());
        Assert.Same(before, set.Find("a"));
        Assert.Empty(set.Clusters);
        set.Apply(ConfigOf());
        Assert.Null(set.Find("a"));
    }

    [Fact]
    public void Apply_ClusterThatCameBack_KeepsItsState()
    {
        var set = new ClusterSet();
        set.Apply(ConfigOf(Tables.Cluster("a", "10.0.0.1")));
        var before = set.Find("a");
        set.Apply(ConfigOf());
        set.Apply(ConfigOf(Tables.Cluster("a", "10.0.0.1")));
        Assert.Same(before, set.Find("a"));
    }

    [Fact]
    public async Task Apply_ChangedCluster_HasTheAddressesThatWereLookedUpBefore()
    {
        var set = new ClusterSet();
        set.Apply(ConfigOf(Tables.Cluster("a", "name.example")));
        IPAddress[] found = [IPAddress.Parse("10.0.0.7")];
        await set.RefreshAsync((_, _) => Task.FromResult(found), TestContext.Current.CancellationToken);
        set.Apply(ConfigOf(Tables.Cluster("a", "10.0.0.1", "name.example")));
        Assert.Equal(["10.0.0.1:80", "10.0.0.7:80"], Addresses(set.Find("a")!));
    }

    [Fact]
    public void Fingerprint_EveryPart_Counts()
    {
        var config = Tables.Cluster("a", "10.0.0.1") with { Tls = new() { SubjectAltNames = ["x"] }, OutlierDetection = new() };
        ClusterConfig[] others =
        [
            config with { Endpoints = [.. config.Endpoints, new("b", 1)] },
            config with { Endpoints = [config.Endpoints[0] with { Weight = 2 }] },
            config with { Tls = null },
            config with { Tls = config.Tls with { SubjectAltNames = ["y"] } },
            config with { Tls = config.Tls with { VerifiesCertificate = false } },
            config with { OutlierDetection = new() { MinHealthPercent = 1 } },
            config with { ConnectionPool = new() { MaxRetries = 1 } },
            config with { LoadBalancer = new() { HashName = "x" } },
            config with { Port = 1 },
        ];
        Assert.All(others, other => Assert.NotEqual(config.Fingerprint, other.Fingerprint));
        var same = Tables.Cluster("a", "10.0.0.1") with { Tls = new() { SubjectAltNames = ["x"] }, OutlierDetection = new() };
        Assert.Equal(config.Fingerprint, same.Fingerprint);
    }

    [Fact]
    public async Task Refresh_Names_BecomeEndpointsThatKeepTheirState()
    {
        var set = new ClusterSet();
        set.Apply(ConfigOf(Tables.Cluster("a", "10.0.0.1", "name.example") with { OutlierDetection = new() }));
        var cluster = set.Find("a")!;
        Assert.Equal(["10.0.0.1:80"], Addresses(cluster));

        await Refresh("10.0.0.2", "10.0.0.3", "10.0.0.1");
        Assert.Equal(["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"], Addresses(cluster));
        Answer(cluster.Endpoints[1], 5, 500, 0);

        var before = cluster.Endpoints;
        await Refresh("10.0.0.3", "10.0.0.1", "10.0.0.2");
        Assert.Same(before, cluster.Endpoints);

        await Refresh();
        Assert.Same(before, cluster.Endpoints);

        await Refresh("10.0.0.2", "10.0.0.4");
        Assert.Equal(["10.0.0.1:80", "10.0.0.2:80", "10.0.0.4:80"], Addresses(cluster));
        Assert.True(cluster.Endpoints[1].IsEjected(1));

        Task Refresh(params string[] addresses) => set.RefreshAsync(
            (host, _) => host == "name.example" && addresses.Length > 0
                ? Task.FromResult(addresses.Select(IPAddress.Parse).ToArray())
                : throw new SocketException(),
            TestContext.Current.CancellationToken);
    }

    private static IEnumerable<string> Addresses(Cluster cluster) => cluster.Endpoints.Select(endpoint => endpoint.Address.ToString());

    private static void Answer(ClusterEndpoint endpoint, int times, int status, long now)
    {
        for (var time = 0; time < times; time++)
        {
            endpoint.OnResponse(status, now);
        }
    }

    private static int Used(LoadBalancer balancer, long now) =>
        Enumerable.Range(0, 40).Select(_ => balancer.Begin(ReadRequest.Get("/").Routed, avoid: null, now)!.Address).Distinct().Count();

    private static ProxyConfig ConfigOf(params ClusterConfig[] clusters) => new() { Listeners = [], Clusters = clusters };

    private static (Cluster Cluster, LoadBalancer Balancer) Make(
        OutlierDetectionConfig? detection, Func<ClusterConfig, ClusterConfig>? change = null)
    {
        var config = Tables.Cluster("c", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4") with
        {
            OutlierDetection = detection,
            LoadBalancer = new() { Kind = LoadBalancerKind.RoundRobin },
        };
        var set = new ClusterSet();
        set.Apply(ConfigOf(change?.Invoke(config) ?? config));
        return (set.Find("c")!, new LoadBalancer(set.Find("c")!, new Random(1)));
    }
}
