using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Tests.Configuration;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Conformance;

/// <summary>The Gateway API's conformance tests of the filter RequestMirror, and the validation of its share.</summary>
public sealed class GatewayMirrorTests
{
    private const string Modify =
        """
        - type: RequestHeaderModifier
          requestHeaderModifier:
            set: [{name: X-Header-Set, value: set}]
            add: [{name: X-Header-Add, value: one}, {name: X-Header-Add-Append, value: two}]
            remove: [X-Header-Remove]
        """;

    /// <summary>HTTPRouteRequestMirror.</summary>
    [Fact]
    public Task RequestMirror_OneBackendAnswersAndOneSeesACopy() => MirrorAsync("/mirror", "", "v2");

    /// <summary>HTTPRouteRequestMirror, mirror-and-modify-headers: the copy is taken after the changes.</summary>
    [Fact]
    public Task RequestMirrorWithModifiedHeaders_BothSeeTheChanges() => MirrorAsync("/mirror-and-modify-headers", Modify, "v2");

    /// <summary>HTTPRouteRequestMultipleMirrors.</summary>
    [Fact]
    public Task RequestMultipleMirrors_EachSeesACopy() => MirrorAsync("/multi-mirror", "", "v2", "v3");

    /// <summary>HTTPRouteRequestMultipleMirrors, multi-mirror-and-modify-request-headers.</summary>
    [Fact]
    public Task RequestMultipleMirrorsWithModifiedHeaders_AllSeeTheChanges() =>
        MirrorAsync("/multi-mirror-and-modify-request-headers", Modify, "v2", "v3");

    /// <summary>HTTPRouteRequestPercentageMirror: of 500 requests, ten at a time, the mirror sees a number within three standard deviations
    /// of the binomial distribution. Draws are seeded, so one try is enough where the peer allows five.</summary>
    [Theory]
    [InlineData("percent: 20", 0.2, false)]
    [InlineData("fraction: {numerator: 25, denominator: 50}", 0.5, false)]
    [InlineData("percent: 35", 0.35, true)]
    public async Task RequestPercentageMirror_TheMirrorSeesItsShare(string share, double expected, bool modifies)
    {
        const int Requests = 500;
        using var primary = new Witness();
        using var mirror = new Witness();
        var config = Config("/", modifies ? Modify : "", share, ["v2"], primary, mirror);
        await using (var rig = new ProxyRig(config))
        {
            await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => SendManyAsync(rig, Requests / 10)));
        }

        var deviation = 3 * Math.Sqrt(Requests * expected * (1 - expected));
        Assert.Equal(Requests, primary.Seen.Count);
        Assert.InRange(mirror.Seen.Count, (Requests * expected) - deviation, (Requests * expected) + deviation);
    }

    /// <summary>The six cases of tests/cel/httproute_experimental_test.go.</summary>
    [Theory]
    [InlineData("percent: 20, fraction: {numerator: 1, denominator: 5}", "RUL214")]
    [InlineData("fraction: {numerator: 6, denominator: 5}", "RUL215")]
    [InlineData("fraction: {numerator: 1, denominator: 0}", "FLD104")]
    [InlineData("fraction: {numerator: -1, denominator: 5}", "FLD104")]
    [InlineData("percent: 42", null)]
    [InlineData("fraction: {numerator: 83, denominator: 100}", null)]
    public void Share_IsValidated(string share, string? error)
    {
        var loaded = Loading.Load(
            $$$"""
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: route}
            spec:
              rules:
              - backendRefs: [{name: v1, port: 80}]
                filters: [{type: RequestMirror, requestMirror: {backendRef: {name: v2, port: 80}, {{{share}}}}}]
            """);
        Assert.Equal(error, loaded.Findings.FirstOrDefault(finding => finding.Severity == Severity.Error)?.Code);
    }

    private static async Task MirrorAsync(string path, string filters, params string[] names)
    {
        using var primary = new Witness("v1");
        var mirrors = names.Select(name => new Witness(name)).ToList();
        await using (var rig = new ProxyRig(Config(path, filters, null, names, [primary, .. mirrors])))
        {
            var response = await rig.SendAsync(
                $"GET {path}?id=7 HTTP/1.1\r\nHost: a\r\nX-Header-Remove: x\r\nX-Header-Add-Append: one\r\n\r\n");
            Assert.Equal("v1", response.Text);
        }

        foreach (var seen in mirrors.Select(mirror => Assert.Single(mirror.Seen)).Append(Assert.Single(primary.Seen)))
        {
            Assert.StartsWith($"GET {path}?id=7 ", seen.Line, StringComparison.Ordinal);
            Assert.Equal(filters.Length > 0 ? ("set", "one", null, "one,two") : (null, null, "x", "one"), Headers(seen));
        }

        mirrors.ForEach(mirror => mirror.Dispose());
    }

    private static (string? Set, string? Add, string? Remove, string Append) Headers(RawMessage seen) => (
        seen["x-header-set"],
        seen["x-header-add"],
        seen["x-header-remove"],
        string.Join(',', seen.Values("x-header-add-append")));

    private static ProxyConfig Config(string path, string filters, string? share, string[] names, params Witness[] backends)
    {
        var more = share is null ? "" : $", {share}";
        var all = names.Aggregate(filters, (text, name) =>
            $"{text}\n- type: RequestMirror\n  requestMirror: {{backendRef: {{name: {name}, port: 80}}{more}}}");
        return MirrorDocuments.LoadRules(
            $$$"""
              - matches: [{path: {type: PathPrefix, value: {{{path}}}}}]
                backendRefs: [{name: v1, port: 80}]
                filters:
            {{{Indented(all)}}}
            """,
            [.. names.Prepend("v1").Zip(backends, (name, backend) => (name, backend.Address))]);
    }

    private static string Indented(string filters) => string.Join('\n', filters.Trim().Split('\n').Select(line => "    " + line));

    private static async Task SendManyAsync(ProxyRig rig, int count)
    {
        using var client = await rig.ConnectAsync();
        for (var sent = 0; sent < count; sent++)
        {
            await client.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            Assert.Equal(200, (await client.ReadAsync())!.Status);
        }
    }
}
