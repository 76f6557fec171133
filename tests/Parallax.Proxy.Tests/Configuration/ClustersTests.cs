using Parallax.Documents;
using Parallax.Proxy.Configuration.Clusters;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Tests.Configuration;

/// <summary>Where requests go: ports, endpoints, subsets, policies. Istio: TestValidateDestinationRule,
/// TestValidateServiceEntries.</summary>
public class ClustersTests
{
    private const string Rule = """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: a}
        spec:
          host: a
          trafficPolicy:
            loadBalancer: {simple: RANDOM}
            connectionPool: {tcp: {maxConnections: 7}}
            portLevelSettings:
            - port: {number: 81}
              connectionPool: {http: {maxRetries: 9}}
          subsets:
          - {name: v1, labels: {version: v1}, trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}}
          - {name: v2, labels: {version: v2}}
        ---

        """;

    [Theory]
    [InlineData("a", null, "a=127.0.0.1:1", "outbound|80||a.default.svc.cluster.local")]
    [InlineData("a", null, "a:8000=127.0.0.1:1", "outbound|8000||a.default.svc.cluster.local")]
    [InlineData("a", 90, "a=127.0.0.1:1", "outbound|90||a.default.svc.cluster.local")]
    [InlineData("a.example.com", 90, "a.example.com=127.0.0.1:1", "outbound|90||a.example.com")]
    public void Load_Destination_HasThePortThatIsKnown(string host, int? port, string resolve, string name) =>
        Assert.Equal(name, Assert.Single(Clusters("", host, port, null, resolve)).Name);

    [Theory]
    [InlineData("a=127.0.0.1:1")]
    [InlineData("a.default=127.0.0.1:1")]
    [InlineData("a.default.svc.cluster.local=127.0.0.1:1")]
    [InlineData("a:80=127.0.0.1:1")]
    public void Load_Resolve_KnowsServicesByAllTheirNames(string resolve) =>
        Assert.Equal([new EndpointConfig("127.0.0.1", 1)], Assert.Single(Clusters("", "a", 80, null, resolve)).Endpoints);

    [Fact]
    public void Load_ResolveOfOtherPortsOnly_IsAnError() => Assert.Contains(
        Loading.Load(Minimal.Route("route: [{destination: {host: a, port: {number: 80}}}]"), Loading.Resolving("a:81=127.0.0.1:1"))
            .Findings,
        each => each is { Code: "REF310", Remedy: "known are 81" });

    [Theory]
    [InlineData("a")]
    [InlineData("a=")]
    [InlineData("a=127.0.0.1")]
    [InlineData("a=127.0.0.1:0")]
    [InlineData("a:x=127.0.0.1:1")]
    [InlineData("a=127.0.0.1:1,version")]
    [InlineData("=127.0.0.1:1")]
    public void TryParse_NoEndpoint_SaysHowToWriteOne(string text)
    {
        Assert.False(EndpointOverride.TryParse(text, out _, out var error));
        Assert.Contains("write ", error);
    }

    [Fact]
    public void TryParse_Endpoint_HasAddressAndLabels()
    {
        Assert.True(EndpointOverride.TryParse("a:80=[::1]:9001,version=v1,app=a", out var endpoint, out _));
        Assert.Equal(
            ("a", 80, "::1", 9001, 2), (endpoint.Host, endpoint.ServicePort, endpoint.Address, endpoint.Port, endpoint.Labels.Count));
    }

    [Fact]
    public void Load_Subset_HasTheEndpointsWithItsLabelsAndItsOwnPolicy()
    {
        var cluster = Assert.Single(Clusters(Rule, "a", 80, "v1", "a=127.0.0.1:1,version=v1", "a=127.0.0.1:2,version=v2"));

        Assert.Equal([new EndpointConfig("127.0.0.1", 1)], cluster.Endpoints);
        Assert.Equal((LoadBalancerKind.RoundRobin, 7), (cluster.LoadBalancer.Kind, cluster.ConnectionPool.MaxConnections));
    }

    [Fact]
    public void Load_PortWithItsOwnPolicy_InheritsNothing()
    {
        var cluster = Assert.Single(Clusters(Rule, "a", 81, "v1", "a=127.0.0.1:1,version=v1"));

        Assert.Equal((LoadBalancerKind.LeastRequest, null, 9), (
            cluster.LoadBalancer.Kind, cluster.ConnectionPool.MaxConnections, cluster.ConnectionPool.MaxRetries));
    }

    [Theory]
    [InlineData("v9", "REF302", Severity.Error, "a=127.0.0.1:1,version=v1")]
    [InlineData("v2", "REF304", Severity.Error, "a=127.0.0.1:1,version=v1")]
    [InlineData("v2", "REF304", Severity.Warning, "a=127.0.0.1:1")]
    public void Load_SubsetWithoutEndpoints_IsReported(string subset, string code, Severity severity, string resolve) => Assert.Contains(
        Loading.Load(
            Rule + Minimal.Route($"route: [{Braces($"destination: {Braces($"host: a, subset: {subset}")}")}]"),
            Loading.Resolving(resolve)).Findings,
        each => each.Code == code && each.Severity == severity && each.Path == "spec.http[0].route[0].destination.subset");

    [Fact]
    public void Load_SubsetOfNoRule_IsAWarningAndHasNoEndpoint()
    {
        var loaded = Loading.Load(Minimal.Route("route: [{destination: {host: a, subset: v1}}]"), Loading.Resolving("a=127.0.0.1:1"));

        Assert.Contains(loaded.Findings, each => each is { Code: "REF302", Severity: Severity.Warning });
        Assert.Empty(Assert.Single(loaded.Config!.Clusters).Endpoints);
    }

    [Fact]
    public void Load_HostNobodyKnows_IsLookedUpByItsName()
    {
        var loaded = Loading.Load(Minimal.Route("route: [{destination: {host: a.example.com, port: {number: 90}}}]"));

        Assert.Equal([new EndpointConfig("a.example.com", 90)], Assert.Single(loaded.Config!.Clusters).Endpoints);
        Assert.Equal("REF303", Assert.Single(loaded.Findings).Code);
    }

    [Theory]
    [InlineData("resolution: DNS", "ports: [{number: 90, name: http, protocol: HTTP, targetPort: 91}]", "outside.example.net:91")]
    [InlineData("resolution: NONE", "ports: [{number: 90, name: http, protocol: HTTP}]", "outside.example.net:90")]
    [InlineData(
        "endpoints: [{address: 192.0.2.1}], resolution: STATIC", "ports: [{number: 90, name: http, protocol: HTTP, targetPort: 91}]",
        "192.0.2.1:91")]
    [InlineData(
        "endpoints: [{address: 192.0.2.1, ports: {http: 92}}], resolution: STATIC",
        "ports: [{number: 90, name: http, protocol: HTTP, targetPort: 91}]", "192.0.2.1:92")]
    [InlineData(
        "endpoints: [{address: b.example.net}], resolution: DNS", "ports: [{number: 90, name: http, protocol: HTTP}]", "b.example.net:90")]
    public void Load_ServiceEntry_SaysWhereTheEndpointsAre(string more, string ports, string endpoint)
    {
        var entry = $$"""
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: e}
            spec: {hosts: [outside.example.net], {{ports}}, {{more}}}
            ---

            """;

        var found = Assert.Single(Assert.Single(Clusters(entry, "outside.example.net", null, null)).Endpoints);

        Assert.Equal(endpoint, $"{found.Host}:{found.Port}");
    }

    /// <summary>What cannot be used is named and left out; nobody else is concerned.</summary>
    [Theory]
    [InlineData("resolution: STATIC", "", "RUL209")]
    [InlineData("resolution: STATIC, endpoints: [{address: 'unix:///var/run/x.sock'}]", "", "FLD105")]
    [InlineData("resolution: STATIC, endpoints: [{address: 'unix://@abstract'}, {address: 192.0.2.1}]", "192.0.2.1", "FLD105")]
    [InlineData("resolution: STATIC, endpoints: [{network: other}, {address: 192.0.2.1, weight: 0}]", "192.0.2.1", "FLD105")]
    [InlineData("resolution: DNS, endpoints: [{address: a.example.net., locality: x/y}]", "a.example.net.", "FLD105")]
    public void Load_AnEntryWithOddEndpoints_KeepsTheOthers(string more, string endpoints, string code)
    {
        var loaded = Loading.Load(
            Document("ServiceEntry", $"hosts: [outside.example.net], ports: [{{number: 80, name: http, protocol: Http}}], {more}")
            + "---\n" + Minimal.Route("route: [{destination: {host: outside.example.net}}]"));

        Assert.Equal(endpoints, string.Join(',', Assert.Single(loaded.Config!.Clusters).Endpoints.Select(each => each.Host)));
        Assert.Contains(loaded.Findings, each => each.Code == code && each.Severity == Severity.Warning);
    }

    /// <summary>Where requests for a pattern go would be decided by each request's host.</summary>
    [Theory]
    [InlineData("NONE")]
    [InlineData("DYNAMIC_DNS")]
    public void Load_APatternAsDestination_HasNoEndpointAndSaysSo(string resolution)
    {
        var loaded = Loading.Load(
            Document(
                "ServiceEntry",
                $"hosts: ['*.eu.example.com'], ports: [{{number: 80, name: http, protocol: HTTP}}], resolution: {resolution}")
            + "---\n" + Minimal.Route("route: [{destination: {host: '*.eu.example.com'}}]", "'*.eu.example.com'"));

        Assert.Empty(Assert.Single(loaded.Config!.Clusters).Endpoints);
        Assert.Contains(loaded.Findings, each => each is { Code: "REF303", Severity: Severity.Warning });
    }

    [Fact]
    public void Load_APatternWithEndpointsOfTheUser_HasThem() => Assert.Equal(
        "127.0.0.1",
        Assert.Single(Assert.Single(Loading.Config(
            Minimal.Route("route: [{destination: {host: '*.eu.example.com'}}]"),
            Loading.Resolving("*.eu.example.com=127.0.0.1:1")).Clusters).Endpoints).Host);

    [Theory]
    [InlineData("a.example.com.", "a.example.com")]
    [InlineData("'*-eu.example.com'", "*-eu.example.com")]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("'2001:db8::1'", "[2001:db8::1]")]
    public void Load_AHostIstioTakes_IsServed(string host, string served) => Assert.Equal(
        [served],
        Assert.Single(Assert.Single(
            Loading.Config(Minimal.Route("directResponse: {status: 200}", host)).Listeners).VirtualHosts).Hostnames);

    [Theory]
    [InlineData("a.example.com, '*.example.com'")]
    [InlineData("'*', a")]
    [InlineData("a, a")]
    public void Load_HostsThatOverlap_AreAnError(string hosts) => Assert.Contains(
        Loading.Load(Minimal.Route("directResponse: {status: 200}", hosts)).Findings,
        each => each is { Code: "REF309", Severity: Severity.Error });

    [Theory]
    [InlineData("mode: MUTUAL, credentialName: mine")]
    [InlineData("mode: SIMPLE, credentialName: mine")]
    [InlineData("mode: SIMPLE, caCertificates: /no/such.pem")]
    [InlineData("mode: MUTUAL, clientCertificate: /no/such.crt, privateKey: /no/such.key")]
    public void Load_ACertificateOfAClientThatIsNotThere_IsAServiceWithoutEndpoints(string tls)
    {
        var loaded = Loading.Load(
            Document("DestinationRule", $"host: outside.example.net, trafficPolicy: {{tls: {{{tls}}}}}")
            + "---\n" + Minimal.Route("route: [{destination: {host: outside.example.net}}]"));

        Assert.Empty(Assert.Single(loaded.Config!.Clusters).Endpoints);
        Assert.Contains(loaded.Findings, each => each is { Code: "REF305", Severity: Severity.Warning });
    }

    [Fact]
    public void Load_ACredentialOfAClient_IsFoundInTheFolder()
    {
        using var folder = new CertificateFolder("mine.crt", "mine.key");
        var cluster = Assert.Single(Loading.Config(
            Document("DestinationRule", "host: outside.example.net, trafficPolicy: {tls: {mode: MUTUAL, credentialName: mine}}")
            + "---\n" + Minimal.Route("route: [{destination: {host: outside.example.net}}]"),
            new() { TlsFolder = folder.Path }).Clusters);

        Assert.Equal(Path.Combine(folder.Path, "mine.crt"), cluster.Tls?.CertificateFile);
        Assert.Single(cluster.Endpoints);
    }

    [Theory]
    [InlineData("hosts: ['*.example.net'], resolution: DNS", "RUL209")]
    [InlineData("hosts: [x.example.net], resolution: DNS_ROUND_ROBIN, endpoints: [{address: 192.0.2.1}, {address: 192.0.2.2}]", "RUL209")]
    [InlineData("hosts: [x.example.net], resolution: DYNAMIC_DNS", "RUL209")]
    [InlineData("hosts: [x.example.net], resolution: DNS, addresses: [192.0.2.0/24]", "RUL209")]
    [InlineData("hosts: [x.example.net], addresses: [192.0.2.0/33]", "FLD104")]
    [InlineData("hosts: [x.example.net, y.example.net], resolution: DNS, ports: [{number: 80, name: a, protocol: TCP}]", "RUL209")]
    [InlineData("hosts: [x.example.net], ports: [{number: 80, name: a}, {number: 81, name: a}]", "REF309")]
    [InlineData("hosts: [x.example.net], ports: [{number: 80, name: a, protocol: HTTQ}]", "FLD104")]
    [InlineData("hosts: [x.example.net], ports: [{number: 80, name: a.b}]", "FLD104")]
    [InlineData("hosts: [x.example.net], resolution: STATIC, endpoints: [{address: 192.0.2.1, ports: {b: 80}}]", "RUL209")]
    [InlineData("hosts: [x.example.net], resolution: STATIC, endpoints: [{address: 'unix://relative'}]", "FLD104")]
    [InlineData("hosts: [x.example.net], resolution: STATIC, endpoints: [{address: 'unix:///a', ports: {b: 80}}]", "RUL204")]
    [InlineData("hosts: [x.example.net], resolution: STATIC, endpoints: [{labels: {a: b}}]", "FLD103")]
    [InlineData("hosts: [x.example.net], exportTo: ['.', default]", "REF309")]
    [InlineData("hosts: [x.example.net], exportTo: ['*', other]", "RUL201")]
    [InlineData("hosts: [x.example.net], resolution: NONE, endpoints: [{address: 192.0.2.1}]", "RUL209")]
    [InlineData("hosts: [x.example.net], resolution: STATIC, endpoints: [{address: x.example.net}]", "FLD104")]
    [InlineData("hosts: []", "FLD103")]
    [InlineData("hosts: ['*']", "FLD104")]
    [InlineData("hosts: [x.example.net], ports: [{number: 80, name: a}, {number: 80, name: b}]", "REF309")]
    [InlineData("hosts: [x.example.net], ports: [{name: a}]", "FLD103")]
    [InlineData("hosts: [x.example.net], resolution: DNS, endpoints: [{address: 192.0.2.1}], workloadSelector: {labels: {a: b}}", "RUL201")]
    public void Load_ServiceEntryThatIsWrong_IsAnError(string spec, string code) => Assert.Contains(
        Loading.Load(Document("ServiceEntry", spec)).Findings,
        each => each.Code == code && each.Severity == Severity.Error);

    [Theory]
    [InlineData("host: ''", "FLD103")]
    [InlineData("host: a, subsets: [{name: v1}, {name: v1}]", "REF309")]
    [InlineData("host: a, subsets: [{labels: {a: b}}]", "FLD103")]
    [InlineData("host: a, subsets: [{name: v.1}]", "FLD104")]
    [InlineData("host: a, trafficPolicy: {loadBalancer: {simple: RANDOM, consistentHash: {useSourceIp: true}}}", "RUL201")]
    [InlineData("host: a, trafficPolicy: {outlierDetection: {consecutiveLocalOriginFailures: 5}}", "RUL204")]
    [InlineData("host: a, trafficPolicy: {}", "RUL205")]
    [InlineData("host: a, trafficPolicy: {connectionPool: {}}", "RUL205")]
    [InlineData("host: a, trafficPolicy: {portLevelSettings: [{port: {number: 80}}]}", "RUL205")]
    [InlineData("host: a, trafficPolicy: {portLevelSettings: [{tls: {mode: DISABLE}}]}", "FLD103")]
    [InlineData("host: a, trafficPolicy: {loadBalancer: {consistentHash: {useSourceIp: true, httpHeaderName: x}}}", "RUL201")]
    [InlineData("host: a, trafficPolicy: {loadBalancer: {simple: ROUNDROBIN}}", "FLD104")]
    [InlineData("host: a, trafficPolicy: {tls: {mode: MUTUAL}}", "FLD103")]
    [InlineData("host: a, trafficPolicy: {tls: {mode: SIMPLE, insecureSkipVerify: true, subjectAltNames: [a]}}", "RUL204")]
    [InlineData("host: a, trafficPolicy: {outlierDetection: {maxEjectionPercent: 101}}", "FLD104")]
    [InlineData("host: a, trafficPolicy: {connectionPool: {tcp: {connectTimeout: -1s}}}", "FLD104")]
    public void Load_DestinationRuleThatIsWrong_IsAnError(string spec, string code) => Assert.Contains(
        Loading.Load(Document("DestinationRule", spec)).Findings,
        each => each.Code == code && each.Severity == Severity.Error);

    [Theory]
    [InlineData("trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}", "spec.trafficPolicy.tls.mode")]
    [InlineData("trafficPolicy: {tunnel: {}}", "spec.trafficPolicy.tunnel")]
    [InlineData("trafficPolicy: {loadBalancer: {localityLbSetting: {}}}", "spec.trafficPolicy.loadBalancer.localityLbSetting")]
    [InlineData("trafficPolicy: {loadBalancer: {simple: PASSTHROUGH}}", "spec.trafficPolicy.loadBalancer.simple")]
    [InlineData("exportTo: [x]", "spec.exportTo")]
    [InlineData("workloadSelector: {}", "spec.workloadSelector")]
    public void Load_PolicyThatIsNotSupported_IsNamed(string spec, string path) => Assert.Contains(
        Loading.Load(Document("DestinationRule", $"host: a, {spec}")).Findings,
        each => each.Code == "FLD105" && each.Path == path);

    private static IReadOnlyList<ClusterConfig> Clusters(string before, string host, int? port, string? subset, params string[] resolve)
    {
        var destination = $"host: {host}"
            + (port is null ? "" : $", port: {Braces($"number: {port}")}")
            + (subset is null ? "" : $", subset: {subset}");
        return Loading.Config(
            before + Minimal.Route($"route: [{Braces($"destination: {Braces(destination)}")}]"), Loading.Resolving(resolve)).Clusters;
    }

    private static string Document(string kind, string spec) =>
        $"apiVersion: networking.istio.io/v1\nkind: {kind}\nmetadata: {Braces("name: e")}\nspec: {Braces(spec)}\n";

    private static string Braces(string text) => "{" + text + "}";
}
