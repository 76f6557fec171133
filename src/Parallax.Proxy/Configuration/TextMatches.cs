using System.Text.RegularExpressions;

namespace Parallax.Proxy.Configuration;

/// <summary>Checks what conditions on texts share.</summary>
internal static class TextMatches
{
    private static readonly string[] Foreign = ["[[:", @"\Q", @"\C", "(?P<", "(?U"];

    /// <summary>Checks a regular expression: it must mean the same to RE2, by which it was written, and to us.</summary>
    /// <returns>False when it cannot be used, which is reported.</returns>
    public static bool CheckExpression(string expression, Place place, Findings findings)
    {
        if (Foreign.FirstOrDefault(each => expression.Contains(each, StringComparison.Ordinal)) is { } foreign)
        {
            findings.Error("FLD104", place, $"holds \"{foreign}\", which is not understood here", "write it with plain groups and classes");
            return false;
        }

        try
        {
            _ = new Regex(expression, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return true;
        }
        catch (ArgumentException exception)
        {
            findings.Error("FLD104", place, $"is \"{expression}\", which is no regular expression: {exception.Message}");
        }
        catch (NotSupportedException)
        {
            findings.Error(
                "FLD104", place, "uses a look-around, a back reference or an atomic group, which RE2 does not have either",
                "write it without");
        }

        return false;
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
            : IsExpression(fields, regex!) ? new(TextMatchKind.Regex, regex!) : null;
    }

    private static bool IsExpression(Fields fields, string regex)
    {
        if (regex.Length > 0)
        {
            return CheckExpression(regex, fields.Of("regex"), fields.Findings);
        }

        fields.Findings.Error("FLD104", fields.Of("regex"), "is empty", "write .* to match everything");
        return false;
    }
}
