using System.Text;

namespace Parallax.Recording.Har;

/// <summary>Makes octets again of a body that a HAR file shows as text.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class HarText
{
    private static readonly string[] TextKinds = ["json", "xml", "javascript", "graphql", "yaml", "csp-report"];

    /// <summary>The octets that a text may stand for, the likeliest first: in the type's own charset; in UTF-8, or one octet a character,
    /// which is how Chromium shows what is no UTF-8; with the line ends that a form must have.</summary>
    /// <param name="text">The text.</param>
    /// <param name="type">The content type.</param>
    public static IEnumerable<byte[]> WaysOf(string text, string type)
    {
        var isLatin1 = text.AsSpan().IndexOfAnyExceptInRange('\0', '\u00FF') < 0;
        var isBinary = isLatin1 && (text.AsSpan().ContainsAnyInRange('\0', '\u0008') || (type.Length > 0 && !IsText(type)));
        if (HarForms.ParameterIn(type, "charset") is { } charset && EncodingOf(charset) is { } encoding
            && TryEncode(encoding, text) is { } own)
        {
            yield return own;
        }

        yield return (isBinary ? Encoding.Latin1 : Encoding.UTF8).GetBytes(text);
        if (isLatin1)
        {
            yield return (isBinary ? Encoding.UTF8 : Encoding.Latin1).GetBytes(text);
        }

        if (HarForms.Is(type, "multipart/"))
        {
            yield return Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n"));
        }
    }

    private static bool IsText(string type) =>
        HarForms.Is(type, "text/") || HarForms.Is(type, "multipart/") || HarForms.Is(type, "application/x-www-form-urlencoded")
        || Array.Exists(TextKinds, kind => type.Contains(kind, StringComparison.OrdinalIgnoreCase));

    private static Encoding? EncodingOf(string charset)
    {
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(
                charset, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
                ?? Encoding.GetEncoding(charset, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static byte[]? TryEncode(Encoding encoding, string text)
    {
        try
        {
            return encoding.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            return null;
        }
    }
}
