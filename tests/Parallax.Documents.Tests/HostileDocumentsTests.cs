using System.Text;
using Parallax.TestKit;

namespace Parallax.Documents.Tests;

/// <summary>Whatever stands in a text: findings, never an exception, and bounded memory.</summary>
public class HostileDocumentsTests
{
    private const string Alphabet = "abc:- \n\t{}[]\"'|>&*!%#?,~<0123456789.\\@`";

    private static readonly byte[] Seed =
        "# all of it\na: &x [1, 'two', {b: \"c\"}]\nd: |\n  text\ne: >-\n  more\n<<: {f: *x}\n---\ng: !!binary aGVsbG8=\n...\n"u8.ToArray();

    [Fact]
    public void Read_TwoThousandSpoiltTexts_NeverThrows()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var octets = seed % 2 == 0 ? Noise(random) : Mutation.Of(Seed, Seed, random);

            _ = DocumentReader.Read("-", Encoding.Latin1.GetString(octets), new Findings());
        }
    }

    [Theory]
    [InlineData("a: 1\na: 2\n", "DOC004", 2)]
    [InlineData("a:\n\tb: 1\n", "DOC003", 2)]
    [InlineData("a: [1\n", "DOC003", 2)]
    [InlineData("a: *nothing\n", "DOC003", 1)]
    [InlineData("a: &x [*x]\n", "DOC003", 1)]
    [InlineData("[1]: 2\n", "DOC003", 1)]
    [InlineData("a: 1\nb:\n  - c: 1\n    d: 2\n\te: 3\n", "DOC003", 5)]
    [InlineData("%YAML 9.9\n---\na: 1\n", "DOC003", 1)]
    [InlineData("a: b: c\n", "DOC003", 1)]
    [InlineData("a: \"b\n\n", "DOC003", 1)]
    [InlineData("{a: 1}: 2\n", "DOC003", 1)]
    [InlineData("a: 1\nb: !<:> x\n", "DOC003", 2)]
    public void Read_WhatIsNoYaml_SaysWhatAndWhere(string yaml, string code, int line) => Assert.Contains(
        Read(yaml), each => each.Code == code && each.Position.Line == line && each.Severity == Severity.Error);

    [Fact]
    public void Read_ManyLevels_AreRefused() => Assert.Contains(Read(new string('[', 100_000)), each => each.Code == "DOC005");

    [Theory]
    [InlineData("{a: ")]
    [InlineData("- ")]
    [InlineData("? ")]
    public void Read_HundredThousandLevels_AreRefusedInOneLine(string level) => Assert.Equal(
        "DOC005", Assert.Single(Read(string.Concat(Enumerable.Repeat(level, 100_000)))).Code);

    [Fact]
    public void Read_AliasesThatMultiply_AreRefused()
    {
        var bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (var level = 1; level < 12; level++)
        {
            bomb.Append($"a{level}: &a{level} [{string.Join(',', Enumerable.Repeat($"*a{level - 1}", 10))}]\n");
        }

        Assert.Contains(Read(bomb.ToString()), each => each.Code == "DOC005");
    }

    [Fact]
    public void Read_OneDocumentBroken_OthersAreReadAllTheSame()
    {
        var findings = new Findings();

        Assert.Equal(2, DocumentReader.Read("-", "a: [\n---\nb: 1\n---\nkind: {\n---\nc: 2\n", findings).Count);
        Assert.Equal(["DOC003", "DOC003"], findings.All.Select(each => each.Code));
    }

    private static IReadOnlyList<Finding> Read(string yaml)
    {
        var findings = new Findings();
        _ = DocumentReader.Read("-", yaml, findings);
        return findings.All;
    }

    private static byte[] Noise(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 400)).Select(_ => (byte)Alphabet[random.Next(Alphabet.Length)])];
}
