using Parallax.Proxy.Configuration.Loading;
using Parallax.Proxy.Configuration.Model;
using Parallax.TestKit;
using Parallax.Traffic.Policy;

namespace Parallax.Proxy.Tests.Configuration;

/// <summary>The documents this all is for: everything to one version, half of it copied to another cluster.</summary>
public class MirrorToAnotherClusterTests
{
    private static readonly string File = Path.Combine(RealData.Root, "testdata", "istio", "valid", "half-to-another-cluster.yaml");

    private static readonly LoadedConfiguration Loaded =
        ConfigurationLoader.Load(
            [File], Loading.Resolving("httpbin:8000=127.0.0.1:9001,version=v1", "httpbin:8000=127.0.0.1:9002,version=v2"));

    [Fact]
    public void Load_TheDocuments_FindsNothingWrong() => Assert.Empty(Loaded.Findings);

    [Fact]
    public void Load_TheGateway_IsOneListener()
    {
        var listener = Assert.Single(Loaded.Config!.Listeners);

        Assert.Equal(("httpbin-gateway:80", 80, "0.0.0.0:80"), (listener.Name, listener.Port, listener.Address.ToString()));
        Assert.Equal(["*"], Assert.Single(listener.VirtualHosts).Hostnames);
    }

    [Fact]
    public void Load_TheRoute_GoesToTheSubsetAndIsMirroredByHalf()
    {
        var route = Assert.Single(Loaded.Config!.Listeners[0].VirtualHosts[0].Routes);

        Assert.Equal(new TextMatchConfig(TextMatchKind.Prefix, "/headers"), Assert.Single(route.Matches).Path);
        Assert.Equal("outbound|8000|v1|httpbin.default.svc.cluster.local", Assert.Single(route.Destinations).Cluster);
        var mirror = Assert.Single(route.Mirrors);
        Assert.Equal(("outbound|80||httpbin.mirror.cluster-b", new Sampler(500_000)), (mirror.Cluster, mirror.Sampler));
    }

    [Fact]
    public void Load_TheClusters_HaveTheEndpointsOfTheirSubset() => Assert.Equal(
        [new EndpointConfig("127.0.0.1", 9001), new EndpointConfig("192.0.2.7", 80)],
        Loaded.Config!.Clusters.SelectMany(cluster => cluster.Endpoints));
}
