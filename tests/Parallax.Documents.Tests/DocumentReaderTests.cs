namespace Parallax.Documents.Tests;

/// <summary>YAML as YAML 1.2 allows it, and its values as Kubernetes reads them (those of YAML 1.1).</summary>
public class DocumentReaderTests
{
    public static TheoryData<string, string> Values => new()
    {
        { "a: |\n    \n    x\n", "\nx\n" },
        { "a: >-\n  \n    \n    x\n", "\n\nx" },
        { "a: |+\n   \n", "\n" },
        { "a: |2-\n    x\n   y\n", "  x\n y" },
        { "a: >\n  one\n  two\n\n\n  three\n", "one two\n\nthree\n" },
        { "a: \"x\\\n   y\\x41\\/\"\n", "xyA/" },
        { "a: x\t\n", "x" },
        { "a: !!str 1\n", "1" },
        { "a: !local x\n", "x" },
        { "a: !!binary aGVsbG8=\n", "hello" },
        { "a: ! 12\n", "12" },
        { "%YAML 1.2\n---\na: x\n", "x" },
        { "%YAML 1.3\n---\na: x\n", "x" },
        { "%SOME directive\n---\na: x\n", "x" },
        { "%TAG !e! tag:example.com,2000:\n---\na: !e!some x\n", "x" },
        { "b: &x y z\na: *x\n", "y z" },
        { "base: &b {a: x}\n<<: *b\n", "x" },
        { "one: &o {a: x}\ntwo: &t {a: y}\n<<: [*o, *t]\n", "x" },
        { "? a\n: x\n", "x" },
        { "{\n\t\"a\":\n\t\"x\"\n}\n", "x" },
        { "{\"a\": \"\\ud83d\\ude00\"}", "😀" },
        { "a: \"x\u2028y\"\n", "x\u2028y" },
        { "a: x\u0085y\n", "x\u0085y" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void Read_WhatYamlAllows_IsTheText(string yaml, string text)
    {
        var document = Assert.Single(DocumentReader.Read("-", yaml));

        Assert.Empty(document.Complaints);
        Assert.Equal(text, Assert.IsType<TextNode>(new Place("", document.Root!).Of("a").Node).Value);
    }

    [Theory]
    [InlineData("yes", nameof(TextKind.Flag))]
    [InlineData("n", nameof(TextKind.Text))]
    [InlineData("\"yes\"", nameof(TextKind.Text))]
    [InlineData("0x1F", nameof(TextKind.Number))]
    [InlineData("0b101", nameof(TextKind.Number))]
    [InlineData("1_000", nameof(TextKind.Number))]
    [InlineData("1.5e3", nameof(TextKind.Number))]
    [InlineData("1.2.3", nameof(TextKind.Text))]
    [InlineData("2026-01-02", nameof(TextKind.Text))]
    [InlineData("~", nameof(TextKind.Null))]
    [InlineData("!!int \"80\"", nameof(TextKind.Number))]
    [InlineData("!!bool \"on\"", nameof(TextKind.Flag))]
    [InlineData("!!null x", nameof(TextKind.Null))]
    [InlineData("'80'", nameof(TextKind.Text))]
    public void Read_AScalar_IsOfTheKindKubernetesReads(string scalar, string kind) => Assert.Equal(
        kind,
        Assert.IsType<TextNode>(
            new Place("", Assert.Single(DocumentReader.Read("-", $"a: {scalar}\n")).Root!).Of("a").Node).Kind.ToString());

    [Theory]
    [InlineData("017", 15)]
    [InlineData("0o17", 15)]
    [InlineData("080", 80)]
    [InlineData("-0x10", -16)]
    [InlineData("+5", 5)]
    [InlineData(".5", .5)]
    public void TryNumber_EachNotation_IsItsValue(string text, double value)
    {
        Assert.True(YamlScalars.TryNumber(text, out var number));
        Assert.Equal(value, number);
    }

    [Theory]
    [InlineData("---\na: 1\n...\n---\nb: 2\n", 2)]
    [InlineData("a: 1\n...\n%YAML 1.2\n---\nb: 2\n", 2)]
    [InlineData("---\n...\n# nothing\n---\nb: 2\n...\n", 1)]
    [InlineData("a: 1\r---\rb: 2\r", 2)]
    [InlineData("a: 1\r\n---\r\nb: 2\r\n", 2)]
    [InlineData("{\"a\": \"}\"}\n{\"b\": \"\\\"{\"} {\"c\": 3}", 3)]
    [InlineData("a: |\n  ---\n  ...\n", 1)]
    public void Read_SeveralDocuments_AreToldApart(string yaml, int count) =>
        Assert.Equal(count, DocumentReader.Read("-", yaml).Count(document => document.Complaints.Count == 0));

    [Fact]
    public void Read_AnObjectAfterAnotherInOneLine_HasItsPosition() => Assert.Equal(
        new("-", 2, 9), DocumentReader.Read("-", "{\"a\": 1}\n{\"b\":1} {\"c\": 3}").Last().Root!.Position);
}
