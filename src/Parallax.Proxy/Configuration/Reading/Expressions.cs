using Parallax.Documents;
using Parallax.Traffic.Policy;

namespace Parallax.Proxy.Configuration.Reading;

/// <summary>Checks regular expressions of documents.</summary>
internal static class Expressions
{
    private const int LongestExpression = 1024;

    /// <summary>Checks a regular expression, in the syntax of RE2.</summary>
    /// <returns>The expression; null when it cannot be used, which is reported.</returns>
    public static string? Check(string expression, Place place, Findings findings)
    {
        if (expression.Length > LongestExpression)
        {
            findings.Error("FLD104", place, $"has {expression.Length} characters; {LongestExpression} at most");
            return null;
        }

        if (TextMatch.TryRegex(expression, out _, out var error))
        {
            return expression;
        }

        findings.Error("FLD104", place, $"cannot be used: {error}");
        return null;
    }
}
