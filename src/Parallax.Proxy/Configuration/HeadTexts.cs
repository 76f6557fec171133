using System.Buffers;

namespace Parallax.Proxy.Configuration;

/// <summary>Checks texts of documents that become part of a head: what ends a line or a word there would make another message of
/// it.</summary>
internal static class HeadTexts
{
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>True for one or more tchar (RFC 9110 §5.6.2), as names of headers and methods are.</summary>
    public static bool IsToken(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(TokenCharacters);

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
