using System.Globalization;
using System.Text;
using Parallax.Proxy.Configuration.Loading;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Configuration;

/// <summary>However many documents, routes, hosts and listeners there are, and whatever a document repeats, each costs the same.</summary>
[Collection(nameof(Costs))]
public sealed class DocumentCostTests
{
    private const int Few = 60;

    public static TheoryData<string, string, string> Documents { get; } = new()
    {
        // What stands once, what is repeated ("#" is its number), what stands at the end.
        { "", "apiVersion: v1\nkind: ConfigMap\n---\n", "" },
        {
            "",
            "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v#}\nspec: {hosts: [h#], http: [{route"
                + ": [{destination: {host: h#}}]}]}\n---\n",
            ""
        },
        {
            "",
            "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: v#}\nspec: {hosts: [h#.x], ports: [{numb"
                + "er: 80, name: http, protocol: HTTP}], resolution: STATIC, endpoints: [{address: 127.0.0.1}]}\n---\n",
            ""
        },
        {
            "",
            "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: v#}\nspec: {host: h#.x, subsets: [{na"
                + "me: a, labels: {a: b}}]}\n---\n",
            ""
        },
        {
            "",
            "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: v#}\nspec: {servers: [{port: {number: 80, nam"
                + "e: a, protocol: HTTP}, hosts: [h#.x]}]}\n---\n",
            ""
        },
        {
            "",
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: v#}\nspec: {parentRefs: [{name: g}], "
                + "hostnames: [h#.x], rules: [{backendRefs: [{name: b, port: 80}]}]}\n---\n",
            ""
        },
        {
            "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v}\nspec:\n  hosts: [a]\n  http:\n",
            "  - {match: [{uri: {exact: /#}}], route: [{destination: {host: a}}]}\n",
            ""
        },
        {
            "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v}\nspec:\n  http:\n  - {route: [{destin"
                + "ation: {host: a}}]}\n  hosts:\n",
            "  - h#.x\n",
            ""
        },
        {
            "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v}\nspec:\n  hosts: [a]\n  http:\n  - rou"
                + "te: [{destination: {host: a}}]\n    headers:\n      request:\n        set:\n",
            "          x-#: y\n",
            ""
        },
        {
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: v}\nspec:\n  parentRefs: [{name: g}]\n "
                + " rules:\n",
            "  - {matches: [{path: {type: Exact, value: /#}}], backendRefs: [{name: b, port: 80}]}\n",
            ""
        },
        {
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: v}\nspec:\n  parentRefs: [{name: g}]\n"
                + "  rules:\n  - backendRefs: [{name: b, port: 80}]\n    filters:\n    - type: CORS\n      cors:\n        allowOrigins: "
                + "['*']\n        allowHeaders:\n",
            "        - x-#\n",
            ""
        },
        {
            "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g}\nspec:\n  gatewayClassName: x\n  liste"
                + "ners:\n",
            "  - {name: l#, port: 80, protocol: HTTP, hostname: h#.x}\n",
            ""
        },
    };

    [Theory]
    [MemberData(nameof(Documents))]
    public void Load_MoreOfIt_CostsTheSameForEach(string beginning, string repeated, string end)
    {
        byte[] Of(int count) => Encoding.UTF8.GetBytes(beginning
            + string.Concat(Enumerable.Range(0, count).Select(n => repeated.Replace("#", n.ToString("0000", CultureInfo.InvariantCulture))))
            + end);
        var count = Few * Math.Max(1, 100 / repeated.Length);
        var (smaller, larger) = (Of(count), Of(count * CostPerOctet.Factor));
        var growth = CostPerOctet.Growth(() => Load(smaller), () => Load(larger));
        Assert.True(growth <= CostPerOctet.MaxGrowth, $"each costs {growth:0.00} times as much");
    }

    private static void Load(byte[] yaml) => ConfigurationLoader.Load(["-"], new() { StandardInput = new MemoryStream(yaml) });
}
