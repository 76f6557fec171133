using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Parallax.Traffic.Rewriting;

/// <summary>Compiles expressions in the syntax of RE2, which Envoy and Istio use, to the runtime's own; both take time in proportion to the
/// input.</summary>
/// <remarks>
/// Octets are looked at one by one (see <see cref="Latin1Scratch"/>), so a letter beyond US-ASCII in the expression is its UTF-8 octets.
/// What differs between the two languages and is understood here: <c>\d \s \w</c> and their complements are US-ASCII;
/// <c>(?P&lt;name&gt;…)</c> groups are counted like any other; <c>[[:alpha:]]</c> and its kin; <c>\pN</c>; <c>\x{41}</c>; <c>\Q…\E</c>; a
/// bracket inside of brackets is a bracket. Thread safety: pure.
/// </remarks>
internal static class Re2Expression
{
    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    /// <summary>Whether the whole text must match.</summary>
    public enum Whole
    {
        /// <summary>Some part of it.</summary>
        No,

        /// <summary>All of it.</summary>
        Yes,
    }

    /// <summary>Compiles an expression.</summary>
    /// <param name="expression">The expression; an empty one matches the empty text.</param>
    /// <param name="whole">Whether the whole text must match.</param>
    /// <param name="regex">The result; null when false is returned.</param>
    /// <param name="error">What is wrong; null when true is returned.</param>
    public static bool TryCompile(
        string expression, Whole whole, [NotNullWhen(true)] out Regex? regex, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(expression);
        (regex, error) = (null, null);
        try
        {
            // Compiled by itself first: put between brackets, "a)|(b" would become valid.
            var translated = Translate(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(expression)));
            regex = new Regex(translated, Options);
            regex = whole == Whole.Yes ? new Regex($@"\A(?:{translated})\z", Options) : regex;
            return true;
        }
        catch (RegexParseException exception)
        {
            error = $"\"{expression}\" is not a regular expression: {exception.Message}";
            return false;
        }
        catch (NotSupportedException)
        {
            error = $"\"{expression}\" uses a look-around, a back reference or an atomic group, which RE2 does not have; write it without";
            return false;
        }
    }

    /// <summary>A replacement in the syntax of RE2 (<c>\1</c>) in that of the runtime (<c>${1}</c>).</summary>
    public static string ReplacementOf(string replacement)
    {
        var written = new StringBuilder();
        for (var at = 0; at < replacement.Length; at++)
        {
            var next = at + 1 < replacement.Length ? replacement[at + 1] : '\0';
            if (replacement[at] == '\\' && char.IsAsciiDigit(next))
            {
                written.Append("${").Append(next).Append('}');
                at++;
            }
            else if (replacement[at] == '\\' && next == '\\')
            {
                written.Append('\\');
                at++;
            }
            else
            {
                written.Append(replacement[at] == '$' ? "$$" : replacement[at].ToString());
            }
        }

        return Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(written.ToString()));
    }

    private static string Translate(string text)
    {
        var written = new StringBuilder();
        var at = 0;
        while (at < text.Length)
        {
            at = text[at] switch
            {
                '\\' => Escape(text, at, isInClass: false, written),
                '[' => Class(text, at, written),
                '(' when text.AsSpan(at).StartsWith("(?P<") => Group(text, at, 4, written),
                '(' when text.AsSpan(at).StartsWith("(?<") && at + 3 < text.Length && text[at + 3] is not ('=' or '!') =>
                    Group(text, at, 3, written),
                var other => Keep(other, at, written),
            };
        }

        return written.ToString();
    }

    private static int Keep(char character, int at, StringBuilder written)
    {
        written.Append(character);
        return at + 1;
    }

    // The runtime counts named groups after the others; without its name a group is counted where it stands.
    private static int Group(string text, int at, int nameAt, StringBuilder written)
    {
        var end = text.IndexOf('>', at + nameAt);
        written.Append('(');
        return end < 0 ? at + nameAt : end + 1;
    }

    private static int Class(string text, int at, StringBuilder written)
    {
        written.Append(text[at++]);
        if (at < text.Length && text[at] == '^')
        {
            written.Append(text[at++]);
        }

        var first = at;
        while (at < text.Length && (text[at] != ']' || at == first))
        {
            if (text[at] == '[' && PosixClassOf(text.AsSpan(at)) is { } posix)
            {
                written.Append(posix.Members);
                at += posix.Length;
            }
            else if (text[at] == '\\')
            {
                at = Escape(text, at, isInClass: true, written);
            }
            else
            {
                written.Append(text[at] is '[' or ']' ? "\\" : "").Append(text[at++]);
            }
        }

        return at < text.Length ? Keep(']', at, written) : at;
    }

    private static (string Members, int Length)? PosixClassOf(ReadOnlySpan<char> text)
    {
        foreach (var (name, members) in PosixClasses)
        {
            if (text.StartsWith(name))
            {
                return (members, name.Length);
            }
        }

        return null;
    }

    private static readonly (string Name, string Members)[] PosixClasses =
    [
        ("[:alnum:]", "0-9A-Za-z"), ("[:alpha:]", "A-Za-z"), ("[:ascii:]", @"\x00-\x7F"), ("[:blank:]", @"\t "),
        ("[:cntrl:]", @"\x00-\x1F\x7F"), ("[:digit:]", "0-9"), ("[:graph:]", "!-~"), ("[:lower:]", "a-z"), ("[:print:]", " -~"),
        ("[:punct:]", @"!-/:-@\[-`{-~"), ("[:space:]", @"\t\n\v\f\r "), ("[:upper:]", "A-Z"), ("[:word:]", "0-9A-Za-z_"),
        ("[:xdigit:]", "0-9A-Fa-f"),
    ];

    private static int Escape(string text, int at, bool isInClass, StringBuilder written)
    {
        if (at + 1 == text.Length)
        {
            return Keep('\\', at, written);
        }

        var rest = text.AsSpan(at);
        switch (text[at + 1])
        {
            case 'd' or 'w' or 's' when isInClass:
                written.Append(MembersOf(text[at + 1]));
                return at + 2;
            case 'd' or 'w' or 's' or 'D' or 'W' or 'S' when !isInClass:
                written.Append(char.IsAsciiLetterUpper(text[at + 1]) ? "[^" : "[").Append(MembersOf(text[at + 1])).Append(']');
                return at + 2;
            case 'Q':
                var end = rest.IndexOf(@"\E");
                written.Append(Regex.Escape(rest[2..(end < 0 ? rest.Length : end)].ToString()));
                return end < 0 ? text.Length : at + end + 2;
            case 'x' when rest.Length > 3 && rest[2] == '{' && rest.IndexOf('}') is var close and > 3
                && int.TryParse(rest[3..close], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                written.Append(CultureInfo.InvariantCulture, $@"\u{code & 0xFFFF:X4}");
                return at + close + 1;
            case 'p' or 'P' when rest.Length > 2 && rest[2] != '{':
                written.Append(rest[..2]).Append('{').Append(rest[2]).Append('}');
                return at + 3;
            default:
                written.Append(rest[..2]);
                return at + 2;
        }
    }

    private static string MembersOf(char letter) => char.ToLowerInvariant(letter) switch
    {
        'd' => "0-9",
        'w' => "0-9A-Za-z_",
        _ => @"\t\n\f\r ",
    };
}
