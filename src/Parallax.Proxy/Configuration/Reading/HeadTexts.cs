using System.Buffers;
using Parallax.Documents;

namespace Parallax.Proxy.Configuration.Reading;

/// <summary>Checks texts of documents that become part of a head: what ends a line or a word there would make another message of
/// it.</summary>
internal static class HeadTexts
{
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>True for one or more tchar (RFC 9110 §5.6.2), as names of headers and methods are.</summary>
    public static bool IsToken(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(TokenCharacters);

    /// <summary>A field that becomes part of a request target or an authority, so it holds neither control characters nor blanks; null when
    /// missing or wrong, which is reported.</summary>
    public static string? UriPart(Fields fields, string key) =>
        fields.Text(key) is { } text && Check(text, mayHoldBlanks: false, fields.Of(key), fields.Findings) ? text : null;

    /// <summary>A list of texts that become part of a head, so they hold no control character; empty when missing. Wrong ones are reported
    /// and left out.</summary>
    public static IReadOnlyList<string> Lines(Fields fields, string key) =>
        fields.Texts(key, (text, place) => Check(text, mayHoldBlanks: true, place, fields.Findings));

    /// <summary>Reports what such a text must not hold.</summary>
    /// <returns>False when there was something.</returns>
    public static bool Check(string text, bool mayHoldBlanks, Place place, Findings findings)
    {
        if (text.Any(char.IsControl))
        {
            findings.Error("FLD104", place, "holds a control character, but becomes part of a head", "write one line of text");
            return false;
        }

        if (!mayHoldBlanks && text.Contains(' ', StringComparison.Ordinal))
        {
            findings.Error("FLD104", place, "holds a blank, which no URI can", "percent-encode it: %20");
            return false;
        }

        return true;
    }
}
