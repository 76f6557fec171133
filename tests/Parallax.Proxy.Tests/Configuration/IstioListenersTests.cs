using System.Net;
using Parallax.Documents;
using Parallax.Proxy.Configuration.Listeners;
using Parallax.Proxy.Configuration.Loading;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Tests.Configuration;

/// <summary>Which VirtualServices are served where: Gateways, hosts, the mesh, sockets, certificates.</summary>
public class IstioListenersTests
{
    private const string To = "route: [{destination: {host: a}}]";

    private static readonly LoadOptions Known = Loading.Resolving("a=127.0.0.1:1", "b=127.0.0.1:2");

    [Fact]
    public void Load_NoGateway_IsServedToTheMeshUnderAllNamesOfTheService()
    {
        var listener = Assert.Single(Loading.Config(Minimal.Route(To), Known).Listeners);

        Assert.Equal(("mesh:80", "127.0.0.1:15001"), (listener.Name, listener.Address.ToString()));
        Assert.Equal(["a", "a.default", "a.default.svc", "a.default.svc.cluster.local"], Assert.Single(listener.VirtualHosts).Hostnames);
    }

    [Theory]
    [InlineData("'*'", "shop.example.com", "shop.example.com")]
    [InlineData("'*.example.com'", "'*'", "*.example.com")]
    [InlineData("'*.example.com'", "shop.example.com", "shop.example.com")]
    [InlineData("default/*.example.com", "shop.example.com", "shop.example.com")]
    [InlineData("./shop.example.com", "'*.example.com'", "shop.example.com")]
    [InlineData("other/*.example.com", "shop.example.com", null)]
    [InlineData("'*.example.com'", "example.com", null)]
    [InlineData("'*.example.com'", "shop.example.net", null)]
    public void Load_HostsOfGatewayAndService_ServeWhatBothHave(string ofGateway, string ofService, string? served) => Assert.Equal(
        served,
        Loading.Config(
            Minimal.Gateway.Replace("\"*\"", ofGateway, StringComparison.Ordinal) + Minimal.Route(To, ofService, "gateways: [gw]"), Known)
            .Listeners[0].VirtualHosts.SingleOrDefault()?.Hostnames[0]);

    [Fact]
    public void Load_MatchForAnotherGateway_IsLeftOut()
    {
        var config = Loading.Config(
            Minimal.Gateway + Minimal.Route(
                "match: [{gateways: [mesh], uri: {exact: /m}}, {gateways: [gw], uri: {exact: /g}}, {uri: {exact: /b}}], " + To,
                "a.example.com",
                "gateways: [mesh, gw]"),
            Known);

        Assert.Equal(["/g", "/b"], PathsOf(config.Listeners[0]));
        Assert.Equal(["/m", "/b"], PathsOf(config.Listeners[1]));
    }

    [Fact]
    public void Load_TwoServicesForOneHost_AreMergedWithCatchAllsLast()
    {
        var first = Minimal.Route("name: all, " + To, "x.example.com", "gateways: [gw]");
        var second = Minimal.Route("name: one, match: [{uri: {prefix: /one}}], " + To, "x.example.com", "gateways: [gw]")
            .Replace("metadata: {name: a}", "metadata: {name: b}", StringComparison.Ordinal);

        var config = Loading.Config($"{Minimal.Gateway}{first}---\n{second}", Known);

        Assert.Equal(["one", "all"], Assert.Single(config.Listeners[0].VirtualHosts).Routes.Select(route => route.Name));
    }

    [Theory]
    [InlineData("gatewaay", "add the Gateway's file")]
    [InlineData("gv", "did you mean \"gw\"?")]
    public void Load_GatewayThatIsNotThere_IsAWarningBesideOthers(string name, string remedy) => Assert.Contains(
        Loading.Load(Minimal.Gateway + Minimal.Route(To, more: $"gateways: [{name}]"), Known).Findings,
        each => each is { Code: "REF301", Severity: Severity.Warning } && each.Remedy == remedy);

    [Fact]
    public void Load_GatewayOfNoFile_IsAWarning() => Assert.Contains(
        Loading.Load(Minimal.Route(To, more: "gateways: [gw]"), Known).Findings,
        each => each is { Code: "REF301", Severity: Severity.Warning, Path: "spec.gateways[0]" });

    [Theory]
    [InlineData("80=8080", "0.0.0.0:8080")]
    [InlineData("gw:80=127.0.0.1:0", "127.0.0.1:0")]
    [InlineData("default/gw:80=[::1]:8080", "[::1]:8080")]
    [InlineData("other:80=8080", "0.0.0.0:80")]
    public void Load_Listen_MapsThePort(string rule, string socket) => Assert.Equal(
        (IPEndPoint.Parse(socket), 80),
        (Loading.Config(Minimal.Gateway, Known with { Listeners = Loading.Listening(rule) }).Listeners[0].Address,
            Loading.Config(Minimal.Gateway, Known with { Listeners = Loading.Listening(rule) }).Listeners[0].Port));

    [Theory]
    [InlineData("80")]
    [InlineData("=80")]
    [InlineData("gw=80")]
    [InlineData("80=a")]
    [InlineData("80=70000")]
    [InlineData("0=80")]
    public void TryAdd_NoRule_SaysHowToWriteOne(string text)
    {
        Assert.False(ListenerMap.Default.TryAdd(text, out _, out var error));
        Assert.Contains("write PORT=[ADDR:]PORT", error);
    }

    [Fact]
    public void Load_TwoGatewaysAtOnePort_AreOneListener()
    {
        var second = Minimal.Gateway.Replace("name: gw}", "name: gw2}", StringComparison.Ordinal);

        Assert.Equal("gw:80,gw2:80", Assert.Single(Loading.Config(Minimal.Gateway + second).Listeners).Name);
    }

    [Theory]
    [InlineData("servers: []", "FLD103")]
    [InlineData("servers: [{port: {number: 80, name: a, protocol: HTTP}, hosts: ['*']}, {port: {number: 81, name: a, protocol: HTTP}, "
        + "hosts: ['*']}]", "REF309")]
    [InlineData("servers: [{port: {number: 80, name: a, protocol: HTTQ}, hosts: ['*']}]", "FLD104")]
    [InlineData("servers: [{port: {number: 80, name: a, protocol: HTTP, targetPort: 81}, hosts: ['*']}]", "FLD104")]
    [InlineData("servers: [{port: {number: 80, name: a, protocol: HTTP}, hosts: ['a_b/*']}]", "FLD104")]
    [InlineData("servers: [{port: {number: 80, name: a, protocol: HTTP}, hosts: ['*-eu.example.com']}]", "FLD104")]
    [InlineData("servers: [{port: {number: 80, name: a, protocol: HTTP}, hosts: ['~/a.example.com']}]", "FLD104")]
    public void Load_GatewayThatIsWrong_IsAnError(string spec, string code) => Assert.Contains(
        Loading.Load($"apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {{name: gw}}\nspec: {{{spec}}}\n").Findings,
        each => each.Code == code && each.Severity == Severity.Error);

    /// <summary>What is not served is left out by name, the server beside it is served.</summary>
    [Theory]
    [InlineData("{port: {number: 8443, name: b, protocol: TLS}, tls: {mode: PASSTHROUGH}, hosts: ['*']}")]
    [InlineData("{port: {number: 27017, name: b, protocol: mongo}, hosts: ['*']}")]
    [InlineData("{port: {number: 0, name: b, protocol: HTTP}, bind: 'unix:///run/x.sock', hosts: ['*']}")]
    [InlineData("{port: {number: 80, name: b, protocol: HTTPS}, tls: {mode: ISTIO_MUTUAL}, hosts: ['*']}")]
    public void Load_AServerBesideOneThatIsNotServed_IsServed(string other)
    {
        var loaded = Loading.Load($$"""
            apiVersion: networking.istio.io/v1
            kind: Gateway
            metadata: {name: gw}
            spec:
              servers:
              - {{other}}
              - port: {number: 80, name: a, protocol: http}
                hosts: ['*.example.com', '192.0.2.1', '2001:db8::1']
                tls: {mode: PASSTHROUGH}
            """);

        Assert.Single(loaded.Config!.Listeners);
        Assert.Contains(loaded.Findings, each => each is { Code: "FLD105", Severity: Severity.Warning });
    }

    [Theory]
    [InlineData("{mode: SIMPLE, credentialName: nowhere}")]
    [InlineData("{mode: SIMPLE, serverCertificate: /no/such.crt, privateKey: /no/such.key}")]
    [InlineData("{mode: SIMPLE, tlsCertificates: [{serverCertificate: /no/such.crt, privateKey: /no/such.key}]}")]
    [InlineData("{mode: MUTUAL, credentialName: nowhere}")]
    public void Load_AServerWithoutItsCertificate_IsLeftOutWithAWarning(string tls)
    {
        var loaded = Loading.Load(Https("HTTPS", tls));

        Assert.Empty(loaded.Config!.Listeners);
        Assert.Contains(loaded.Findings, each => each is { Code: "REF305", Severity: Severity.Warning });
    }

    /// <summary>Requests for a server that is left out must not take the routes of one with wider hosts at the same socket.</summary>
    [Theory]
    [InlineData("HTTPS", "{mode: SIMPLE, credentialName: y}")]
    [InlineData("HTTPS", "{mode: ISTIO_MUTUAL}")]
    [InlineData("TLS", "{mode: PASSTHROUGH}")]
    public void Load_AServerLeftOutBesideAWiderOne_IsAnswered500(string protocol, string tls)
    {
        using var folder = new CertificateFolder("x.crt", "x.key");
        var servers = $$"""
            apiVersion: networking.istio.io/v1
            kind: Gateway
            metadata: {name: gw}
            spec:
              servers:
              - hosts: ['*']
                port: {number: 443, name: a, protocol: HTTPS}
                tls: {mode: SIMPLE, credentialName: x}
              - hosts: [a.example.com]
                port: {number: 443, name: b, protocol: {{protocol}}}
                tls: {{tls}}
            ---

            """;

        var hosts = Assert.Single(Loading.Config(
            servers + Minimal.Route("directResponse: {status: 200}", "'*'", "gateways: [gw]"), new() { TlsFolder = folder.Path }).Listeners)
            .VirtualHosts;

        Assert.Equal(
            [("*", 200), ("a.example.com", 500)],
            hosts.Select(host => (Assert.Single(host.Hostnames), Assert.Single(host.Routes).DirectResponse!.Status)));
    }

    [Fact]
    public void Load_CertificatesByFile_AreAllServed()
    {
        using var folder = new CertificateFolder("x.crt", "x.key");
        var pair = $"{{serverCertificate: {folder.Path}/x.crt, privateKey: {folder.Path}/x.key}}";

        Assert.Equal(2, Assert.Single(Loading.Config(
            Https("HTTPS", $"{{mode: SIMPLE, tlsCertificates: [{pair}, {pair}]}}")).Listeners).Servers[0].Tls!.Certificates.Count);
    }

    /// <summary>A host in two servers must not mix what they ask of their clients.</summary>
    [Theory]
    [InlineData("[a.example.com]", "[a.example.com]", 1)]
    [InlineData("['*']", "[b.example.com, '*']", 1)]
    [InlineData("[a.example.com]", "[other/A.example.com]", 1)]
    [InlineData("['*.example.com']", "[a.example.com]", 2)]
    public void Load_AHostOfTwoServers_LeavesTheLaterOut(string hosts, string others, int servers)
    {
        using var folder = new CertificateFolder("x.crt", "x.key");
        File.Copy(Path.Combine(folder.Path, "x.crt"), Path.Combine(folder.Path, "x-cacert.crt"));
        var yaml = $$"""
            apiVersion: networking.istio.io/v1
            kind: Gateway
            metadata: {name: gw}
            spec:
              servers:
              - hosts: {{hosts}}
                port: {number: 443, name: a, protocol: HTTPS}
                tls: {mode: SIMPLE, credentialName: x}
              - hosts: {{others}}
                port: {number: 443, name: b, protocol: HTTPS}
                tls: {mode: OPTIONAL_MUTUAL, credentialName: x}
            """;

        var loaded = Loading.Load(yaml, new() { TlsFolder = folder.Path });

        Assert.Equal(
            new[] { "gw:443:a False", "gw:443:b True" }[..servers],
            Assert.Single(loaded.Config!.Listeners).Servers.Select(each => $"{each.Name} {each.Tls!.AllowsNoCertificate}"));
        Assert.Equal(
            servers == 1 ? ["W REF312 9"] : [],
            Loading.Short(loaded).Where(each => each.Contains("REF312", StringComparison.Ordinal)));
    }

    [Fact]
    public void Load_HttpAndHttpsAtOnePort_AreTheFirstOfThem()
    {
        using var folder = new CertificateFolder("x.crt", "x.key");
        var other = Minimal.Gateway.Replace("gw", "gw2", StringComparison.Ordinal).Replace(
            "protocol: HTTP}", "protocol: HTTPS}\n    tls: {mode: SIMPLE, credentialName: x}", StringComparison.Ordinal);

        var loaded = Loading.Load(Minimal.Gateway + other, new() { TlsFolder = folder.Path });

        Assert.False(Assert.Single(loaded.Config!.Listeners).IsTls);
        Assert.Contains(loaded.Findings, each => each is { Code: "REF306", Severity: Severity.Warning });
    }

    [Fact]
    public void Load_TwoPortsAtOneSocket_AreAnError() => Assert.Contains(
        Loading.Load(
            Minimal.Gateway + Minimal.Gateway.Replace("gw", "gw2", StringComparison.Ordinal).Replace(
                "number: 80", "number: 81", StringComparison.Ordinal),
            new() { Listeners = Loading.Listening("80=8080", "81=8080") }).Findings,
        each => each.Code == "REF306");

    [Fact]
    public void Load_HttpsRedirect_IsForTheHostsOfTheServerAndItsServices()
    {
        var gateway = Minimal.Gateway.Replace(
            "hosts: [\"*\"]", "hosts: [a.example.com, b.example.com]\n    tls: {httpsRedirect: true}", StringComparison.Ordinal);

        var hosts = Loading.Config(gateway + Minimal.Route(To, "a.example.com", "gateways: [gw]"), Known).Listeners[0].VirtualHosts;

        Assert.Equal(["a.example.com", "b.example.com"], hosts.SelectMany(host => host.Hostnames));
        Assert.All(hosts, host => Assert.True(host.RedirectsToHttps));
    }

    [Theory]
    [InlineData("HTTP", "{mode: SIMPLE, credentialName: x}", "RUL210")]
    [InlineData("HTTPS", "null", "RUL210")]
    [InlineData("TLS", "null", "RUL210")]
    [InlineData("TCP", "{}", "RUL210")]
    [InlineData("HTTPS", "{mode: ISTIO_MUTUAL, credentialName: x}", "RUL204")]
    [InlineData("HTTPS", "{mode: SIMPLE, credentialName: x, credentialNames: [y]}", "RUL201")]
    [InlineData("HTTPS", "{mode: SIMPLE}", "FLD103")]
    [InlineData("HTTPS", "{mode: MUTUAL, serverCertificate: /no/such.crt}", "FLD103")]
    public void Load_TlsThatCannotBe_IsAnError(string protocol, string tls, string code) => Assert.Contains(
        Loading.Load(Https(protocol, tls)).Findings, each => each.Code == code && each.Severity == Severity.Error);

    [Theory]
    [InlineData("TCP", "null")]
    [InlineData("MONGO", "null")]
    [InlineData("UDP", "null")]
    [InlineData("HTTPS", "{credentialName: x}")]
    [InlineData("HTTPS", "{mode: ISTIO_MUTUAL}")]
    [InlineData("TLS", "{mode: PASSTHROUGH}")]
    [InlineData("HTTPS", "{mode: AUTO_PASSTHROUGH}")]
    public void Load_ServersOfOtherProtocols_AreLeftOutWithAWarning(string protocol, string tls)
    {
        var loaded = Loading.Load(Https(protocol, tls));

        Assert.Empty(loaded.Config!.Listeners);
        Assert.Contains(loaded.Findings, each => each is { Code: "FLD105", Path: "spec.servers[0]" });
    }

    [Theory]
    [InlineData("shop.crt", "shop.key")]
    [InlineData("shop/tls.crt", "shop/tls.key")]
    public void Load_CredentialName_IsFoundInTheFolder(string certificate, string key)
    {
        using var folder = new CertificateFolder(certificate, key);

        var server = Loading.Config(
            Https("HTTPS", "{mode: SIMPLE, credentialName: shop}"), new() { TlsFolder = folder.Path }).Listeners[0].Servers[0];

        Assert.Equal(
            (Path.Combine(folder.Path, certificate), "*"), (server.Tls!.Certificates[0].CertificateFile, server.Hostnames[0]));
    }

    private static string Https(string protocol, string tls) => Minimal.Gateway
        .Replace("protocol: HTTP", $"protocol: {protocol}", StringComparison.Ordinal)
        .Replace("hosts: [\"*\"]", $"hosts: [\"*\"]\n    tls: {tls}", StringComparison.Ordinal);

    private static IEnumerable<string> PathsOf(ListenerConfig listener) =>
        listener.VirtualHosts[0].Routes[0].Matches.Select(match => match.Path!.Value);
}
