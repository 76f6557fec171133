namespace Parallax.Proxy.Configuration;

/// <summary>Checks texts of documents that become part of a head: what ends a line or a word there would make another message of
/// it.</summary>
internal static class HeadTexts
{
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
