using System.Text;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Traffic.Tests.Policy;

public sealed class TextMatchTests
{
    [Theory]
    [InlineData("/a", "/a", true)]
    [InlineData("/a", "/A", false)]
    [InlineData("/a", "/ab", false)]
    [InlineData("", "", true)]
    public void Exact_IsTheSame(string condition, string text, bool matches) =>
        Assert.Equal(matches, Matches(TextMatch.Exact(condition), text));

    [Theory]
    [InlineData("/headers", "/headersX", true)]
    [InlineData("/headers", "/header", false)]
    [InlineData("/headers", "/Headers", false)]
    [InlineData("", "", true)]
    public void Prefix_IsOneOfOctets(string condition, string text, bool matches) =>
        Assert.Equal(matches, Matches(TextMatch.Prefix(condition), text));

    [Theory]
    [InlineData("/mirror", "/mirror", true)]
    [InlineData("/mirror", "/mirror/", true)]
    [InlineData("/mirror", "/mirror/x", true)]
    [InlineData("/mirror", "/mirror-and-modify-headers", false)]
    [InlineData("/mirror/", "/mirror", true)]
    [InlineData("/mirror/", "/mirror/x", true)]
    [InlineData("/", "/anything", true)]
    [InlineData("/", "*", false)]
    public void SegmentPrefix_EndsAtASlash(string condition, string text, bool matches) =>
        Assert.Equal(matches, Matches(TextMatch.SegmentPrefix(condition), text));

    [Fact]
    public void IgnoreCase_MeansAsciiLettersOnly()
    {
        Assert.True(Matches(TextMatch.Exact("/A\u00E9", ignoresCase: true), "/a\u00C3\u00A9"));
        Assert.False(Matches(TextMatch.Exact("/A\u00E9", ignoresCase: true), "/a\u00C3\u0089"));
        Assert.True(Matches(TextMatch.Prefix("/AB", ignoresCase: true), "/abc"));
        Assert.True(Matches(TextMatch.SegmentPrefix("/AB", ignoresCase: true), "/ab/c"));
        Assert.False(Matches(TextMatch.Exact("[", ignoresCase: true), "{"));
    }

    [Theory]
    [InlineData("/v[12]/.*", "/v1/x", true)]
    [InlineData("/v[12]", "/v1/x", false)]
    [InlineData("a|bc", "bc", true)]
    [InlineData("a|bc", "abc", false)]
    [InlineData("(?i)abc", "ABC", true)]
    [InlineData("a.c", "a\u00FFc", true)]
    [InlineData("", "", true)]
    [InlineData("a$", "a", true)]
    public void Regex_MatchesTheWhole(string condition, string text, bool matches) =>
        Assert.Equal(matches, Matches(Regex(condition), text));

    // What RE2 means by these, not the runtime.
    [Theory]
    [InlineData(@"\d+", "12", true)]
    [InlineData(@"\w", "\u00E9", false)]
    [InlineData(@"\W", "\u00E9", true)]
    [InlineData(@"[\w-]+", "a-b", true)]
    [InlineData(@"\s", "\u00A0", false)]
    [InlineData("[[:alpha:]]+", "aB", true)]
    [InlineData("[[:alpha:]]+", "a:", false)]
    [InlineData("[^[:space:]x]", "x", false)]
    [InlineData("[a-c-[b]]", "b]", true)]
    [InlineData("[]a]+", "a]", true)]
    [InlineData("(?P<id>a+)(b)", "aab", true)]
    [InlineData("(?<id>a+)", "aa", true)]
    [InlineData(@"\Qa.b\E+", "a.bb", true)]
    [InlineData(@"\Qa.b\E", "axb", false)]
    [InlineData(@"\x{41}\x42", "AB", true)]
    [InlineData(@"\pL", "a", true)]
    [InlineData(@"a\.b", "a.b", true)]
    [InlineData(@"a\.b", "axb", false)]
    public void Regex_IsThatOfRe2(string condition, string text, bool matches) => Assert.Equal(matches, Matches(Regex(condition), text));

    [Fact]
    public void Regex_BeyondAscii_IsItsOctets() =>
        Assert.True(TextMatch.TryRegex("J\u00F6rg", out var match, out _)
            && match.Matches(Encoding.UTF8.GetBytes("J\u00F6rg"), new Latin1Scratch()));

    [Theory]
    [InlineData("(a", "is not a regular expression")]
    [InlineData("a)|(b", "is not a regular expression")]
    [InlineData("(?=a)", "look-around")]
    [InlineData(@"(a)\1", "back reference")]
    [InlineData("\\", "is not a regular expression")]
    public void TryRegex_Wrong_SaysWhatIsWrong(string condition, string told)
    {
        Assert.False(TextMatch.TryRegex(condition, out var match, out var error));
        Assert.Null(match);
        Assert.Contains(told, error, StringComparison.Ordinal);
    }

    [Fact]
    public void CoveredOf_IsThePrefixOrAll()
    {
        Assert.Equal(2, TextMatch.Prefix("/a").CoveredOf(9));
        Assert.Equal(2, TextMatch.SegmentPrefix("/a/").CoveredOf(9));
        Assert.Equal(0, TextMatch.SegmentPrefix("/").CoveredOf(9));
        Assert.Equal(9, TextMatch.Exact("/a").CoveredOf(9));
        Assert.Equal(9, Regex(".*").CoveredOf(9));
    }

    private static bool Matches(TextMatch match, string text) => match.Matches(Encoding.Latin1.GetBytes(text), new Latin1Scratch());

    private static TextMatch Regex(string expression)
    {
        Assert.True(TextMatch.TryRegex(expression, out var match, out var error), error);
        return match;
    }
}
