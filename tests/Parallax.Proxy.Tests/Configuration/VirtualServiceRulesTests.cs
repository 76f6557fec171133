using Parallax.Documents;
using Parallax.Proxy.Configuration.Loading;
using Parallax.Proxy.Configuration.Model;
using Parallax.Traffic.Policy;

namespace Parallax.Proxy.Tests.Configuration;

/// <summary>What Istio's own validation refuses, warns of and takes: TestValidateHTTPRoute, TestValidateRootHTTPRoute,
/// TestValidateVirtualService,
/// TestValidateHTTPRewrite, TestValidateHTTPRedirect, TestValidateHTTPDirectResponse, TestValidateHTTPFaultInjection,
/// TestValidateHTTPRetry,
/// TestValidateDestination and TestMirrorPercent, each case one of ours.</summary>
public class VirtualServiceRulesTests
{
    private const string To = "route: [{destination: {host: a}}]";

    private static readonly LoadOptions Known = Loading.Resolving("a=127.0.0.1:1", "b=127.0.0.1:2", "c=127.0.0.1:3");

    [Theory]
    [InlineData(To + ", mirror: {host: b}, mirrorPercentage: {value: 101}", "FLD104", "spec.http[0].mirrorPercentage.value")]
    [InlineData(To + ", mirror: {host: b}, mirrorPercentage: {value: -1}", "FLD104", "spec.http[0].mirrorPercentage.value")]
    [InlineData(To + ", mirror: {host: b}, mirrorPercentage: {value: .nan}", "FLD104", "spec.http[0].mirrorPercentage.value")]
    [InlineData(To + ", mirror: {host: b}, mirrorPercent: 101", "FLD104", "spec.http[0].mirrorPercent")]
    [InlineData(To + ", mirror: {host: b}, mirror_percent: 101", "FLD104", "spec.http[0].mirror_percent")]
    [InlineData(To + ", mirror: {host: b}, mirrors: [{destination: {host: c}}]", "RUL203", "spec.http[0].mirrors")]
    [InlineData(To + ", mirrors: [null]", "FLD102", "spec.http[0].mirrors[0]")]
    [InlineData(To + ", mirrors: [{percentage: {value: 5}}]", "FLD103", "spec.http[0].mirrors[0].destination")]
    [InlineData(
        To + ", mirrors: [{destination: {host: b}, percentage: {value: 100.1}}]", "FLD104", "spec.http[0].mirrors[0].percentage.value")]
    [InlineData(To + ", mirror: {subset: v1}", "FLD103", "spec.http[0].mirror.host")]
    [InlineData("route: [{destination: {host: '*'}}]", "FLD104", "spec.http[0].route[0].destination.host")]
    [InlineData("route: [{destination: {host: a, subset: v_1}}]", "FLD104", "spec.http[0].route[0].destination.subset")]
    [InlineData("route: [{destination: {host: a, port: {number: 0}}}]", "FLD104", "spec.http[0].route[0].destination.port.number")]
    [InlineData("route: [{destination: {host: a, port: {number: 65536}}}]", "FLD104", "spec.http[0].route[0].destination.port.number")]
    [InlineData("route: [{destination: {host: a, port: {number: '80'}}}]", "FLD102", "spec.http[0].route[0].destination.port.number")]
    [InlineData("route: [{destination: {host: 12}}]", "FLD102", "spec.http[0].route[0].destination.host")]
    [InlineData("route: [{weight: 1}]", "FLD103", "spec.http[0].route[0].destination")]
    [InlineData("route: []", "RUL205", "spec.http[0].route")]
    [InlineData("route: [{destination: {host: a}, weight: 0}, {destination: {host: b}, weight: 0}]", "RUL207", "spec.http[0].route")]
    [InlineData("route: [{destination: {host: a}, weight: -1}]", "FLD104", "spec.http[0].route[0].weight")]
    [InlineData("match: [{uri: {prefix: /}}]", "RUL205", "spec.http[0]")]
    [InlineData(To + ", redirect: {uri: /}", "RUL204", "spec.http[0].redirect")]
    [InlineData(To + ", directResponse: {status: 200}", "RUL204", "spec.http[0].directResponse")]
    [InlineData("redirect: {uri: /}, directResponse: {status: 200}", "RUL204", "spec.http[0].directResponse")]
    [InlineData("redirect: {uri: /}, fault: {abort: {httpStatus: 500, percentage: {value: 1}}}", "RUL204", "spec.http[0].fault")]
    [InlineData("redirect: {uri: /}, rewrite: {uri: /}", "RUL204", "spec.http[0].rewrite")]
    [InlineData("directResponse: {status: 200}, rewrite: {uri: /}", "RUL204", "spec.http[0].rewrite")]
    [InlineData("directResponse: {status: 200}, fault: {delay: {fixedDelay: 1s, percentage: {value: 1}}}", "RUL204", "spec.http[0].fault")]
    [InlineData("redirect: {uri: /, redirectCode: 299}", "FLD104", "spec.http[0].redirect.redirectCode")]
    [InlineData("redirect: {uri: /, prefixRewrite: /}", "RUL201", "spec.http[0].redirect.prefixRewrite")]
    [InlineData("redirect: {redirectCode: 302}", "RUL205", "spec.http[0].redirect")]
    [InlineData("match: [{uri: {exact: /a}}], redirect: {prefixRewrite: /}", "RUL213", "spec.http[0].redirect.prefixRewrite")]
    [InlineData(To + ", rewrite: {uri: ''}", "RUL205", "spec.http[0].rewrite")]
    [InlineData(To + ", rewrite: {}", "RUL205", "spec.http[0].rewrite")]
    [InlineData(To + ", rewrite: {uri: ' '}", "FLD104", "spec.http[0].rewrite.uri")]
    [InlineData(To + ", rewrite: {uriRegexRewrite: {match: a}}", "FLD103", "spec.http[0].rewrite.uriRegexRewrite.rewrite")]
    [InlineData(To + ", rewrite: {uriRegexRewrite: {match: a, rewrite: ''}}", "FLD103", "spec.http[0].rewrite.uriRegexRewrite.rewrite")]
    [InlineData(To + ", fault: {}", "RUL205", "spec.http[0].fault")]
    [InlineData(To + @", match: [{uri: {regex: '\C'}}]", "FLD104", "spec.http[0].match[0].uri.regex")]
    [InlineData(To + ", match: [{uri: {regex: '(?=a)'}}]", "FLD104", "spec.http[0].match[0].uri.regex")]
    [InlineData(To + ", fault: {abort: {http2Error: X}}", "FLD104", "spec.http[0].fault.abort.http2Error")]
    [InlineData(To + ", fault: {delay: {exponentialDelay: 1s}}", "FLD104", "spec.http[0].fault.delay.exponentialDelay")]
    [InlineData(To + ", retries: {attempts: -1}", "FLD104", "spec.http[0].retries.attempts")]
    [InlineData(To + ", retries: {attempts: 0, retryOn: 5xx}", "RUL204", "spec.http[0].retries.retryOn")]
    [InlineData(To + ", corsPolicy: {allowOrigins: [{exact: ''}]}", "FLD104", "spec.http[0].corsPolicy.allowOrigins[0].exact")]
    [InlineData(To + ", corsPolicy: {allowMethods: [get]}", "FLD104", "spec.http[0].corsPolicy.allowMethods[0]")]
    [InlineData(To + ", corsPolicy: {allowHeaders: ['x y']}", "FLD104", "spec.http[0].corsPolicy.allowHeaders[0]")]
    [InlineData(To + ", corsPolicy: {exposeHeaders: ['']}", "FLD104", "spec.http[0].corsPolicy.exposeHeaders[0]")]
    [InlineData(To + ", corsPolicy: {maxAge: 1500ms}", "FLD104", "spec.http[0].corsPolicy.maxAge")]
    [InlineData(To + ", match: [{headers: {'x y': {exact: a}}}]", "FLD104", "spec.http[0].match[0].headers.x y")]
    [InlineData(To + ", headers: {request: {set: {':path': c}}}", "FLD104", "spec.http[0].headers.request.set.:path")]
    [InlineData(To + ", headers: {request: {remove: [host]}}", "FLD104", "spec.http[0].headers.request.remove[0]")]
    [InlineData(To + ", headers: {response: {set: {Host: c}}}", "FLD104", "spec.http[0].headers.response.set.Host")]
    [InlineData(To + ", headers: {response: {remove: [':status']}}", "FLD104", "spec.http[0].headers.response.remove[0]")]
    [InlineData(To + ", headers: {request: {set: {'x y': c}}}", "FLD104", "spec.http[0].headers.request.set.x y")]
    [InlineData("delegate: {name: b}, " + To, "RUL204", "spec.http[0].route")]
    [InlineData("delegate: {name: b}, redirect: {uri: /}", "RUL204", "spec.http[0].redirect")]
    [InlineData("delegate: {}", "FLD103", "spec.http[0].delegate.name")]
    [InlineData("redirect: {port: 80, derivePort: FROM_REQUEST_PORT}", "RUL201", "spec.http[0].redirect")]
    [InlineData("directResponse: {status: 199}", "FLD104", "spec.http[0].directResponse.status")]
    [InlineData("directResponse: {body: {string: x}}", "FLD103", "spec.http[0].directResponse.status")]
    [InlineData("directResponse: {status: 200, body: {bytes: '?'}}", "FLD104", "spec.http[0].directResponse.body.bytes")]
    [InlineData(
        To + ", rewrite: {authority: b, uri: /}, headers: {request: {set: {':authority': c}}}", "RUL208", "spec.http[0].rewrite.authority")]
    [InlineData(To + ", rewrite: {uri: /, uriRegexRewrite: {match: a, rewrite: b}}", "RUL201", "spec.http[0].rewrite")]
    [InlineData(To + ", headers: {response: {set: {':authority': c}}}", "FLD104", "spec.http[0].headers.response.set.:authority")]
    [InlineData(To + ", headers: {request: {set: {'': c}}}", "FLD104", "spec.http[0].headers.request.set.")]
    [InlineData(To + ", match: [{headers: {x: {prefix: ''}}}]", "FLD104", "spec.http[0].match[0].headers.x.prefix")]
    [InlineData(To + ", match: [{headers: {x: {regex: ''}}}]", "FLD104", "spec.http[0].match[0].headers.x.regex")]
    [InlineData(To + ", match: [{uri: {regex: '['}}]", "FLD104", "spec.http[0].match[0].uri.regex")]
    [InlineData(To + ", match: [{uri: {exact: /a, prefix: /b}}]", "RUL201", "spec.http[0].match[0].uri")]
    [InlineData(To + ", match: [{uri: {}}]", "FLD103", "spec.http[0].match[0].uri.exact")]
    [InlineData(To + ", timeout: 5", "FLD102", "spec.http[0].timeout")]
    [InlineData(To + ", timeout: 5 seconds", "FLD104", "spec.http[0].timeout")]
    [InlineData(To + ", retries: {attempts: 1, retryOn: 5xxx}", "FLD104", "spec.http[0].retries.retryOn")]
    [InlineData(To + ", fault: {abort: {httpStatus: 99, percentage: {value: 1}}}", "FLD104", "spec.http[0].fault.abort.httpStatus")]
    [InlineData(To + ", headers: {request: {set: {x: 50%}}}", "FLD104", "spec.http[0].headers.request.set.x")]
    [InlineData(To + ", headers: {response: {add: {x: '%RESP%'}}}", "FLD104", "spec.http[0].headers.response.add.x")]
    [InlineData(
        To + ", mirrors: [{destination: {host: b}, headers: {request: {set: {x: '%NONSENSE%'}}}}]", "FLD104",
        "spec.http[0].mirrors[0].headers.request.set.x")]
    public void Load_RouteThatIsWrong_IsAnErrorAtItsField(string route, string code, string path) => Assert.Contains(
        Loading.Load(Minimal.Route(route), Known).Findings,
        each => each.Code == code && each.Path == path && each.Severity == Severity.Error);

    [Theory]
    [InlineData("(?P<id>[0-9]+)")]
    [InlineData(@"\Qa.b\E")]
    [InlineData("[[:alpha:]]+")]
    [InlineData(@"\pL\x{41}")]
    public void Load_AnExpressionOfRe2_IsTaken(string expression) => Assert.NotNull(
        Loading.Load(Minimal.Route($"match: [{{uri: {{regex: '{expression}'}}}}], {To}"), Known).Config);

    [Theory]
    [InlineData(To + ", mirror: {host: b}, mirrorPercent: 50", "FLD106", "spec.http[0].mirrorPercent")]
    [InlineData(To + ", mirror: {host: b}, mirror_percent: 50", "FLD106", "spec.http[0].mirror_percent")]
    [InlineData(To + ", mirrorPercentage: {value: 5}", "RUL206", "spec.http[0].mirrorPercentage")]
    [InlineData(To + ", fault: {delay: {fixedDelay: 1s}}", "RUL202", "spec.http[0].fault.delay")]
    [InlineData(To + ", fault: {delay: {fixedDelay: 1s, percent: 5}}", "FLD106", "spec.http[0].fault.delay.percent")]
    [InlineData(To + ", fault: {abort: {grpcStatus: X, percentage: {value: 1}}}", "FLD105", "spec.http[0].fault.abort.grpcStatus")]
    [InlineData(To + ", match: [{statPrefix: x, uri: {prefix: /}}]", "FLD105", "spec.http[0].match[0].statPrefix")]
    [InlineData(To + ", match: [{sourceLabels: {a: b}}]", "FLD105", "spec.http[0].match[0].sourceLabels")]
    [InlineData(To + ", match: [{sourceNamespace: a}]", "FLD105", "spec.http[0].match[0].sourceNamespace")]
    [InlineData(To + ", websocketUpgrade: true", "FLD106", "spec.http[0].websocketUpgrade")]
    [InlineData(To + ", headers: {request: {set: {content-length: '1'}}}", "FLD105", "spec.http[0].headers.request.set.content-length")]
    [InlineData(To + ", headers: {response: {remove: [transfer-encoding]}}", "FLD105", "spec.http[0].headers.response.remove[0]")]
    [InlineData(To + ", fault: {delay: {percentage: {value: 1}}}", "RUL205", "spec.http[0].fault.delay")]
    [InlineData(To + ", fault: {abort: {percentage: {value: 1}}}", "RUL205", "spec.http[0].fault.abort")]
    [InlineData("redirect: {uri: /, redirectCode: 304}", "FLD105", "spec.http[0].redirect.redirectCode")]
    [InlineData(To + ", headers: {request: {set: {x: '%TRACE_ID%'}}}", "FLD105", "spec.http[0].headers.request.set.x")]
    [InlineData(To + ", headers: {request: {add: {x: '%RESP(a)%'}}}", "FLD105", "spec.http[0].headers.request.add.x")]
    [InlineData(To + ", headers: {request: {set: {host: '%REQ(a)%'}}}", "FLD105", "spec.http[0].headers.request.set.host")]
    [InlineData(To + ", corsPolicy: {allowOrigin: ['*']}", "FLD106", "spec.http[0].corsPolicy.allowOrigin")]
    [InlineData(To + ", retries: {attempts: 1, retryRemoteLocalities: true}", "FLD105", "spec.http[0].retries.retryRemoteLocalities")]
    [InlineData("delegate: {name: b}", "REF311", "spec.http[0].delegate")]
    public void Load_RouteWithOddities_IsAWarningAtItsField(string route, string code, string path)
    {
        var loaded = Loading.Load(Minimal.Route(route), Known);

        Assert.Contains(loaded.Findings, each => each.Code == code && each.Path == path && each.Severity == Severity.Warning);
        Assert.NotNull(loaded.Config);
    }

    [Theory]
    [InlineData("tls: []", "spec.tls")]
    [InlineData("tcp: []", "spec.tcp")]
    [InlineData("exportTo: ['.']", "spec.exportTo")]
    public void Load_SpecWithUnsupportedFields_NamesThem(string more, string path) => Assert.Contains(
        Loading.Load(Minimal.Route(To, more: more), Known).Findings, each => each.Code == "FLD105" && each.Path == path);

    /// <summary>Istio: TestMirrorPercent, TestMirrorPercentByPolicy, TestTranslateRequestMirrorPolicy.</summary>
    [Theory]
    [InlineData("mirror: {host: b}", 1_000_000)]
    [InlineData("mirror: {host: b}, mirrorPercentage: {value: 50}", 500_000)]
    [InlineData("mirror: {host: b}, mirrorPercentage: {value: 50.5}, mirrorPercent: 10", 505_000)]
    [InlineData("mirror: {host: b}, mirrorPercent: 10", 100_000)]
    [InlineData("mirror: {host: b}, mirror_percent: 5", 50_000)]
    [InlineData("mirror: {host: b}, mirrorPercentage: {value: 0.00019}", 1)]
    [InlineData("mirrors: [{destination: {host: b}}]", 1_000_000)]
    [InlineData("mirrors: [{destination: {host: b}, percentage: {value: 20}}]", 200_000)]
    public void Load_Mirror_HasTheShare(string mirror, int numerator) => Assert.Equal(
        new Sampler(numerator), Assert.Single(RouteOf($"{To}, {mirror}").Mirrors).Sampler);

    /// <summary>Istio: TestMirrorPercent, "zero mirror percentage" and "mirrorpercent 0 with mirrorpercentage absent".</summary>
    [Theory]
    [InlineData("mirror: {host: b}, mirrorPercentage: {value: 0}")]
    [InlineData("mirror: {host: b}, mirrorPercentage: {}")]
    [InlineData("mirror: {host: b}, mirrorPercent: 0")]
    [InlineData("mirrors: [{destination: {host: b}, percentage: {value: 0}}]")]
    public void Load_MirrorOfNothing_IsLeftOut(string mirror) => Assert.Empty(RouteOf($"{To}, {mirror}").Mirrors);

    [Fact]
    public void Load_SeveralMirrors_KeepOrderSharesAndHaveNamesOfTheirOwn()
    {
        var mirrors = RouteOf(
            To + ", mirrors: [{destination: {host: b}, percentage: {value: 10}}, {destination: {host: b}}, "
            + "{destination: {host: c}}]").Mirrors;

        Assert.Equal(["b", "b#2", "c"], mirrors.Select(mirror => mirror.Name));
        Assert.Equal([100_000, 1_000_000, 1_000_000], mirrors.Select(mirror => mirror.Sampler.Numerator));
    }

    [Fact]
    public void Load_Weights_AreLeftOutAtZeroAndForASingleDestination()
    {
        Assert.Equal(1, Assert.Single(RouteOf("route: [{destination: {host: a}, weight: 0}]").Destinations).Weight);
        Assert.Equal(
            [30, 70],
            RouteOf(
                "route: [{destination: {host: a}, weight: 30}, {destination: {host: b}, weight: 70}, {destination: {host: c}, weight: 0}]")
                .Destinations.Select(each => each.Weight));
    }

    [Fact]
    public void Load_HostAmongTheHeaders_IsTheAuthority()
    {
        var route =
            RouteOf(
            "route: [{destination: {host: a}, headers: {request: {set: {Host: inner}}}}], "
            + "headers: {request: {set: {':authority': outer}}}");

        Assert.Equal(("outer", "inner"), (route.Rewrite!.Authority, route.Destinations[0].Rewrite!.Authority));
        Assert.Empty(route.RequestHeaders);
    }

    [Fact]
    public void Load_NoRetriesGiven_AreThoseOfIstio()
    {
        Assert.Equal((2, RetryOn.ConnectFailure | RetryOn.RefusedStream), (RouteOf(To).Retry.Attempts, RouteOf(To).Retry.On));
        Assert.Equal(0, RouteOf(To + ", retries: {attempts: 0}").Retry.Attempts);
        var retry = RouteOf(To + ", retries: {attempts: 3, retryOn: 'gateway-error,503', perTryTimeout: 250ms}").Retry;
        Assert.Equal((RetryOn.GatewayError | RetryOn.Statuses, 503), (retry.On, retry.Statuses[0]));
    }

    [Fact]
    public void Load_RouteBehindACatchAll_IsLeftOutWithAWarning()
    {
        var loaded = Loading.Load(Minimal.Route(To) + "  - {name: dead, redirect: {uri: /}}\n", Known);

        Assert.Single(loaded.Config!.Listeners[0].VirtualHosts[0].Routes);
        Assert.Contains(loaded.Findings, each => each is { Code: "RUL211", Position.Line: 9 });
    }

    [Fact]
    public void Load_RedirectToAHost_LeavesThePortOfTheScheme()
    {
        Assert.Equal(("b", 80), (RouteOf("redirect: {authority: b}").Redirect!.Host, RouteOf("redirect: {authority: b}").Redirect!.Port));
        Assert.Equal(443, RouteOf("redirect: {authority: b, scheme: https}").Redirect!.Port);
        Assert.Equal(
            ("b", 81), (RouteOf("redirect: {authority: 'b:81'}").Redirect!.Host, RouteOf("redirect: {authority: 'b:81'}").Redirect!.Port));
        Assert.Null(RouteOf("redirect: {uri: /x}").Redirect!.Port);
    }

    private static RouteConfig RouteOf(string route) =>
        Assert.Single(Assert.Single(Loading.Config(Minimal.Route(route), Known).Listeners[0].VirtualHosts).Routes);
}
