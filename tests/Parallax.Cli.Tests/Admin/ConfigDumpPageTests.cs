using System.Net;
using System.Text;
using Parallax.Cli.Admin;
using Parallax.Proxy.Configuration.Model;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Cli.Tests.Admin;

/// <summary>The page as it is written: names, order, what is left out, how text is escaped.</summary>
public class ConfigDumpPageTests
{
    [Fact]
    public void Nothing_HasItsThreeParts() => Assert.Equal(
        """
        {
          "configs": [
            {
              "@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump",
              "dynamic_active_clusters": []
            },
            {
              "@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump",
              "dynamic_listeners": []
            },
            {
              "@type": "type.googleapis.com/envoy.admin.v3.RoutesConfigDump",
              "dynamic_route_configs": []
            }
          ]
        }

        """, Encoding.UTF8.GetString(ConfigDump.Of(new ProxyConfig { Listeners = [], Clusters = [] }).Body));

    [Fact]
    public void Route_EveryKindOfMatch() => AssertRoute(
        """
        {"name":"\u003C\u00E4\u003E","match":{"safe_regex":{"regex":"/a\u002B"},"case_sensitive":false,"headers":[
        {"name":":method","string_match":{"exact":"GET"}},{"name":":authority","string_match":{"prefix":"a."}},
        {"name":":scheme","string_match":{"safe_regex":"https?"}},{"name":"x-a","present_match":true},
        {"name":"x-b","present_match":true,"invert_match":true},{"name":"x-c","string_match":{"exact":"c"},"invert_match":true}],
        "query_parameters":[{"name":"q","string_match":{"exact":"1"}}]},"direct_response":{"status":503}}
        """,
        new RouteConfig
        {
            Name = "<ä>",
            DirectResponse = new DirectResponseConfig { Status = 503 },
            Matches =
            [
                new RouteMatchConfig
                {
                    Path = new TextMatchConfig(TextMatchKind.Regex, "/a+", IgnoresCase: true),
                    Method = new TextMatchConfig(TextMatchKind.Exact, "GET"),
                    Authority = new TextMatchConfig(TextMatchKind.Prefix, "a."),
                    Scheme = new TextMatchConfig(TextMatchKind.Regex, "https?"),
                    Headers = [Present("x-a")],
                    WithoutHeaders = [Present("x-b"), new FieldMatchConfig("x-c", new TextMatchConfig(TextMatchKind.Exact, "c"))],
                    QueryParams = [new FieldMatchConfig("q", new TextMatchConfig(TextMatchKind.Exact, "1"))],
                },
            ],
        });

    [Fact]
    public void Route_SeveralDestinationsAndMirrors() => AssertRoute(
        """
        {"name":"r","match":{"prefix":"/"},"route":{"weighted_clusters":{"clusters":[{"name":"a","weight":1},{"name":"b","weight":3}]},
        "timeout":"1.25s","request_mirror_policies":[{"cluster":"m","runtime_fraction":{"default_value":{"numerator":1,
        "denominator":"MILLION"}},"trace_sampled":false,"disable_shadow_host_suffix_append":true}]}}
        """,
        new RouteConfig
        {
            Name = "r",
            Destinations = [new DestinationConfig { Cluster = "a" }, new DestinationConfig { Cluster = "b", Weight = 3 }],
            Timeout = TimeSpan.FromSeconds(1.25),
            Mirrors =
            [
                new MirrorConfig { Name = "m", Cluster = "m", Sampler = new Sampler(1), Host = ShadowHost.Same },
            ],
        });

    [Theory]
    [InlineData(TextMatchKind.Exact, "path")]
    [InlineData(TextMatchKind.Prefix, "prefix")]
    [InlineData(TextMatchKind.SegmentPrefix, "path_separated_prefix")]
    public void Route_Path(TextMatchKind kind, string name) => AssertRoute(
        $$$"""{"name":"r","match":{"{{{name}}}":"/p"},"redirect":{"response_code":307}}""",
        new RouteConfig
        {
            Name = "r",
            Redirect = new RedirectConfig { Status = 307 },
            Matches = [new RouteMatchConfig { Path = new TextMatchConfig(kind, "/p") }],
        });

    private static FieldMatchConfig Present(string name) => new(name, new TextMatchConfig(TextMatchKind.Present, ""));

    // Without the page's indentation: no text in these routes has blanks.
    private static void AssertRoute(string expected, RouteConfig route)
    {
        var host = new VirtualHostConfig { Hostnames = ["*"], RedirectsToHttps = true, Routes = [route] };
        var server = new ServerConfig { Name = "s", Hostnames = ["*"], VirtualHosts = [host] };
        var listener = new ListenerConfig
        {
            Name = "l:80",
            Port = 80,
            Address = new IPEndPoint(IPAddress.Any, 80),
            Servers = [server],
        };
        var page = Encoding.UTF8.GetString(ConfigDump.Of(new ProxyConfig { Listeners = [listener], Clusters = [] }).Body);
        Assert.Contains(
            """{"name":"l:80","virtual_hosts":[{"name":"*:80","domains":["*"],"require_tls":"ALL","routes":["""
                + WithoutBlanks(expected) + "]}]}",
            WithoutBlanks(page),
            StringComparison.Ordinal);
    }

    private static string WithoutBlanks(string json) => string.Concat(json.Where(each => !char.IsWhiteSpace(each)));
}
