using System.Text;
using Parallax.Proxy.Configuration;
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
    [InlineData("a: 1\na: 2\n", "DOC004", 2)]
    [InlineData("a:\n\tb: 1\n", "DOC003", 2)]
    [InlineData("a: [1\n", "DOC003", 2)]
    [InlineData("a: *nothing\n", "DOC003", 1)]
    [InlineData("a: &x [*x]\n", "DOC003", 1)]
    [InlineData("[1]: 2\n", "DOC003", 1)]
    [InlineData("- 1\n", "DOC006", 1)]
    [InlineData("nothing but text\n", "DOC006", 1)]
    [InlineData("a: b\0c\n", "DOC002", 1)]
    [InlineData("", "DOC006", 1)]
    [InlineData("# nothing\n\n# at all\n", "DOC006", 1)]
    [InlineData("---\n---\n...\n", "DOC006", 1)]
    [InlineData("a: 1\nb:\n  - c: 1\n    d: 2\n\te: 3\n", "DOC003", 5)]
    [InlineData("apiVersion: 1.0\nkind: VirtualService\n", "DOC006", 1)]
    [InlineData("%YAML 9.9\n---\na: 1\n", "DOC003", 1)]
    [InlineData("a: b: c\n", "DOC003", 1)]
    [InlineData("a: \"b\n\n", "DOC003", 1)]
    [InlineData("{a: 1}: 2\n", "DOC003", 1)]
    public void Load_NoDocument_SaysWhatAndWhere(string yaml, string code, int line) => Assert.Contains(
        Loading.Load(yaml).Findings, each => each.Code == code && each.Position.Line == line && each.Severity == Severity.Error);

    [Fact]
    public void Load_ManyLevels_AreRefused() => Assert.Contains(
        Loading.Load(new string('[', 100_000)).Findings, each => each.Code == "DOC005");

    [Theory]
    [InlineData("{a: ")]
    [InlineData("- ")]
    [InlineData("? ")]
    public void Load_HundredThousandLevels_AreRefusedInOneLine(string level) => Assert.Equal(
        "DOC005", Assert.Single(Loading.Load(string.Concat(Enumerable.Repeat(level, 100_000))).Findings).Code);

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
    public void Load_AliasesThatMultiply_AreRefused()
    {
        var bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (var level = 1; level < 12; level++)
        {
            bomb.Append($"a{level}: &a{level} [{string.Join(',', Enumerable.Repeat($"*a{level - 1}", 10))}]\n");
        }

        Assert.Contains(Loading.Load(bomb.ToString()).Findings, each => each.Code == "DOC005");
    }

    [Fact]
    public void Load_OctetsThatAreNoUtf8_SaysWhere()
    {
        byte[] octets = [.. "a: 1\nb: "u8, 0xC3, 0x28, .. "\n"u8];

        var loaded = ConfigurationLoader.Load(["-"], new() { StandardInput = new MemoryStream(octets) });

        Assert.Contains(loaded.Findings, each => each is { Code: "DOC002", Position: { Line: 2, Column: 4 } });
    }

    [Fact]
    public void Load_HalfACharacterOfUtf16_SaysSo() => Assert.Contains(
        ConfigurationLoader.Load(["-"], new() { StandardInput = new MemoryStream([0xFF, 0xFE, 0x61]) }).Findings,
        each => each is { Code: "DOC002", Severity: Severity.Error });

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

    [Fact]
    public void Load_FileThatIsNotThere_SaysSo() => Assert.Contains(
        ConfigurationLoader.Load(["/no/such/file.yaml"], new()).Findings, each => each.Code == "DOC001");

    private static byte[] Noise(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 400)).Select(_ => (byte)Alphabet[random.Next(Alphabet.Length)])];

    private static byte[] Spoilt(Random random) => Mutation.Of(
        Documents[random.Next(Documents.Length)], Documents[random.Next(Documents.Length)], random);
}
