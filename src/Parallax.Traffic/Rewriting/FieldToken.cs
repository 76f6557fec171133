namespace Parallax.Traffic.Rewriting;

/// <summary>Names of fields, as RFC 9110 §5.6.2 has them.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class FieldToken
{
    private const string Marks = "!#$%&'*+-.^_`|~";

    /// <summary>True for one or more tchar (RFC 9110 §5.6.2).</summary>
    public static bool IsToken(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            if (!char.IsAsciiLetterOrDigit(character) && !Marks.Contains(character, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return !text.IsEmpty;
    }
}
