using Parallax.Documents;
using Parallax.Proxy.Configuration.Loading;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.Proxy.Tests.Routing;

namespace Parallax.Proxy.Tests.Configuration;

/// <summary>What the schema of the Gateway API refuses (its invalid examples and CEL rules, each one of ours), and what it takes although
/// it is not carried out: that is a warning, and requests never take another route for it.</summary>
public class GatewayApiRefusalsTests
{
    private const string To = "backendRefs: [{name: a, port: 80}]";

    private static readonly LoadOptions Known = Loading.Resolving("a=127.0.0.1:1", "b=127.0.0.1:2", "outside.example.net=127.0.0.1:3");

    [Theory]
    [InlineData("matches: [{headers: [{name: a, value: x}, {name: a, value: y}]}]", "REF309")]
    [InlineData("matches: [{queryParams: [{name: a, value: x}, {name: a, value: y}]}]", "REF309")]
    [InlineData("matches: [{headers: [{name: 'a b', value: x}]}]", "FLD104")]
    [InlineData("matches: [{headers: [{name: '', value: x}]}]", "FLD103")]
    [InlineData("matches: [{path: {value: '/a b'}}]", "FLD104")]
    [InlineData("matches: [{path: {value: '/a?b'}}]", "FLD104")]
    [InlineData("matches: [{path: {value: '/ä'}}]", "FLD104")]
    [InlineData("filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: a, value: x}, {name: a, value: y}]}}]",
        "REF309")]
    [InlineData("filters: [{type: RequestHeaderModifier, requestHeaderModifier: {add: [{name: a, value: x}, {name: a, value: y}]}}]",
        "REF309")]
    [InlineData("filters: [{type: ResponseHeaderModifier, responseHeaderModifier: {remove: [a, a]}}]", "REF309")]
    [InlineData("filters: [{type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: 'a b', value: x}]}}]", "FLD104")]
    [InlineData("filters: [{type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: a}]}}]", "FLD103")]
    [InlineData("filters: [{type: CORS, cors: {allowOrigins: ['*', 'https://a.example']}}]", "RUL201")]
    [InlineData("filters: [{type: CORS, cors: {allowMethods: ['*', GET]}}]", "RUL201")]
    [InlineData("filters: [{type: CORS, cors: {allowHeaders: [a, a]}}]", "REF309")]
    [InlineData("filters: [{type: CORS, cors: {allowOrigins: ['https://a.example/path']}}]", "FLD104")]
    [InlineData("filters: [{type: CORS, cors: {allowOrigins: ['a.example']}}]", "FLD104")]
    [InlineData("filters: [{type: CORS, cors: {maxAge: 0}}]", "FLD104")]
    [InlineData("filters: [{type: URLRewrite, urlRewrite: {hostname: A.example}}]", "FLD104")]
    [InlineData("timeouts: {request: 1.5s}", "FLD104")]
    [InlineData("name: No_Name", "FLD104")]
    public void Load_ARuleTheApiServerRefuses_IsAnError(string rule, string code) => Assert.Contains(
        Loading.Load(Minimal.Rule($"{{{rule}, {To}}}".Trim('{', '}')), Known).Findings,
        each => each.Code == code && each.Severity == Severity.Error);

    [Theory]
    [InlineData("backendRefs: [{name: a, port: 80, kind: 'no kind'}]")]
    [InlineData("backendRefs: [{name: a, port: 80, group: 'No.Group'}]")]
    [InlineData("backendRefs: [{name: a, port: 80, namespace: 'No_Namespace'}]")]
    public void Load_AReferenceTheApiServerRefuses_IsAnError(string rule) => Assert.Contains(
        Loading.Load(Minimal.Rule(rule), Known).Findings, each => each is { Code: "FLD104", Severity: Severity.Error });

    [Theory]
    [InlineData("[{name: gw}, {name: gw}]")]
    [InlineData("[{name: gw, sectionName: http}, {name: gw}]")]
    [InlineData("[{name: gw, sectionName: http}, {name: gw, sectionName: http}]")]
    public void Load_OneGatewayNamedTwice_IsAnError(string parents) => Assert.Contains(
        Loading.Load(Minimal.Rule(To).Replace("[{name: gw}]", parents, StringComparison.Ordinal), Known).Findings,
        each => each is { Code: "REF309", Severity: Severity.Error });

    [Fact]
    public void Load_TwoRulesOfOneName_AreAnError() => Assert.Contains(
        Loading.Load(Minimal.Rule($"name: one, {To}") + $"  - {{name: one, {To}}}\n", Known).Findings,
        each => each is { Code: "REF309", Severity: Severity.Error });

    [Theory]
    [InlineData("from: [{group: g, kind: K, namespace: n}]")]
    [InlineData("from: [], to: [{group: '', kind: Service}]")]
    public void Load_AGrantThatGrantsNothing_IsAnError(string spec) => Assert.Contains(
        Loading.Load(
            $"apiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\nmetadata: {{name: g}}\nspec: {{{spec}}}\n").Findings,
        each => each is { Code: "FLD103", Severity: Severity.Error });

    /// <summary>Requests that a filter or backend would have had are answered 500; they fall through to nobody.</summary>
    [Theory]
    [InlineData("filters: [{type: ExtensionRef, extensionRef: {group: g, kind: K, name: n}}], " + To, "FLD105")]
    [InlineData("filters: [{type: ExternalAuth, externalAuth: {protocol: HTTP, backendRef: {name: b, port: 80}}}], " + To, "FLD105")]
    [InlineData("backendRefs: [{name: a, kind: Bucket, group: example.com}]", "REF308")]
    [InlineData("backendRefs: [{name: 'no name', port: 80}]", "REF308")]
    [InlineData("backendRefs: [{name: a, port: 80, filters: [{type: ExtensionRef, extensionRef: {group: g, kind: K, name: n}}]}]",
        "REF308")]
    [InlineData("backendRefs: []", "")]
    public void Load_WhatIsNotSupported_IsARouteOf500(string rule, string code)
    {
        var loaded = Loading.Load(Minimal.Rule(rule), Known);

        Assert.Equal(500, Assert.Single(Assert.Single(loaded.Config!.Listeners[0].VirtualHosts).Routes).DirectResponse?.Status);
        Assert.True(code.Length == 0 || loaded.Findings.Any(each => each.Code == code && each.Severity == Severity.Warning));
    }

    [Fact]
    public void Load_OneBackendOfTwoThatCannotBeUsed_HasItsShareAnswered500()
    {
        var route = Assert.Single(RoutesOf("backendRefs: [{name: a, port: 80}, {name: b, kind: Bucket, group: example.com, weight: 3}]"));

        Assert.Equal([(false, 1), (true, 3)], route.Destinations.Select(each => (each.IsUnusable, each.Weight)));
    }

    [Fact]
    public void Load_FiltersOfTheOnlyBackend_AreTheRules()
    {
        var route = Assert.Single(RoutesOf(
            "backendRefs: [{name: a, port: 80, filters: [{type: RequestMirror, requestMirror: {backendRef: {name: b, port: 80}}}, "
                + "{type: CORS, cors: {allowOrigins: ['*']}}]}]"));

        Assert.Equal("b", Assert.Single(route.Mirrors).Name);
        Assert.NotNull(route.Cors);
    }

    [Fact]
    public void Load_ARedirectOfTheOnlyBackend_IsTheRules() => Assert.Equal(
        301, Assert.Single(RoutesOf(
            "backendRefs: [{name: a, port: 80, filters: [{type: RequestRedirect, requestRedirect: {statusCode: 301}}]}]"))
            .Redirect?.Status);

    [Fact]
    public void Load_AMirrorOfOneBackendOfTwo_IsAnswered500ThereAndNamed()
    {
        const string mirror = "filters: [{type: RequestMirror, requestMirror: {backendRef: {name: b, port: 80}}}]";
        var loaded = Loading.Load(Minimal.Rule($"backendRefs: [{{name: a, port: 80, {mirror}}}, {{name: b, port: 80}}]"), Known);

        Assert.Equal([true, false], loaded.Config!.Listeners[0].VirtualHosts[0].Routes[0].Destinations.Select(each => each.IsUnusable));
        Assert.Contains(loaded.Findings, each => each is { Code: "FLD105", Severity: Severity.Warning });
    }

    [Fact]
    public void Load_ABackendThatIsAHostOfIstio_IsThatHost() => Assert.Equal(
        "outbound|80||outside.example.net",
        Assert.Single(Assert.Single(RoutesOf(
            "backendRefs: [{name: outside.example.net, kind: Hostname, group: networking.istio.io, port: 80}]")).Destinations).Cluster);

    [Fact]
    public void Load_HeadersThatCannotBeChanged_AreNamedAndLeftAlone()
    {
        var loaded = Loading.Load(
            Minimal.Rule(
                "filters: [{type: ResponseHeaderModifier, responseHeaderModifier: {remove: [Connection, x-a]}}], " + To), Known);

        Assert.Equal("x-a", Assert.Single(loaded.Config!.Listeners[0].VirtualHosts[0].Routes[0].ResponseHeaders).Name);
        Assert.Contains(loaded.Findings, each => each is { Code: "FLD105", Severity: Severity.Warning });
    }

    [Theory]
    [InlineData("https://a.example", "https://a.example", true)]
    [InlineData("https://a.example:443", "https://a.example", true)]
    [InlineData("http://a.example:8080", "http://a.example:8080", true)]
    [InlineData("https://*.a.example", "https://x.y.a.example", true)]
    [InlineData("https://*.a.example", "https://a.example", false)]
    [InlineData("https://*.a.example", "https://evil.example/.a.example", false)]
    [InlineData("https://*", "https://any.example", true)]
    [InlineData("https://*", "http://any.example", false)]
    [InlineData("*", "null", true)]
    public void Load_AnOrigin_AllowsThoseItStandsFor(string allowed, string origin, bool isAllowed)
    {
        var cors = Assert.Single(RoutesOf($"filters: [{{type: CORS, cors: {{allowOrigins: ['{allowed}']}}}}], {To}")).Cors!;
        var request = new ReadRequest($"GET / HTTP/1.1\r\nHost: a\r\nOrigin: {origin}\r\n\r\n");

        Assert.Equal(isAllowed, new CorsAnswer(cors).Decide(request.Routed, out _) == CorsDecision.Allowed);
        Assert.Equal(TimeSpan.FromSeconds(5), cors.MaxAge);
    }

    private static IReadOnlyList<RouteConfig> RoutesOf(string rule) =>
        Assert.Single(Loading.Config(Minimal.Rule(rule), Known).Listeners[0].VirtualHosts).Routes;
}
