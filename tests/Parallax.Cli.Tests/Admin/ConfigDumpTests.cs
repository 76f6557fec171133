using System.Net;
using System.Text.Json.Nodes;
using Parallax.Cli.Admin;
using Parallax.Proxy.Configuration.Model;
using Parallax.Traffic.Policy;

namespace Parallax.Cli.Tests.Admin;

public class ConfigDumpTests
{
    /// <summary>What Istio generates for half of <c>/headers</c> copied to another cluster's gateway.</summary>
    [Fact]
    public void Route_ShowsItsMirrorPolicyAsEnvoyDoes()
    {
        var route = Dump()["configs"]![2]!["dynamic_route_configs"]![0]!["route_config"]!["virtual_hosts"]![0]!["routes"]![0]!;

        Assert.Equal("/headers", (string?)route["match"]!["prefix"]);
        Assert.Equal("outbound|8000|v1|httpbin.default.svc.cluster.local", (string?)route["route"]!["cluster"]);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse(
                """
                [{"cluster":"outbound|80||httpbin.mirror.cluster-b",
                  "runtime_fraction":{"default_value":{"numerator":500000,"denominator":"MILLION"}},"trace_sampled":false}]
                """),
            route["route"]!["request_mirror_policies"]));
    }

    [Fact]
    public void Cluster_ShowsItsEndpoints()
    {
        var cluster = Dump()["configs"]![0]!["dynamic_active_clusters"]![0]!["cluster"]!;

        Assert.Equal("outbound|80||httpbin.mirror.cluster-b", (string?)cluster["name"]);
        var address = cluster["load_assignment"]!["endpoints"]![0]!["lb_endpoints"]![0]!["endpoint"]!["address"]!["socket_address"]!;
        Assert.Equal(("192.0.2.1", 80), ((string?)address["address"], (int)address["port_value"]!));
    }

    [Fact]
    public void Listener_ShowsItsServersAsFilterChains()
    {
        var tls = new ServerTlsConfig { Certificates = [new CertificateConfig("a.crt", "a.key")], ClientAuthorities = "ca.crt" };
        var server = new ServerConfig { Name = "gw:443:a", Hostnames = ["a.example.com"], Tls = tls, VirtualHosts = [] };
        var others = server with { Name = "gw:443:b", Hostnames = ["*"], Tls = tls with { AllowsNoCertificate = true } };
        var listener = new ListenerConfig
        {
            Name = "gw:443",
            Port = 443,
            Address = new IPEndPoint(IPAddress.Any, 443),
            Servers = [server, others],
        };

        var configs = JsonNode.Parse(ConfigDump.Of(new ProxyConfig { Listeners = [listener], Clusters = [] }).Body)!["configs"]!;

        var chains = configs[1]!["dynamic_listeners"]![0]!["active_state"]!["listener"]!["filter_chains"]!.AsArray();
        Assert.Equal("a.example.com", (string?)chains[0]!["filter_chain_match"]!["server_names"]![0]);
        Assert.Null(chains[1]!["filter_chain_match"]!["server_names"]);
        Assert.Equal([true, false], chains.Select(
            chain => (bool)chain!["transport_socket"]!["typed_config"]!["require_client_certificate"]!));
        Assert.Equal(["gw:443:a", "gw:443:b"], chains.Select(
            chain => (string?)chain!["filters"]![0]!["typed_config"]!["rds"]!["route_config_name"]));
        Assert.Equal(["gw:443:a", "gw:443:b"], configs[2]!["dynamic_route_configs"]!.AsArray().Select(
            each => (string?)each!["route_config"]!["name"]));
    }

    private static JsonNode Dump() => JsonNode.Parse(ConfigDump.Of(new ProxyConfig
    {
        Clusters =
        [
            new ClusterConfig
            {
                Name = "outbound|80||httpbin.mirror.cluster-b",
                Host = "httpbin.mirror.cluster-b",
                Port = 80,
                Endpoints = [new EndpointConfig("192.0.2.1", 80)],
            },
        ],
        Listeners =
        [
            new ListenerConfig
            {
                Name = "httpbin-gateway:80",
                Port = 80,
                Address = new IPEndPoint(IPAddress.Any, 80),
                Servers =
                [
                    new ServerConfig
                    {
                        Name = "httpbin-gateway:80",
                        Hostnames = ["*"],
                        VirtualHosts = [new VirtualHostConfig { Hostnames = ["*"], Routes = [HalfOfHeaders] }],
                    },
                ],
            },
        ],
    }).Body)!;

    private static RouteConfig HalfOfHeaders => new()
    {
        Name = "headers",
        Matches = [new RouteMatchConfig { Path = new TextMatchConfig(TextMatchKind.Prefix, "/headers") }],
        Destinations = [new DestinationConfig { Cluster = "outbound|8000|v1|httpbin.default.svc.cluster.local" }],
        Mirrors =
        [
            new MirrorConfig { Name = "cluster-b", Cluster = "outbound|80||httpbin.mirror.cluster-b", Sampler = Sampler.OfPercent(50) },
        ],
    };
}
