using Parallax.Documents;
using Parallax.Proxy.Configuration.Loading;
using Parallax.Proxy.Configuration.Model;
using Parallax.Traffic.Policy;

namespace Parallax.Proxy.Tests.Configuration;

/// <summary>The Gateway API's own conditions on HTTPRoutes (its CEL rules and the cases of its conformance suite), each one of
/// ours.</summary>
public class GatewayApiRulesTests
{
    private const string To = "backendRefs: [{name: a, port: 80}]";

    private const string B = "backendRef: {name: b, port: 80}";

    private static readonly LoadOptions Known = Loading.Resolving("a=127.0.0.1:1", "b=127.0.0.1:2");

    /// <summary>Gateway API: tests/cel/httproute_experimental_test.go, the mirror cases, and httproute_test.go.</summary>
    [Theory]
    [InlineData("filters: [{type: RequestMirror, requestMirror: {" + B + ", percent: 50, fraction: {numerator: 1}}}], " + To, "RUL214")]
    [InlineData("filters: [{type: RequestMirror, requestMirror: {" + B + ", fraction: {numerator: 101}}}], " + To, "RUL215")]
    [InlineData("filters: [{type: RequestMirror, requestMirror: {" + B + ", fraction: {numerator: 1, denominator: 0}}}], " + To, "FLD104")]
    [InlineData("filters: [{type: RequestMirror, requestMirror: {" + B + ", fraction: {numerator: -1}}}], " + To, "FLD104")]
    [InlineData("filters: [{type: RequestMirror, requestMirror: {" + B + ", percent: 101}}], " + To, "FLD104")]
    [InlineData("filters: [{type: RequestMirror, requestMirror: {" + B + ", percent: 1.5}}], " + To, "FLD104")]
    [InlineData("filters: [{type: RequestMirror, requestMirror: {percent: 1}}], " + To, "FLD103")]
    [InlineData("filters: [{type: RequestMirror}], " + To, "FLD103")]
    [InlineData("filters: [{type: RequestMirror, requestMirror: {backendRef: {name: b}}}], " + To, "FLD103")]
    [InlineData("filters: [{type: RequestHeaderModifier, requestMirror: {" + B + "}}], " + To, "RUL201")]
    [InlineData("filters: [{type: URLRewrite, urlRewrite: {hostname: b}}, {type: URLRewrite, urlRewrite: {hostname: c}}], " + To, "REF309")]
    [InlineData(
        "filters: [{type: RequestRedirect, requestRedirect: {hostname: b}}, {type: URLRewrite, urlRewrite: {hostname: c}}]", "RUL204")]
    [InlineData("filters: [{type: RequestRedirect, requestRedirect: {hostname: b}}], " + To, "RUL204")]
    [InlineData("filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}], "
        + "matches: [{path: {type: Exact, value: /a}}], " + To, "RUL213")]
    [InlineData("filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replaceFullPath: /}}}], " + To, "RUL201")]
    [InlineData("matches: [{path: {value: a}}], " + To, "FLD104")]
    [InlineData("matches: [{path: {value: //a}}], " + To, "FLD104")]
    [InlineData("matches: [{path: {value: /a/../b}}], " + To, "FLD104")]
    [InlineData("matches: [{path: {value: /a/..}}], " + To, "FLD104")]
    [InlineData("matches: [{path: {type: Prefix, value: /a}}], " + To, "FLD104")]
    [InlineData("matches: [{method: BREW}], " + To, "FLD104")]
    [InlineData("backendRefs: [{name: a}]", "FLD103")]
    [InlineData("timeouts: {request: 1s, backendRequest: 2s}, " + To, "RUL212")]
    public void Load_RuleThatIsWrong_IsAnError(string rule, string code) => Assert.Contains(
        Loading.Load(Minimal.Rule(rule), Known).Findings, each => each.Code == code && each.Severity == Severity.Error);

    /// <summary>Gateway API: "valid because percent" and "valid because fraction"; GEP-3171: neither is everything.</summary>
    [Theory]
    [InlineData("", 1_000_000)]
    [InlineData(", percent: 20", 200_000)]
    [InlineData(", fraction: {numerator: 25, denominator: 50}", 500_000)]
    [InlineData(", fraction: {numerator: 35}", 350_000)]
    [InlineData(", fraction: {numerator: 1, denominator: 1000000}", 1)]
    public void Load_Mirror_HasTheShare(string share, int numerator) => Assert.Equal(
        new Sampler(numerator),
        Assert.Single(Assert.Single(
            RoutesOf("filters: [{type: RequestMirror, requestMirror: {" + B + share + "}}], " + To)).Mirrors).Sampler);

    [Theory]
    [InlineData("backendRefs: []")]
    [InlineData("matches: [{path: {value: /a}}]")]
    [InlineData("backendRefs: [{name: a, port: 80, weight: 0}]")]
    [InlineData("backendRefs: [{name: a, kind: Bucket, group: example.com}]")]
    [InlineData("backendRefs: [{name: a, port: 80, namespace: elsewhere}]")]
    [InlineData("filters: [{type: ExtensionRef, extensionRef: {group: x, kind: y, name: z}}], " + To)]
    public void Load_RuleWithoutUsableBackend_Is500(string rule) => Assert.Equal(500, Assert.Single(RoutesOf(rule)).DirectResponse!.Status);

    [Fact]
    public void Load_MirrorInAnotherNamespace_NeedsAGrant()
    {
        const string rule = "filters: [{type: RequestMirror, requestMirror: {backendRef: {name: b, namespace: other, port: 80}}}], " + To;
        var refused = Loading.Load(Minimal.Rule(rule), Known);
        Assert.Contains(refused.Findings, each => each is { Code: "REF308", Severity: Severity.Warning });
        Assert.Empty(refused.Config!.Listeners[0].VirtualHosts[0].Routes[0].Mirrors);

        var granted = Loading.Config(
            Minimal.Rule(rule) + """
            ---
            apiVersion: gateway.networking.k8s.io/v1beta1
            kind: ReferenceGrant
            metadata: {name: a, namespace: other}
            spec:
              from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default}]
              to: [{group: "", kind: Service}]
            """,
            Known);
        Assert.Equal(
            "outbound|80||b.other.svc.cluster.local", Assert.Single(granted.Listeners[0].VirtualHosts[0].Routes[0].Mirrors).Cluster);
    }

    /// <summary>Gateway API: conformance HTTPRoutePathMatchOrder and the precedence its specification lists.</summary>
    [Fact]
    public void Load_Matches_AreSortedByPrecedence()
    {
        var routes = RoutesOf(
            "matches: [{path: {value: /a}}, {path: {value: /a/b}}, {path: {type: Exact, value: /a}}, {path: {value: /a}, method: GET}, "
            + "{path: {value: /a}, headers: [{name: x, value: y}]}, {path: {value: /a}, queryParams: [{name: x, value: y}]}], " + To);

        Assert.Equal(["a/0/2", "a/0/1", "a/0/3", "a/0/4", "a/0/5", "a/0/0"], routes.Select(route => route.Name["default/".Length..]));
    }

    [Fact]
    public void Load_PrefixWithSlashAtItsEnd_IsThePrefixWithout() => Assert.Equal(
        ["/a", "/"], RoutesOf("matches: [{path: {value: /a/}}, {path: {value: /}}], " + To).Select(route => route.Matches[0].Path!.Value));

    [Fact]
    public void Load_Timeouts_AreOfTheRequestAndOfEachTry()
    {
        var route = Assert.Single(RoutesOf("timeouts: {request: 10s, backendRequest: 500ms}, " + To));

        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(500)), (route.Timeout, route.Retry.PerTryTimeout));
        Assert.Null(Assert.Single(RoutesOf("timeouts: {request: 0s}, " + To)).Timeout);
    }

    private static IReadOnlyList<RouteConfig> RoutesOf(string rule) =>
        Assert.Single(Loading.Config(Minimal.Rule(rule), Known).Listeners[0].VirtualHosts).Routes;
}
