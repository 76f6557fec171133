using Parallax.Documents;
using Parallax.Proxy.Configuration.Loading;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Configuration;

/// <summary>Whatever stands in a file: findings, never an exception, and bounded memory.</summary>
public class HostileDocumentsTests
{
    private const string Alphabet = "abc:- \n\t{}[]\"'|>&*!%#?,~<0123456789.\\@`";

    private static readonly byte[][] Documents =
    [
        .. Directory.EnumerateFiles(Path.Combine(RealData.Root, "testdata", "istio"), "*.yaml", SearchOption.AllDirectories)
            .Order()
            .Select(File.ReadAllBytes),
    ];

    [Fact]
    public void Load_TwoThousandSpoiltDocuments_NeverThrows()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var yaml = seed % 4 == 0 ? Noise(random) : Spoilt(random);

            _ = ConfigurationLoader.Load(["-"], new() { StandardInput = new MemoryStream(yaml) });
        }
    }

    [Theory]
    [InlineData("- 1\n", "DOC006", 1)]
    [InlineData("nothing but text\n", "DOC006", 1)]
    [InlineData("", "DOC006", 1)]
    [InlineData("# nothing\n\n# at all\n", "DOC006", 1)]
    [InlineData("---\n---\n...\n", "DOC006", 1)]
    [InlineData("apiVersion: 1.0\nkind: VirtualService\n", "DOC006", 1)]
    public void Load_NoDocument_SaysWhatAndWhere(string yaml, string code, int line) => Assert.Contains(
        Loading.Load(yaml).Findings, each => each.Code == code && each.Position.Line == line && each.Severity == Severity.Error);

    [Fact]
    public void Load_ALongTextWithControlCharacters_IsQuotedInOneShortLine()
    {
        var host = "\\r\\n\\e[31m" + new string('x', 1_000_000);
        var loaded = Loading.Load(Minimal.Entry.Replace("outside.example.net", $"\"{host}\"", StringComparison.Ordinal));
        Assert.NotEmpty(loaded.Findings);
        Assert.All(loaded.Findings, finding =>
        {
            Assert.InRange(finding.ToString().Length, 1, 3_000);
            Assert.DoesNotContain(finding.ToString(), char.IsControl);
        });
    }

    [Fact]
    public void Load_FilesPutTogetherWithTheirMarks_AreRead()
    {
        var loaded = Loading.Load($"\uFEFF{Minimal.Entry}\uFEFF---\n{Minimal.Gateway}");

        Assert.Equal((2, 0), (loaded.Documents, loaded.Findings.Count));
    }

    [Fact]
    public void Load_ByteOrderMark_IsPassedOver() => Assert.Empty(Loading.Load("\uFEFF" + Minimal.Entry).Findings);

    [Fact]
    public void Load_OneDocumentBroken_OthersAreReadAllTheSame()
    {
        var loaded = Loading.Load($"a: [\n---\n{Minimal.Entry}---\nkind: {{\n---\napiVersion: networking.istio.io/v1\nkind: Gatway\n");

        Assert.Equal(["DOC003", "DOC003", "FLD104"], loaded.Findings.Select(each => each.Code).Order());
        Assert.Equal(1, loaded.Documents);
    }

    [Fact]
    public void Load_AliasesAndMerges_StandForWhatTheyName()
    {
        var config = Loading.Config(
            """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: a}
            spec:
              hosts: [a]
              http:
              - match: [{uri: {exact: /one}}]
                route: &route [{destination: &to {host: a, port: {number: 80}}}]
              - route: *route
                mirror: {<<: *to, host: b}
            """,
            Loading.Resolving("a=127.0.0.1:1", "b=127.0.0.1:2"));

        Assert.Equal("outbound|80||b.default.svc.cluster.local", config.Listeners[0].VirtualHosts[0].Routes[1].Mirrors[0].Cluster);
    }

    private static byte[] Noise(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 400)).Select(_ => (byte)Alphabet[random.Next(Alphabet.Length)])];

    private static byte[] Spoilt(Random random) => Mutation.Of(
        Documents[random.Next(Documents.Length)], Documents[random.Next(Documents.Length)], random);
}
