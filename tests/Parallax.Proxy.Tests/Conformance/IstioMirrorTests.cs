using Parallax.Proxy.Configuration.Loading;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Tests.Configuration;
using Parallax.Proxy.Tests.Serving;

namespace Parallax.Proxy.Tests.Conformance;

/// <summary>Istio's tests/integration/pilot/mirror_test.go: a hundred calls, and how many of them the mirror may see.</summary>
public sealed class IstioMirrorTests
{
    private const int Calls = 100;

    /// <summary>TestMirroring: mirror-percent-absent, mirror-50, mirror-10 and mirror-0, with Istio's tolerances; and 100.</summary>
    [Theory]
    [InlineData("", 100, 0)]
    [InlineData("mirrorPercentage: {value: 100}", 100, 0)]
    [InlineData("mirrorPercentage: {value: 50}", 50, 10)]
    [InlineData("mirrorPercentage: {value: 10}", 10, 5)]
    [InlineData("mirrorPercentage: {value: 0}", 0, 0)]
    public async Task HundredCalls_AreCopiedByTheirShare(string percentage, int expected, int tolerance)
    {
        using var primary = new Witness();
        using var mirror = new Witness();
        var config = MirrorDocuments.LoadRoute(
            $$$"""
              - route:
                - destination: {host: b, port: {number: 80}}
                mirror: {host: c, port: {number: 80}}
                {{{percentage}}}
            """,
            ("b", primary.Address),
            ("c", mirror.Address));
        await CallAsync(config);
        Assert.Equal(Calls, primary.Seen.Count);
        Assert.InRange(mirror.Seen.Count, expected - tolerance, expected + tolerance);
    }

    /// <summary>TestMirroringExternalService: the mirror is a host that a ServiceEntry brings in; the copy has the authority of the
    /// request.</summary>
    [Fact]
    public async Task MirrorOutsideTheMesh_GetsTheCopies()
    {
        using var primary = new Witness();
        using var mirror = new Witness();
        var config = Loading.Config(
            $$$"""
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: mirrors}
            spec:
              hosts: ['*']
              http:
              - route:
                - destination: {host: b, port: {number: 80}}
                mirror: {host: outside.example.com, port: {number: 80}}
            ---
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: outside}
            spec:
              hosts: [outside.example.com]
              location: MESH_EXTERNAL
              resolution: STATIC
              ports: [{number: 80, name: http, protocol: HTTP}]
              endpoints: [{address: 127.0.0.1, ports: {http: {{{mirror.Address.Port}}}}}]
            """,
            new LoadOptions
            {
                Endpoints = Loading.Resolving($"b={primary.Address}").Endpoints,
                Listeners = Loading.Listening("mesh=127.0.0.1:0"),
            });
        await CallAsync(config);
        Assert.Equal(Calls, mirror.Seen.Count);
        Assert.All(mirror.Seen, copy => Assert.Equal("b-shadow", copy["host"]));
    }

    private static async Task CallAsync(ProxyConfig config)
    {
        await using var rig = new ProxyRig(config);
        using var client = await rig.ConnectAsync();
        for (var call = 0; call < Calls; call++)
        {
            await client.WriteAsync($"GET /{call} HTTP/1.1\r\nHost: b\r\n\r\n");
            Assert.Equal(200, (await client.ReadAsync())!.Status);
        }
    }
}
