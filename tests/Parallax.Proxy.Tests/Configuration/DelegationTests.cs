using Parallax.Documents;
using Parallax.Proxy.Configuration.Loading;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Tests.Configuration;

/// <summary>Routes that stand in another VirtualService, merged as Istio merges them (its TestMergeVirtualServices, TestMergeHTTPRoutes and
/// TestMergeHTTPMatchRequests, each rule one of ours).</summary>
public class DelegationTests
{
    private const string To = "route: [{destination: {host: leaf}}]";

    private static readonly LoadOptions Known = Loading.Resolving(
        "leaf=127.0.0.1:1", "front=127.0.0.1:2", "copies=127.0.0.1:3", "own=127.0.0.1:4");

    private static string Root(string route, string more = "") => Minimal.Route($"delegate: {{name: leaf}}, {route}", more: more)
        + "  - route: [{destination: {host: front}}]\n";

    private static string Leaf(string route, string more = "", string name = "leaf", string place = "default") => $$"""
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: {{name}}, namespace: {{place}}}
        spec:
          {{more}}
          http:
          - {{{route}}}

        """;

    private static IReadOnlyList<RouteConfig> RoutesOf(string yaml) =>
        Assert.Single(Assert.Single(Loading.Config(yaml, Known).Listeners).VirtualHosts).Routes;

    private static RouteConfig Merged(string root, string leaf) => RoutesOf(Root(root) + Leaf(leaf))[0];

    [Fact]
    public void Load_ADelegate_StandsInPlaceOfItsRoot() => Assert.Equal(
        ["outbound|80||leaf.default.svc.cluster.local", "outbound|80||front.default.svc.cluster.local"],
        RoutesOf(Root("match: [{uri: {prefix: /api}}]") + Leaf(To)).Select(route => Assert.Single(route.Destinations).Cluster));

    [Fact]
    public void Load_MatchOfTheRootOnly_IsTheRoutes() => Assert.Equal(
        [new(TextMatchKind.Prefix, "/api")],
        Merged("match: [{uri: {prefix: /api}}]", To).Matches.Select(match => match.Path));

    [Fact]
    public void Load_MatchesOfBoth_HaveToHoldTogether()
    {
        var match = Assert.Single(Merged(
            "match: [{uri: {prefix: /api}, headers: {a: {exact: b}}, port: 80}]",
            "match: [{uri: {exact: /api/one}, method: {exact: GET}, headers: {c: {exact: d}}}], " + To).Matches);

        Assert.Equal((new TextMatchConfig(TextMatchKind.Exact, "/api/one"), 80), (match.Path, match.Port));
        Assert.Equal("GET", match.Method?.Value);
        Assert.Equal(["a", "c"], match.Headers.Select(header => header.Name));
    }

    [Fact]
    public void Load_SeveralBlocksOfBoth_ArePairedWhereTheyFit() => Assert.Equal(
        ["/a/x", "/b/y"],
        Merged("match: [{uri: {prefix: /a}}, {uri: {prefix: /b}}]", "match: [{uri: {prefix: /a/x}}, {uri: {exact: /b/y}}], " + To)
            .Matches.Select(match => match.Path!.Value));

    [Theory]
    [InlineData("uri: {prefix: /api}", "uri: {prefix: /}")]
    [InlineData("uri: {prefix: /api}", "uri: {exact: /other}")]
    [InlineData("uri: {prefix: /api}", "uri: {regex: /api.*}")]
    [InlineData("uri: {regex: /api.*}", "uri: {prefix: /api}")]
    [InlineData("uri: {exact: /api}", "uri: {prefix: /api}")]
    [InlineData("method: {exact: GET}", "method: {exact: POST}")]
    [InlineData("headers: {a: {exact: b}}", "headers: {a: {exact: c}}")]
    [InlineData("queryParams: {a: {exact: b}}", "queryParams: {a: {regex: b}}")]
    [InlineData("ignoreUriCase: true", "uri: {prefix: /}")]
    [InlineData("port: 80", "port: 81")]
    [InlineData("gateways: [mesh]", "gateways: [other]")]
    public void Load_ALeafBeyondItsRoot_IsLeftOutAndNamed(string root, string leaf)
    {
        var loaded = Loading.Load(Root($"match: [{{{root}}}]") + Leaf($"match: [{{{leaf}}}], {To}"), Known);

        Assert.Contains(loaded.Findings, each => each is { Code: "RUL216", Severity: Severity.Warning, Position.Line: 17 });
        Assert.Single(loaded.Config!.Listeners[0].VirtualHosts[0].Routes);
    }

    [Fact]
    public void Load_WhatTheLeafLacks_IsTheRoots()
    {
        var route = Merged(
            "name: r, rewrite: {uri: /x}, timeout: 2s, retries: {attempts: 7}, headers: {request: {set: {a: b}}}, "
                + "mirror: {host: copies}, mirrorPercentage: {value: 25}, corsPolicy: {allowMethods: [GET]}",
            "name: l, " + To);

        Assert.Equal(("r-l", "/x", TimeSpan.FromSeconds(2), 7), (route.Name, route.Rewrite?.Prefix, route.Timeout, route.Retry.Attempts));
        Assert.Equal("a", Assert.Single(route.RequestHeaders).Name);
        Assert.NotNull(route.Cors);
        Assert.Equal(("outbound|80||copies.default.svc.cluster.local", 250_000), Assert.Single(route.Mirrors.Select(
            mirror => (mirror.Cluster, mirror.Sampler.Numerator))));
    }

    [Fact]
    public void Load_WhatTheLeafHas_GoesBeforeTheRoots()
    {
        var route = Merged(
            "rewrite: {uri: /x}, timeout: 2s, headers: {request: {set: {a: b}}}, mirror: {host: copies}",
            "rewrite: {uri: /y}, timeout: 0s, headers: {response: {set: {c: d}}}, mirror: {host: own}, " + To);

        Assert.Equal("/y", route.Rewrite?.Prefix);
        Assert.Null(route.Timeout);
        Assert.Empty(route.RequestHeaders);
        Assert.Equal("own", Assert.Single(route.Mirrors).Name);
    }

    /// <summary>The share and the mirror it is of are merged each on its own.</summary>
    [Fact]
    public void Load_AShareOfTheRoot_IsThatOfTheLeafsMirror() => Assert.Equal(
        100_000, Assert.Single(Merged("mirrorPercentage: {value: 10}", "mirror: {host: own}, " + To).Mirrors).Sampler.Numerator);

    [Fact]
    public void Load_MirrorOfOneAndMirrorsOfTheOther_AreBothMirrored() => Assert.Equal(
        ["own", "copies"],
        Merged("mirrors: [{destination: {host: copies}}]", "mirror: {host: own}, " + To).Mirrors.Select(mirror => mirror.Name));

    [Fact]
    public void Load_AShareOfZeroAtTheLeaf_IsNoMirror() => Assert.Empty(
        Merged("mirror: {host: copies}", "mirrorPercentage: {value: 0}, " + To).Mirrors);

    [Fact]
    public void Load_ALeafOfAnotherNamespace_NamesItsOwnServices()
    {
        var root = Minimal.Route("delegate: {name: leaf, namespace: team}, mirror: {host: copies}");
        var route = Assert.Single(RoutesOf(root + Leaf(To, place: "team")));

        Assert.Equal("outbound|80||leaf.team.svc.cluster.local", Assert.Single(route.Destinations).Cluster);
        Assert.Equal("outbound|80||copies.default.svc.cluster.local", Assert.Single(route.Mirrors).Cluster);
    }

    [Fact]
    public void Load_OneLeafOfTwoRoots_IsServedAtBoth()
    {
        var second = Minimal.Route("delegate: {name: leaf}, match: [{uri: {prefix: /b}}]", "b").Replace("{name: a}", "{name: b}");
        var hosts = Assert.Single(Loading.Config(
            Minimal.Route("delegate: {name: leaf}, match: [{uri: {prefix: /a}}]") + "---\n" + second + Leaf(To), Known).Listeners)
            .VirtualHosts;

        Assert.Equal(["/a", "/b"], hosts.Select(host => host.Routes[0].Matches[0].Path!.Value));
    }

    /// <summary>A request for something that is not there must not take the route after it.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: leaf}\nspec:\n  hosts: [x.example]\n"
        + "  http: [{route: [{destination: {host: leaf}}]}]\n")]
    [InlineData("---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: leaf}\nspec:\n  exportTo: [other]\n"
        + "  http: [{route: [{destination: {host: leaf}}]}]\n")]
    public void Load_ADelegateThatIsNotThere_IsARouteOf500(string leaf)
    {
        var loaded = Loading.Load(Root("match: [{uri: {prefix: /api}}], mirror: {host: copies}") + leaf, Known);
        var route = loaded.Config!.Listeners[0].VirtualHosts[0].Routes[0];

        Assert.Contains(loaded.Findings, each => each is { Code: "REF311", Severity: Severity.Warning, Position.Line: 8 });
        Assert.Equal(("/api", 500), (route.Matches[0].Path?.Value, route.DirectResponse?.Status));
        Assert.Empty(route.Mirrors);
    }

    [Fact]
    public void Load_ADelegateSpeltWrong_IsToldTheRightName() => Assert.Contains(
        Loading.Load(Root("") + Leaf(To, name: "leef"), Known).Findings, each => each.Remedy == "did you mean \"leef\"?");

    [Fact]
    public void Load_ADelegateNobodyNames_IsAWarning() => Assert.Contains(
        Loading.Load(Leaf(To), Known).Findings, each => each is { Code: "REF307", Severity: Severity.Warning });

    [Theory]
    [InlineData("hosts: [a]\n  http: []")]
    [InlineData("hosts: [a]")]
    [InlineData("exportTo: ['*']")]
    public void Load_AVirtualServiceWithoutRoutes_IsAnError(string spec) => Assert.Contains(
        Loading.Load($"apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: a}}\nspec:\n  {spec}\n").Findings,
        each => each is { Code: "FLD103", Path: "spec.http", Severity: Severity.Error });

    [Theory]
    [InlineData("gateways: [gw]", To, "spec.gateways")]
    [InlineData("tcp: [{route: [{destination: {host: leaf}}]}]", To, "spec.tcp")]
    [InlineData("", "delegate: {name: other}", "spec.http[0].delegate")]
    public void Load_ALeafThatCannotBeOne_IsAnError(string more, string route, string path) => Assert.Contains(
        Loading.Load(Root("") + Leaf(route, more), Known).Findings,
        each => each.Code == "RUL204" && each.Path == path && each.Severity == Severity.Error);

    /// <summary>A condition nobody can look at must not make requests take another route.</summary>
    [Theory]
    [InlineData("headers: {'@request.auth.claims.group': {exact: a}}, uri: {prefix: /api}")]
    [InlineData("withoutHeaders: {'@request.auth.claims[group]': {exact: a}}, uri: {prefix: /api}")]
    [InlineData("headers: {':path': {prefix: /api}}, uri: {prefix: /api}")]
    public void Load_AConditionThatCannotBeLookedAt_IsARouteOf500(string match)
    {
        var loaded = Loading.Load(
            Minimal.Route($"match: [{{{match}}}, {{uri: {{exact: /b}}}}], {To}") + "  - route: [{destination: {host: front}}]\n", Known);
        var routes = loaded.Config!.Listeners[0].VirtualHosts[0].Routes;

        Assert.Equal([null, 500, null], routes.Select(route => route.DirectResponse?.Status));
        Assert.Equal(["/b", "/api"], routes.Take(2).Select(route => Assert.Single(route.Matches).Path!.Value));
    }

    [Theory]
    [InlineData(":method", "GET")]
    [InlineData(":authority", "a")]
    [InlineData(":scheme", "http")]
    public void Load_APseudoHeader_IsThePartOfTheRequestItStandsFor(string name, string value)
    {
        var match = Assert.Single(Assert.Single(RoutesOf(Minimal.Route(
            $"match: [{{headers: {{'{name}': {{exact: {value}}}}}}}], {To}"))).Matches);

        Assert.Empty(match.Headers);
        Assert.Equal(value, (match.Method ?? match.Authority ?? match.Scheme)?.Value);
    }
}
