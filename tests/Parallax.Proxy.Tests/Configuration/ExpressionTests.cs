using System.Text.RegularExpressions;
using Parallax.Proxy.Configuration;

namespace Parallax.Proxy.Tests.Configuration;

/// <summary>Regular expressions written for RE2, as we understand them.</summary>
public class ExpressionTests
{
    [Theory]
    [InlineData("(?P<id>[0-9]+)", "42", true)]
    [InlineData(@"\Qa.b(\E[0-9]", "a.b(1", true)]
    [InlineData(@"\Qa.b\E", "axb", false)]
    [InlineData(@"\Qa.b", "a.b", true)]
    [InlineData("[[:alpha:]_]+", "a_B", true)]
    [InlineData("[[:alpha:]_]+", "a1", false)]
    [InlineData("[[:punct:]]", "]", true)]
    [InlineData("[^[:digit:]]+", "ab", true)]
    [InlineData("[]a]+", "]a", true)]
    [InlineData("[^]a]+", "bc", true)]
    [InlineData("[^]a]+", "]", false)]
    [InlineData(@"\pL+", "ab", true)]
    [InlineData(@"\PL", "1", true)]
    [InlineData(@"\[\(", "[(", true)]
    [InlineData("(?i:AB)c", "abc", true)]
    [InlineData("[a[]", "[", true)]
    public void Translate_WhatOnlyRe2Knows_MatchesTheSame(string expression, string text, bool isMatch)
    {
        var translated = Re2Syntax.Translate(expression, out _);

        Assert.NotNull(translated);
        Assert.Equal(isMatch, Regex.IsMatch(text, $"^(?:{translated})$", RegexOptions.NonBacktracking));
    }

    [Theory]
    [InlineData(@"\C", @"\C")]
    [InlineData("(?U)a*", "(?U")]
    [InlineData("[[:some:]]", "[:some:]")]
    public void Translate_WhatCannotBeSaid_IsNamed(string expression, string foreign)
    {
        Assert.Null(Re2Syntax.Translate(expression, out var found));
        Assert.Equal(foreign, found);
    }
}
