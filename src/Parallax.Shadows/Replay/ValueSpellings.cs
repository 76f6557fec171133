using System.Net;
using System.Text.Encodings.Web;

namespace Parallax.Shadows.Replay;

/// <summary>The spellings in which one value travels: a cookie is issued percent-encoded and comes back decoded in a header, a token of a
/// page comes back in a form or in JSON.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class ValueSpellings
{
    /// <summary>What stands for a value in each spelling, that in which it was issued first.</summary>
    /// <param name="recorded">What the primary issued, as it stood there.</param>
    /// <param name="issued">What the target issued, as it stood there.</param>
    /// <returns>Pairs of the same spelling; no two for the same octets.</returns>
    public static IEnumerable<(string Recorded, string Issued)> Of(string recorded, string issued) =>
        All(recorded, issued).Where(pair => pair.Recorded.Length > 0).DistinctBy(pair => pair.Recorded);

    private static IEnumerable<(string Recorded, string Issued)> All(string recorded, string issued)
    {
        yield return (recorded, issued);
        var (plain, plainIssued) = (Unquoted(recorded), Unquoted(issued));
        foreach (var pair in Encoded(plain, plainIssued))
        {
            yield return pair;
        }

        // Encoded where it was issued: decoded wherever else it stands, and encoded again.
        if (plain.Contains('%'))
        {
            foreach (var pair in Encoded(Uri.UnescapeDataString(plain), Uri.UnescapeDataString(plainIssued)))
            {
                yield return pair;
            }
        }
    }

    private static IEnumerable<(string Recorded, string Issued)> Encoded(string recorded, string issued)
    {
        yield return (recorded, issued);
        yield return Both(Uri.EscapeDataString);
        yield return Both(value => LowerEscapes(Uri.EscapeDataString(value)));
        yield return Both(value => Uri.EscapeDataString(value).Replace("%20", "+", StringComparison.Ordinal));
        yield return Both(value => value.Replace("/", "\\/", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal));
        yield return Both(JavaScriptEncoder.Default.Encode);
        yield return Both(WebUtility.HtmlEncode!);

        (string Recorded, string Issued) Both(Func<string, string> encode) => (encode(recorded), encode(issued));
    }

    // A validator may be weak: W/"…".
    private static string Unquoted(string value)
    {
        var start = value.StartsWith("W/\"", StringComparison.Ordinal) ? 2 : 0;
        return value.Length >= start + 2 && value[start] == '"' && value[^1] == '"' ? value[(start + 1)..^1] : value;
    }

    private static string LowerEscapes(string escaped) => string.Create(escaped.Length, escaped, static (lower, text) =>
    {
        for (var at = 0; at < text.Length; at++)
        {
            var isDigit = (at > 0 && text[at - 1] == '%') || (at > 1 && text[at - 2] == '%');
            lower[at] = isDigit ? char.ToLowerInvariant(text[at]) : text[at];
        }
    });
}
