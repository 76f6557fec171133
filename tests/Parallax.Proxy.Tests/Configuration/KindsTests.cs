using System.Text;
using Parallax.Documents;
using Parallax.Proxy.Configuration.Loading;

namespace Parallax.Proxy.Tests.Configuration;

/// <summary>Which documents are read, skipped and refused, by their kind.</summary>
public class KindsTests
{
    private const string Skipped = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: any\ndata:\n";

    /// <summary>Nobody looks into documents of other kinds, so what stands in them cannot be wrong.</summary>
    [Theory]
    [InlineData("  k: 1\n  k: 2\n")]
    [InlineData("  [1]: 2\n")]
    [InlineData("  a: *nobody\n")]
    [InlineData("  a: {{ .Values.a }}: }\n")]
    [InlineData("  a: |\n      \n    x\n   y\n")]
    public void Load_ASkippedKindThatIsReadBadly_RefusesNothing(string data)
    {
        var loaded = Loading.Load($"{Skipped}{data}---\n{Minimal.Route("route: [{destination: {host: a}}]")}");

        Assert.Equal(0, loaded.Errors);
        Assert.Single(Assert.Single(loaded.Config!.Listeners).VirtualHosts);
    }

    [Fact]
    public void Load_AVeryDeepDocumentOfASkippedKind_RefusesNothing() => Assert.Equal(
        0, Loading.Load($"{Skipped}  deep: {new string('[', 200)}{new string(']', 200)}\n---\n{Minimal.Entry}").Errors);

    [Fact]
    public void Load_ABrokenDocumentOfAKindThatIsRead_IsAnErrorWithItsLine() => Assert.Contains(
        Loading.Load("apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a\nspec: {}\n").Findings,
        finding => finding is { Code: "DOC003", Severity: Severity.Error });

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    public void Load_AWideEncodingWithItsMark_IsRead(string name)
    {
        var encoding = Encoding.GetEncoding(name);
        var loaded = ConfigurationLoader.Load(
            ["-"], new() { StandardInput = new MemoryStream([.. encoding.Preamble, .. encoding.GetBytes(Minimal.Entry)]) });

        Assert.Equal((0, 1), (loaded.Errors, loaded.Documents));
    }

    [Fact]
    public void Load_ATypedList_GivesItsKindToItsEntries()
    {
        var route = Minimal.Route("route: [{destination: {host: a}}]");
        var items = string.Concat(route.Split('\n')[2..].Select((line, index) => (index == 0 ? "- " : "  ") + line + "\n"));

        var loaded = Loading.Load($"apiVersion: networking.istio.io/v1\nkind: VirtualServiceList\nmetadata: {{}}\nitems:\n{items}");

        Assert.Equal((0, 1), (loaded.Errors, loaded.Documents));
    }

    /// <summary>What is doubled in an entry of a skipped kind concerns nobody, what is doubled in the next one does.</summary>
    [Fact]
    public void Load_AListWithASkippedEntry_AnswersForItsOwnEntriesOnly()
    {
        const string list = """
            kind: List
            apiVersion: v1
            items:
            - apiVersion: v1
              kind: ConfigMap
              data: {k: 1, k: 2}
            - apiVersion: v1
              kind: Namespace
              metadata: {name: a, name: b}
            """;

        Assert.Equal(["W FLD107 5", "E DOC004 9"], Loading.Short(Loading.Load(list)));
    }

    [Fact]
    public void Load_AKindNobodyKnowsYet_IsNamedAndSkipped() => Assert.Equal(
        ["W FLD107 2"],
        Loading.Short(Loading.Load($"apiVersion: gateway.networking.k8s.io/v9\nkind: Telepathy\n---\n{Minimal.Entry}")));

    [Fact]
    public void Load_AKindOfOursInTheGroupOfOthers_IsSkipped() => Assert.Equal(
        ["W FLD107 2"],
        Loading.Short(Loading.Load($"apiVersion: networking.x-k8s.io/v1alpha1\nkind: Gateway\nspec: {{}}\n---\n{Minimal.Entry}")));

    [Fact]
    public void Load_SameDocumentTwice_IsAnError() => Assert.Contains(
        Loading.Load(Minimal.Entry + "---\n" + Minimal.Entry).Findings, each => each.Code == "REF309");

    [Fact]
    public void Load_List_ReadsItsItems()
    {
        var items = "  - " + Minimal.Entry.TrimEnd().Replace("\n", "\n    ", StringComparison.Ordinal);

        var loaded = Loading.Load($"apiVersion: v1\nkind: List\nmetadata:\n  resourceVersion: \"\"\nitems:\n{items}\n");

        Assert.Equal((1, 0), (loaded.Documents, loaded.Findings.Count));
    }

    [Theory]
    [InlineData("networking.istio.io/v2", "VirtualService")]
    [InlineData("networking.isto.io/v1", "VirtualService")]
    [InlineData("v1", "VirtualService")]
    [InlineData("networking.istio.io/v1", "VirtualServices")]
    [InlineData("gateway.networking.k8s.io/v1", "HttpRoute")]
    public void Load_KindThatIsNearlyOurs_IsAnError(string version, string kind) => Assert.Contains(
        Loading.Load($"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n").Findings, each =>
            each is { Code: "FLD104", Severity: Severity.Error });

    [Theory]
    [InlineData("apps/v1", "Deployment")]
    [InlineData("v1", "Service")]
    [InlineData("networking.istio.io/v1alpha3", "EnvoyFilter")]
    [InlineData("gateway.networking.k8s.io/v1", "GRPCRoute")]
    public void Load_KindOfOthers_IsNamedOnce(string version, string kind)
    {
        var document = $"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n";

        Assert.Equal("FLD107", Assert.Single(Loading.Load($"{document}---\n{document}").Findings).Code);
    }
}
