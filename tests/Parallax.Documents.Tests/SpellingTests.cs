namespace Parallax.Documents.Tests;

public class SpellingTests
{
    private static readonly string[] Known = ["mirror", "mirrors", "mirrorPercentage", "route"];

    [Theory]
    [InlineData("mirorr", "mirror")]
    [InlineData("mirorrs", "mirrors")]
    [InlineData("mirror_percentage", "mirrorPercentage")]
    [InlineData("ROUTE", "route")]
    [InlineData("timeout", null)]
    public void Nearest_EachWord_IsTheOneThatWasMeant(string word, string? meant) => Assert.Equal(meant, Spelling.Nearest(word, Known));

    [Fact]
    public void Suggest_NothingNear_NamesAll()
    {
        Assert.Equal("known are mirror, mirrors, mirrorPercentage, route", Spelling.Suggest("timeout", Known));
        Assert.Equal("remove it", Spelling.Suggest("timeout", []));
    }

    [Theory]
    [InlineData("abc", "abc", 0)]
    [InlineData("abc", "acb", 1)]
    [InlineData("abc", "abcd", 1)]
    [InlineData("abc", "axc", 1)]
    [InlineData("", "abc", 3)]
    public void Distance_OfTwoWords_CountsChanges(string a, string b, int changes) => Assert.Equal(changes, Spelling.Distance(a, b));
}
