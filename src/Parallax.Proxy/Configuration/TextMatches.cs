using Parallax.Traffic.Policy;

namespace Parallax.Proxy.Configuration;

/// <summary>Checks what conditions on texts share.</summary>
internal static class TextMatches
{
    private const int LongestExpression = 1024;

    /// <summary>Checks a regular expression, in the syntax of RE2.</summary>
    /// <returns>The expression; null when it cannot be used, which is reported.</returns>
    public static string? Expression(string expression, Place place, Findings findings)
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

    /// <summary>Reads Istio's StringMatch.</summary>
    /// <param name="fields">The mapping.</param>
    /// <param name="ignoresCase">Whether exact and prefix ignore case.</param>
    /// <param name="mayBePresent">Whether an empty mapping means: it is there.</param>
    /// <param name="mayBeEmpty">Whether a prefix may be empty.</param>
    public static TextMatchConfig? Read(Fields fields, bool ignoresCase = false, bool mayBePresent = false, bool mayBeEmpty = false)
    {
        var exact = fields.Text("exact");
        var prefix = fields.Text("prefix");
        var regex = fields.Text("regex");
        var given = new[] { exact, prefix, regex }.Count(each => each is not null);
        if (given > 1)
        {
            fields.Findings.Error("RUL201", fields.Place, "has more than one of exact, prefix and regex", "leave one");
            return null;
        }

        if (given == 0 && !mayBePresent)
        {
            fields.Missing("exact", "give one of exact, prefix and regex");
            return null;
        }

        if (given == 0 || regex == "*")
        {
            return new(TextMatchKind.Present, "");
        }

        if (prefix == "" && !mayBeEmpty)
        {
            fields.Findings.Error("FLD104", fields.Of("prefix"), "is empty", "leave the condition out, or write {} for: it is there");
            return null;
        }

        return exact is not null ? new(TextMatchKind.Exact, exact, ignoresCase)
            : prefix is not null ? new(TextMatchKind.Prefix, prefix, ignoresCase)
            : Expression(fields, regex!) is { } expression ? new(TextMatchKind.Regex, expression) : null;
    }

    private static string? Expression(Fields fields, string regex)
    {
        if (regex.Length > 0)
        {
            return Expression(regex, fields.Of("regex"), fields.Findings);
        }

        fields.Findings.Error("FLD104", fields.Of("regex"), "is empty", "write .* to match everything");
        return null;
    }
}
