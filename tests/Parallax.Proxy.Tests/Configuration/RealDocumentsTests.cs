using Parallax.Proxy.Configuration.Loading;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Configuration;

/// <summary>The real documents: each loads, or is refused, and everything that is not as it seems is named with its line.</summary>
public class RealDocumentsTests
{
    private const string Shared = "gwapi-base-manifests.yaml";

    [Theory]
    [InlineData("gwapi-base-manifests.yaml", "1 0 0 0", "WREF305:47 WREF305:60 WREF305:73 WREF305:86 WFLD107:125 WFLD107:149 WFLD107:833")]
    [InlineData("gwapi-conf__gateway-http-listener-isolation-with-hostname-intersection.yaml", "1 4 0 1", "")]
    [InlineData("gwapi-conf__gateway-http-listener-isolation.yaml", "1 4 0 1", "")]
    [InlineData("gwapi-conf__httproute-303-redirect.yaml", "1 1 0 0", "")]
    [InlineData("gwapi-conf__httproute-307-redirect.yaml", "1 1 0 0", "")]
    [InlineData("gwapi-conf__httproute-308-redirect.yaml", "1 1 0 0", "")]
    [InlineData("gwapi-conf__httproute-exact-path-matching.yaml", "1 2 0 2", "")]
    [InlineData("gwapi-conf__httproute-header-matching.yaml", "1 7 0 2", "")]
    [InlineData("gwapi-conf__httproute-hostname-intersection.yaml", "1 5 0 3", "WREF307:140")]
    [InlineData("gwapi-conf__httproute-omitted-backendrefs.yaml", "1 3 0 1", "")]
    [InlineData("gwapi-conf__httproute-path-match-order.yaml", "1 6 0 3", "")]
    [InlineData("gwapi-conf__httproute-query-param-matching.yaml", "1 12 0 3", "")]
    [InlineData("gwapi-conf__httproute-redirect-path.yaml", "1 6 0 0", "")]
    [InlineData("gwapi-conf__httproute-redirect-port-and-scheme.yaml", "2 9 0 0", "WREF307:124")]
    [InlineData("gwapi-conf__httproute-request-header-modifier-backend.yaml", "1 5 0 1", "")]
    [InlineData("gwapi-conf__httproute-request-header-modifier.yaml", "1 5 0 1", "")]
    [InlineData("gwapi-conf__httproute-request-mirror.yaml", "1 2 2 2", "")]
    [InlineData("gwapi-conf__httproute-response-header-modifier.yaml", "1 6 0 1", "")]
    [InlineData("gwapi-conf__httproute-rewrite-path.yaml", "1 5 0 1", "")]
    [InlineData("gwapi-conf__httproute-simple-same-namespace.yaml", "1 1 0 1", "")]
    [InlineData("gwapi-conf__httproute-timeout-backend-request.yaml", "1 2 0 1", "")]
    [InlineData("gwapi-conf__httproute-timeout-request.yaml", "1 2 0 1", "")]
    [InlineData("gwapi-conf__httproute-weight.yaml", "1 1 0 2", "")]
    [InlineData("gwapi-ex__basic-http.yaml", "1 2 0 2", "WFLD107:4")]
    [InlineData("gwapi-ex__http-request-header-add.yaml", "1 0 0 0", "WREF307:9")]
    [InlineData("gwapi-ex__http-request-mirroring_httproute-mirroring.yaml", "1 0 0 0", "WREF307:11")]
    [InlineData("gwapi-ex__http-routing_bar-httproute.yaml", "1 0 0 0", "WREF307:9")]
    [InlineData("gwapi-ex__http-routing_foo-httproute.yaml", "1 0 0 0", "WREF307:9")]
    [InlineData("gwapi-ex__http-routing_gateway.yaml", "1 1 0 1", "")]
    [InlineData("gwapi-ex__traffic-splitting_grpc-traffic-split-2.yaml", "1 0 0 0", "WFLD107:4")]
    [InlineData("gwapi-ex__traffic-splitting_simple-split.yaml", "1 0 0 0", "WREF307:7")]
    [InlineData("gwapi-ex__traffic-splitting_traffic-split-1.yaml", "1 0 0 0", "WREF307:9")]
    [InlineData("gwapi-ex__traffic-splitting_traffic-split-2.yaml", "1 0 0 0", "WREF307:10")]
    [InlineData("gwapi-ex__traffic-splitting_traffic-split-3.yaml", "1 0 0 0", "WREF307:9")]
    [InlineData("istio__mirror-tmpl-100.yaml", "1 1 1 2", "")]
    [InlineData("istio__mirror-tmpl-absent.yaml", "1 1 1 2", "")]
    [InlineData("istio__samples_bookinfo_networking_bookinfo-gateway.yaml", "1 1 0 1", "")]
    [InlineData("istio__samples_bookinfo_networking_destination-rule-all.yaml", "0 0 0 0", "")]
    [InlineData("istio__samples_bookinfo_networking_virtual-service-all-v1.yaml", "1 4 0 4", "WREF302:12 WREF302:25 WREF302:38 WREF302:51")]
    [InlineData("istio__samples_bookinfo_networking_virtual-service-ratings-test-delay.yaml", "1 2 0 1", "WREF302:21")]
    [InlineData("istio__samples_bookinfo_networking_virtual-service-reviews-90-10.yaml", "1 1 0 2", "WREF302:12 WREF302:16")]
    [InlineData("istio__samples_bookinfo_networking_virtual-service-reviews-test-v2.yaml", "1 2 0 2", "WREF302:16 WREF302:20")]
    [InlineData("istio__samples_helloworld_gateway-api_helloworld-route.yaml", "0 0 0 0", "WREF307:7")]
    [InlineData("istio__samples_httpbin_httpbin-gateway.yaml", "1 1 0 1", "")]
    [InlineData(
        "istio__virtualservice_destinationrules.yaml",
        "refused",
        "WREF307:18 WREF304:23 WREF307:30 EREF302:35 WREF307:42 WREF307:54 WREF307:69 EREF302:77")]
    [InlineData("istio__virtualservice_overlappingmatches.yaml", "1 7 0 2", "WREF302:89")]
    [InlineData("istio__weighted.yaml", "1 2 0 3", "WFLD107:2 WFLD105:14 WFLD105:26 WFLD107:79")]
    [InlineData("istioio__mirroring-task-v1alpha3.yaml", "1 1 1 2", "WREF304:13 WREF304:17 WFLD106:18")]
    public void Load_RealDocument_IsWhatItIs(string file, string what, string findings)
    {
        var loaded = Load(file);

        Assert.Equal(what, WhatIsServed(loaded));
        Assert.Equal(findings, string.Join(' ', loaded.Findings
            .Where(each => Path.GetFileName(each.Position.File) == file && each.Code != "REF303")
            .Select(each => $"{each.Severity.ToString()[0]}{each.Code}:{each.Position.Line}")));
    }

    [Fact]
    public void Load_EveryDocumentOfTheNotes_IsReadOrNamedAsSkipped()
    {
        foreach (var row in File.ReadAllLines(PathOf("NOTES.tsv")).Skip(1).Select(line => line.Split('\t')))
        {
            var loaded = ConfigurationLoader.Load([PathOf(row[0])], new());

            Assert.Equal((row[0], row[1]), (row[0], $"{loaded.Documents + loaded.Findings.Count(each => each.Code == "FLD107")}"));
        }
    }

    [Fact]
    public void Load_EveryMirrorOfTheNotes_IsThere()
    {
        var mirroring = File.ReadAllLines(PathOf("NOTES.tsv")).Skip(1).Where(line => line.Contains("MIRROR"));
        foreach (var file in mirroring.Select(line => line.Split('\t')[0]))
        {
            var loaded = Load(file);

            Assert.True(
                loaded.Config is null
                || loaded.Findings.Any(each => each.Code == "REF307")
                || loaded.Config.Listeners.SelectMany(listener => listener.VirtualHosts).SelectMany(host => host.Routes)
                    .Any(route => route.Mirrors.Count > 0),
                file);
        }
    }

    // The conformance suite's routes need its Gateways.
    private static LoadedConfiguration Load(string file) => ConfigurationLoader.Load(
        file.StartsWith("gwapi-") && file != Shared ? [PathOf(Shared), PathOf(file)] : [PathOf(file)], new());

    private static string WhatIsServed(LoadedConfiguration loaded)
    {
        if (loaded.Config is not { } config)
        {
            return "refused";
        }

        var routes = config.Listeners.SelectMany(listener => listener.VirtualHosts).SelectMany(host => host.Routes).Distinct().ToList();
        return $"{config.Listeners.Count} {routes.Count} {routes.Sum(route => route.Mirrors.Count)} {config.Clusters.Count}";
    }

    private static string PathOf(string file)
    {
        var path = RealData.PathOf("yaml", file);
        Assert.SkipWhen(path is null, "the real documents are not there; set PARALLAX_REALDATA");
        return path!;
    }
}
