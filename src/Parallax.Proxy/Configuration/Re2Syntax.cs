using System.Text;

namespace Parallax.Proxy.Configuration;

/// <summary>Writes what only RE2 understands of regular expressions in the words of .NET.</summary>
internal static class Re2Syntax
{
    private static readonly Dictionary<string, string> Classes = new(StringComparer.Ordinal)
    {
        ["alnum"] = "0-9A-Za-z",
        ["alpha"] = "A-Za-z",
        ["ascii"] = @"\x00-\x7F",
        ["blank"] = @"\t ",
        ["cntrl"] = @"\x00-\x1F\x7F",
        ["digit"] = "0-9",
        ["graph"] = "!-~",
        ["lower"] = "a-z",
        ["print"] = " -~",
        ["punct"] = @"!-/:-@\[-`{-~",
        ["space"] = @"\t\n\v\f\r ",
        ["upper"] = "A-Z",
        ["word"] = "0-9A-Za-z_",
        ["xdigit"] = "0-9A-Fa-f",
    };

    /// <summary>Translates named groups, quoted texts, classes of characters by name and one-letter categories.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="foreign">What cannot be said in .NET; empty when null is not returned.</param>
    public static string? Translate(string expression, out string foreign)
    {
        var output = new StringBuilder(expression.Length);
        foreign = "";
        var isInClass = false;
        for (var at = 0; at < expression.Length;)
        {
            var rest = expression.AsSpan(at);
            var length = rest[0] == '\\' ? Escape(rest, output, ref foreign)
                : isInClass && rest.StartsWith("[:") ? NamedClass(rest, output, ref foreign)
                : !isInClass && rest.StartsWith("(?") ? Group(rest, output, ref foreign)
                : Plain(rest[0], output);
            var opens = !isInClass && rest[0] == '[';
            isInClass = opens || (isInClass && rest[0] != ']');
            at += length;

            // A bracket that closes nothing yet is one of the class.
            if (opens && Opening(rest) is { Length: > 1 } opening)
            {
                output.Append(opening[1..]);
                at += opening.Length - 2;
            }
        }

        return foreign.Length == 0 ? output.ToString() : null;
    }

    private static int Plain(char each, StringBuilder output)
    {
        output.Append(each);
        return 1;
    }

    private static string Opening(ReadOnlySpan<char> rest) => rest.StartsWith("[^]") ? @"[^\]" : rest.StartsWith("[]") ? @"[\]" : "[";

    private static int Escape(ReadOnlySpan<char> rest, StringBuilder output, ref string foreign)
    {
        if (rest.StartsWith(@"\Q"))
        {
            var end = rest.IndexOf(@"\E");
            var quoted = end < 0 ? rest[2..] : rest[2..end];
            output.Append(System.Text.RegularExpressions.Regex.Escape(quoted.ToString()));
            return end < 0 ? rest.Length : end + 2;
        }

        if (rest.StartsWith(@"\C"))
        {
            foreign = @"\C";
        }

        if (rest.Length > 2 && rest[1] is 'p' or 'P' && rest[2] != '{')
        {
            output.Append(rest[..2]).Append('{').Append(rest[2]).Append('}');
            return 3;
        }

        var length = Math.Min(2, rest.Length);
        output.Append(rest[..length]);
        return length;
    }

    private static int NamedClass(ReadOnlySpan<char> rest, StringBuilder output, ref string foreign)
    {
        var end = rest.IndexOf(":]");
        if (end > 0 && Classes.TryGetValue(rest[2..end].ToString(), out var members))
        {
            output.Append(members);
            return end + 2;
        }

        foreign = end > 0 ? rest[..(end + 2)].ToString() : "[:";
        return rest.Length;
    }

    private static int Group(ReadOnlySpan<char> rest, StringBuilder output, ref string foreign)
    {
        if (rest.StartsWith("(?P<"))
        {
            output.Append("(?<");
            return 4;
        }

        var end = rest.IndexOfAny(')', ':');
        if (end > 2 && rest[2..end].Contains('U') && !rest[2..end].ContainsAny('<', '=', '!'))
        {
            foreign = "(?U";
        }

        output.Append("(?");
        return 2;
    }
}
