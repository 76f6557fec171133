using System.Buffers;

namespace Parallax.Traffic.Redaction;

/// <summary>Reads what is assigned to what in a text whose grammar is not known: <c>key=value</c>, <c>key: value</c>,
/// <c>"key": "value"</c>, <c>key => 'value'</c>, however the quotes are written.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class Assignment
{
    private const int LongestKey = 64;
    private const int LongestGap = 4;
    private const int LengthOfBlockQuote = 3;

    private static readonly SearchValues<byte> KeyOctets =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.$[]%"u8);

    /// <summary>The octets that end a value which stands in no quotes.</summary>
    public static readonly SearchValues<byte> Ends = SearchValues.Create(" \t\r\n\"'`<>&;"u8);

    // What announces a block of lines (YAML 1.2 §8.1).
    private static readonly SearchValues<byte> BlockOctets = SearchValues.Create("|>+- \t123456789"u8);

    private static readonly SearchValues<byte> Leads = SearchValues.Create(" \t-#>*\"'"u8);

    private static readonly byte[][] Quotes =
    [
        "\"\"\""u8.ToArray(), "'''"u8.ToArray(),
        "\""u8.ToArray(), "'"u8.ToArray(), "`"u8.ToArray(), "\\\""u8.ToArray(), "\\'"u8.ToArray(), "&quot;"u8.ToArray(),
        "&#34;"u8.ToArray(), "&#x22;"u8.ToArray(), "&#39;"u8.ToArray(), "&#x27;"u8.ToArray(), "&apos;"u8.ToArray(),
        "\\u0022"u8.ToArray(), "\\x22"u8.ToArray(), "\\u0027"u8.ToArray(), "\\x27"u8.ToArray(), "%22"u8.ToArray(),
    ];

    // Two words that are one key.
    private static readonly byte[][] SecondWords = ["key"u8.ToArray(), "code"u8.ToArray(), "string"u8.ToArray(), "phrase"u8.ToArray()];

    /// <summary>The key before a joint; empty when there is none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="joint">Where <c>=</c> or <c>:</c> stands.</param>
    /// <param name="isQuoted">True when it stands in quotes.</param>
    public static Range KeyBefore(ReadOnlySpan<byte> text, int joint, out bool isQuoted)
    {
        var before = text[Math.Max(0, joint - LongestKey - (2 * LongestGap))..joint];
        var first = joint - before.Length;
        before = before.TrimEnd(" \t"u8);
        var quote = QuoteAtEnd(before);
        isQuoted = quote > 0;
        before = before[..^quote];
        var start = before.LastIndexOfAnyExcept(KeyOctets) + 1;
        if (start == before.Length || before[start] is >= (byte)'0' and <= (byte)'9' || SecretMarks.IsOpenAtEnd(before[..start]))
        {
            return default;
        }

        if (start > 1 && before[start - 1] == (byte)' ' && IsSecondWord(before[start..]))
        {
            start = before[..(start - 1)].LastIndexOfAnyExcept(KeyOctets) + 1;
        }

        return (first + start)..(first + before.Length);
    }

    /// <summary>How many octets the quote is that a text begins with; 0 when it begins with none.</summary>
    public static int QuoteAt(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] is not ((byte)'"' or (byte)'\'' or (byte)'`' or (byte)'\\' or (byte)'&' or (byte)'%'))
        {
            return 0;
        }

        foreach (var quote in Quotes)
        {
            if (text.StartsWith(quote))
            {
                return quote.Length;
            }
        }

        return 0;
    }

    /// <summary>How many octets stand before the closing quote, or the end of the line when there is none. What stands in three quotes may
    /// be several lines.</summary>
    /// <remarks>What stands after the closing quote is not looked at: there may be as many quotes as octets.</remarks>
    /// <param name="text">What stands after the opening quote.</param>
    /// <param name="quote">The quote.</param>
    public static int LengthOfQuoted(ReadOnlySpan<byte> text, ReadOnlySpan<byte> quote)
    {
        var isBlock = quote.Length == LengthOfBlockQuote && quote[0] == quote[^1];
        var (from, since) = (0, 0);
        while (from < text.Length)
        {
            var next = isBlock ? text[from..].IndexOf(quote[0]) : text[from..].IndexOfAny(quote[0], (byte)'\r', (byte)'\n');
            var close = from + next;
            if (next < 0)
            {
                return text.Length;
            }

            if (!isBlock && text[close] is (byte)'\r' or (byte)'\n')
            {
                return close;
            }

            // A quote may be escaped: within "…" by one backslash, within \"…\" by more.
            var isQuote = text[close..].StartsWith(quote);
            if (isQuote && (close - (since + text[since..close].LastIndexOfAnyExcept((byte)'\\') + 1)) % 2 == 0)
            {
                return close;
            }

            from = close + (isQuote ? quote.Length : 1);
            since = isQuote ? from : since;
        }

        return text.Length;
    }

    /// <summary>How many octets the lines are that belong to a key because they are indented further (YAML).</summary>
    /// <param name="text">The text.</param>
    /// <param name="key">Where the key begins.</param>
    /// <param name="start">What follows its colon, without blanks.</param>
    /// <returns>0 when something else stands in the line of the key, or no such line follows.</returns>
    public static int LengthOfBlock(ReadOnlySpan<byte> text, int key, int start)
    {
        var lead = text[start..].IndexOfAny((byte)'\r', (byte)'\n');
        if (lead < 0 || lead > LongestGap || text.Slice(start, lead).ContainsAnyExcept(BlockOctets))
        {
            return 0;
        }

        var indent = key - (text[..key].LastIndexOf((byte)'\n') + 1);
        var end = start + lead;
        for (var from = end; from < text.Length;)
        {
            var line = text[from..].IndexOf((byte)'\n') is >= 0 and var length ? text.Slice(from, length + 1) : text[from..];
            var content = line.TrimStart((byte)' ');
            var isBlank = content.Trim("\t\r\n"u8).IsEmpty;
            if (!isBlank && line.Length - content.Length <= indent)
            {
                break;
            }

            from += line.Length;
            end = isBlank ? end : from - (line.Length - line.TrimEnd("\r\n"u8).Length);
        }

        return end > start + lead ? end - start : 0;
    }

    /// <summary>True when nothing but blanks, a list's hyphen, a comment's sign or a quote stands before a key in its line.</summary>
    public static bool BeginsLine(ReadOnlySpan<byte> text, int key)
    {
        var before = text[Math.Max(0, key - LongestKey)..key];
        var line = before[(before.LastIndexOfAny((byte)'\r', (byte)'\n') + 1)..];
        return !line.ContainsAnyExcept(Leads) && (line.Length < before.Length || key <= LongestKey);
    }

    private static int QuoteAtEnd(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[^1] is not ((byte)'"' or (byte)'\'' or (byte)'`' or (byte)';' or (byte)'2' or (byte)'7'))
        {
            return 0;
        }

        var longest = 0;
        foreach (var quote in Quotes)
        {
            longest = text.EndsWith(quote) ? Math.Max(longest, quote.Length) : longest;
        }

        return longest;
    }

    private static bool IsSecondWord(ReadOnlySpan<byte> word)
    {
        foreach (var second in SecondWords)
        {
            if (System.Text.Ascii.EqualsIgnoreCase(word, second))
            {
                return true;
            }
        }

        return false;
    }
}
