using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>Reads Istio's StringMatch.</summary>
internal static class StringMatchReader
{
    /// <summary>Reads a condition on a text.</summary>
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

    /// <summary>Reads the condition on one header or query parameter.</summary>
    public static FieldMatchConfig? ReadNamed(string name, Fields match)
    {
        if (name.Length == 0)
        {
            match.Findings.Error("FLD104", match.Place, "has no name");
        }

        return Read(match, mayBePresent: true) is { } value ? new FieldMatchConfig(name, value) : null;
    }

    private static string? Expression(Fields fields, string regex)
    {
        if (regex.Length > 0)
        {
            return Expressions.Check(regex, fields.Of("regex"), fields.Findings);
        }

        fields.Findings.Error("FLD104", fields.Of("regex"), "is empty", "write .* to match everything");
        return null;
    }
}
