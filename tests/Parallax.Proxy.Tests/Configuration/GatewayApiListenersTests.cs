using Parallax.Documents;
using Parallax.Proxy.Configuration.Loading;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Tests.Configuration;

/// <summary>Which HTTPRoutes are attached to which listeners, and which listener owns a request.</summary>
public class GatewayApiListenersTests
{
    private static readonly LoadOptions Known = Loading.Resolving("a=127.0.0.1:1");

    /// <summary>Gateway API: conformance GatewayHTTPListenerIsolation.</summary>
    [Fact]
    public void Load_ListenersWithHostnames_EachOwnItsRequests()
    {
        var hosts = Loading.Config(
            Gateway("{name: all, port: 80, protocol: HTTP}, {name: example, port: 80, protocol: HTTP, hostname: '*.example.com'}, "
                + "{name: abc, port: 80, protocol: HTTP, hostname: abc.example.com}")
            + Route("all", "parentRefs: [{name: gw, sectionName: all}], hostnames: [bar.com, '*.example.com', '*.com']")
            + Route("example", "parentRefs: [{name: gw, sectionName: example}], hostnames: [bar.com, abc.example.com, x.example.com]"),
            Known).Listeners[0].VirtualHosts;

        Assert.Equal(
            ["*.com: all", "*.example.com: ", "abc.example.com: ", "bar.com: all", "x.example.com: example"],
            hosts.SelectMany(host => host.Hostnames.Select(name => $"{name}: {RoutesOf(host)}")).Order(StringComparer.Ordinal));
    }

    /// <summary>Gateway API: conformance HTTPRouteHostnameIntersection.</summary>
    [Theory]
    [InlineData("very.specific.com", "'*.specific.com'", "very.specific.com")]
    [InlineData("'*.wildcard.io'", "foo.bar.wildcard.io", "foo.bar.wildcard.io")]
    [InlineData("'*.wildcard.io'", "wildcard.io", null)]
    [InlineData("'*.wildcard.io'", "'*.wildcard.io'", "*.wildcard.io")]
    [InlineData("'*.wildcard.io'", "'*.other.io'", null)]
    public void Load_HostnamesOfListenerAndRoute_ServeWhatBothHave(string ofListener, string ofRoute, string? served) => Assert.Equal(
        served,
        Loading.Config(
            Gateway($"{{name: http, port: 80, protocol: HTTP, hostname: {ofListener}}}")
            + Route("r", $"parentRefs: [{{name: gw}}], hostnames: [{ofRoute}]"), Known)
            .Listeners[0].VirtualHosts.SingleOrDefault()?.Hostnames[0]);

    [Theory]
    [InlineData("", false)]
    [InlineData("allowedRoutes: {namespaces: {from: Same}}", false)]
    [InlineData("allowedRoutes: {namespaces: {from: All}}", true)]
    [InlineData("allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: x}}}}", true)]
    [InlineData("allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: y}}}}", false)]
    [InlineData("allowedRoutes: {namespaces: {from: Selector, selector: {matchExpressions: [{key: team, operator: Exists}]}}}", true)]
    [InlineData("allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: apps}}}}", true)]
    [InlineData("allowedRoutes: {namespaces: {from: All}, kinds: [{kind: GRPCRoute}]}", false)]
    public void Load_RouteOfAnotherNamespace_NeedsToBeAllowed(string allowed, bool isServed)
    {
        const string space = "apiVersion: v1\nkind: Namespace\nmetadata: {name: apps, labels: {team: x}}\n---\n";
        var route = Route("r", "parentRefs: [{name: gw, namespace: default}]").Replace(
            "{name: r}", "{name: r, namespace: apps}", StringComparison.Ordinal);

        var loaded = Loading.Load(space + Gateway($"{{name: http, port: 80, protocol: HTTP, {allowed}}}") + route, Known);

        Assert.Equal(isServed, loaded.Config!.Listeners[0].VirtualHosts.Count > 0);
        Assert.Equal(!isServed, loaded.Findings.Any(each => each.Code == "REF307"));
    }

    [Theory]
    [InlineData("parentRefs: [{name: gw, port: 81}]", "81")]
    [InlineData("parentRefs: [{name: gw, sectionName: two}]", "81")]
    [InlineData("parentRefs: [{name: gw}]", "80,81")]
    [InlineData("parentRefs: [{name: gw, sectionName: nothing}]", "")]
    [InlineData("parentRefs: [{name: other}]", "")]
    public void Load_ParentReference_ChoosesListeners(string parents, string ports) => Assert.Equal(
        ports,
        string.Join(',', Loading.Config(
            Gateway("{name: one, port: 80, protocol: HTTP}, {name: two, port: 81, protocol: HTTP}") + Route("r", parents), Known)
            .Listeners.Where(listener => listener.VirtualHosts.Count > 0).Select(listener => listener.Port)));

    [Fact]
    public void Load_ListenerWithoutItsCertificate_IsNotServedButOthersAre()
    {
        var loaded = Loading.Load(Gateway(
            "{name: http, port: 80, protocol: HTTP}, {name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: shop}]}}"));

        Assert.Equal(80, Assert.Single(loaded.Config!.Listeners).Port);
        Assert.Contains(loaded.Findings, each => each is { Code: "REF305", Severity: Severity.Warning });
    }

    [Fact]
    public void Load_ListenerWithItsCertificate_IsServed()
    {
        using var folder = new CertificateFolder("shop.crt", "shop.key");

        var config = Loading.Config(
            Gateway("{name: https, port: 443, protocol: HTTPS, hostname: a.example.com, tls: {certificateRefs: [{name: shop}]}}"),
            new() { TlsFolder = folder.Path });

        Assert.Equal(["a.example.com"], Assert.Single(Assert.Single(config.Listeners).Servers).Hostnames);
    }

    [Fact]
    public void Load_AHostnameOfTwoGateways_LeavesTheLaterListenerOut()
    {
        using var folder = new CertificateFolder("shop.crt", "shop.key");
        var gateway = Gateway("{name: https, port: 443, protocol: HTTPS, hostname: a.example.com, tls: {certificateRefs: [{name: shop}]}}");

        var loaded = Loading.Load(
            gateway + gateway.Replace("gw", "gw2", StringComparison.Ordinal), new() { TlsFolder = folder.Path });

        Assert.Equal("gw:443:https", Assert.Single(Assert.Single(loaded.Config!.Listeners).Servers).Name);
        Assert.Contains(loaded.Findings, each => each is { Code: "REF312", Severity: Severity.Warning });
    }

    [Theory]
    [InlineData("{name: http, port: 80, protocol: HTTP}, {name: http, port: 81, protocol: HTTP}", "REF309")]
    [InlineData("{name: one, port: 80, protocol: HTTP}, {name: two, port: 80, protocol: HTTP}", "REF309")]
    [InlineData("{name: one, port: 81, protocol: TCP}, {name: one, port: 80, protocol: HTTP}", "REF309")]
    [InlineData("{name: one, port: 81, protocol: TCP}, {name: two, port: 81, protocol: TCP}", "REF309")]
    [InlineData("{name: One, port: 80, protocol: HTTP}", "FLD104")]
    [InlineData("{name: a_b, port: 80, protocol: TCP}", "FLD104")]
    [InlineData("{name: one, port: 80, protocol: 'no protocol'}", "FLD104")]
    [InlineData("{name: one, port: 80, protocol: Example.com/x}", "FLD104")]
    [InlineData("{name: one, port: 80, protocol: TCP, hostname: a.example.com}", "RUL210")]
    [InlineData("{name: one, port: 80, protocol: UDP, tls: {certificateRefs: [{name: a}]}}", "RUL210")]
    [InlineData("{name: one, port: 80, protocol: HTTPS, tls: {mode: Passthrough}}", "RUL210")]
    [InlineData("{name: one, port: 80, protocol: HTTP, hostname: A.example.com}", "FLD104")]
    [InlineData("{name: one, port: 80, protocol: HTTP, hostname: 192.0.2.1}", "FLD104")]
    [InlineData("{name: one, port: 80, protocol: HTTP, tls: {certificateRefs: [{name: a}]}}", "RUL210")]
    [InlineData("{name: one, port: 80, protocol: HTTP, hostname: '*'}", "FLD104")]
    [InlineData("{name: one, protocol: HTTP}", "FLD103")]
    public void Load_ListenersThatAreWrong_AreAnError(string listeners, string code) => Assert.Contains(
        Loading.Load(Gateway(listeners)).Findings, each => each.Code == code && each.Severity == Severity.Error);

    /// <summary>The list of protocols is open: implementations may have their own.</summary>
    [Theory]
    [InlineData("port: 15008, protocol: HBONE", "HBONE")]
    [InlineData("port: 81, protocol: example.com/custom", "example.com/custom")]
    [InlineData("port: 81, protocol: INVALID", "INVALID")]
    [InlineData("port: 81, protocol: http", "did you mean \"HTTP\"?")]
    [InlineData("port: 81, protocol: TCP", "TCP")]
    [InlineData("port: 443, protocol: TLS, tls: {mode: Passthrough}", "TLS as it is")]
    [InlineData("port: 443, protocol: HTTPS", "no certificate")]
    [InlineData("port: 443, protocol: HTTPS, tls: {options: {a: b}}", "no certificate")]
    public void Load_AListenerThatIsNotServed_IsLeftOutAndNamed(string listener, string said)
    {
        var loaded = Loading.Load(Gateway($"{{name: other, {listener}}}, {{name: http, port: 80, protocol: HTTP}}"));

        Assert.Equal(80, Assert.Single(loaded.Config!.Listeners).Port);
        Assert.Contains(loaded.Findings, each => each.Severity == Severity.Warning
            && each.ToString().Contains(said, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("protocol: TLS, tls: {mode: Passthrough}")]
    [InlineData("protocol: HTTPS, tls: {certificateRefs: [{name: nowhere}]}")]
    public void Load_AListenerLeftOutBesideAWiderOne_IsAnswered500(string other)
    {
        using var folder = new CertificateFolder("shop.crt", "shop.key");
        var listeners = $"{{name: a, port: 443, protocol: HTTPS, tls: {{certificateRefs: [{{name: shop}}]}}}}, "
            + $"{{name: b, port: 443, hostname: a.example.com, {other}}}";

        var hosts = Assert.Single(Loading.Config(
            Gateway(listeners) + Minimal.Rule("backendRefs: []").Split("---\n")[1], new() { TlsFolder = folder.Path }).Listeners)
            .VirtualHosts;

        Assert.Contains(
            hosts, host => host.Hostnames is ["a.example.com"] && host.Routes is [{ DirectResponse.Status: 500, Name: "left-out" }]);
    }

    [Theory]
    [InlineData("tls: {frontend: {default: {validation: {caCertificateRefs: [{group: '', kind: ConfigMap, name: clients}]}}}}", true)]
    [InlineData("tls: {frontend: {default: {}, perPort: [{port: 443, tls: {validation: {caCertificateRefs: [{group: '', kind: ConfigMap, "
        + "name: clients}]}}}]}}", true)]
    [InlineData("tls: {frontend: {default: {validation: {caCertificateRefs: [{group: '', kind: ConfigMap, name: other}]}}}}", false)]
    public void Load_CertificatesOfClients_AreAskedForOrTheListenerIsLeftOut(string tls, bool isServed)
    {
        using var folder = new CertificateFolder("shop.crt", "shop.key");
        File.Copy(Path.Combine(folder.Path, "shop.crt"), Path.Combine(folder.Path, "clients-cacert.crt"));

        var config = Loading.Config(
            Gateway("{name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: shop}]}}").Replace(
                "listeners:", tls + ", listeners:", StringComparison.Ordinal),
            new() { TlsFolder = folder.Path });

        Assert.Equal(isServed ? 1 : 0, config.Listeners.Count);
        Assert.All(config.Listeners, listener => Assert.EndsWith("clients-cacert.crt", listener.Servers[0].Tls!.ClientAuthorities));
    }

    private static string RoutesOf(VirtualHostConfig host) => string.Join(',', host.Routes.Select(route => route.Name.Split('/')[1]));

    private static string Gateway(string listeners) => $$"""
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: gw}
        spec: {gatewayClassName: parallax, listeners: [{{listeners}}]}
        ---

        """;

    private static string Route(string name, string more) => $$"""
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: {{name}}}
        spec: {rules: [{backendRefs: [{name: a, port: 80}]}], {{more}}}
        ---

        """;
}
