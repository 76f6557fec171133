namespace Parallax.Documents.Tests;

public class FindingsTests
{
    private readonly Findings _findings = new();

    [Fact]
    public void All_OfSeveralFiles_AreInTheOrderOfFilesAndLines()
    {
        foreach (var (file, line) in new[] { ("b", 2), ("a", 7), ("b", 1), ("a", 7) })
        {
            _findings.Warning("T1", Place.OfFile(file, line), "is so");
        }

        Assert.Equal(["b:1", "b:2", "a:7"], _findings.All.Select(each => $"{each.Position.File}:{each.Position.Line}"));
        Assert.False(_findings.HasErrors);
    }

    [Fact]
    public void Error_BeyondTheNumberThatIsKept_StillCountsAsOne()
    {
        for (var line = 1; line <= Findings.Most; line++)
        {
            _findings.Warning("T1", Place.OfFile("a", line), "is so");
        }

        _findings.Error("T2", Place.OfFile("a", Findings.Most + 1), "is wrong");

        Assert.Equal(Findings.Most, _findings.All.Count);
        Assert.True(_findings.HasErrors);
    }

    [Fact]
    public void Error_LongTextWithControlCharacters_IsOneShortLine()
    {
        _findings.Error("T1", Place.OfFile("a"), "is \r\n\u001b[31m" + new string('x', 1_000_000), "write\none");

        var line = Assert.Single(_findings.All).ToString();
        Assert.InRange(line.Length, 1, 3_000);
        Assert.DoesNotContain(line, char.IsControl);
        Assert.Contains(@"is \u000d\u000a\u001b[31mxxx", line, StringComparison.Ordinal);
    }
}
