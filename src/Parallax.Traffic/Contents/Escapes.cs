using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace Parallax.Traffic.Contents;

/// <summary>Takes the escapes off values.</summary>
/// <remarks>Each method writes at most as many octets as it reads. Thread safety: pure functions.</remarks>
internal static class Escapes
{
    // With zeros before the number.
    private const int LongestReference = 24;

    /// <summary>True when octets begin with a percent sign and two hexadecimal digits.</summary>
    public static bool IsPercent(ReadOnlySpan<byte> octets) =>
        octets.Length > 2 && octets[0] == (byte)'%' && char.IsAsciiHexDigit((char)octets[1]) && char.IsAsciiHexDigit((char)octets[2]);

    /// <summary>Takes off percent-encoding.</summary>
    /// <param name="text">As in a URL or form.</param>
    /// <param name="to">As long as <paramref name="text"/> at least.</param>
    /// <param name="isForm">True when <c>+</c> stands for a blank.</param>
    /// <returns>How many octets it stands for.</returns>
    public static int Percent(ReadOnlySpan<byte> text, Span<byte> to, bool isForm)
    {
        var length = 0;
        for (var at = 0; at < text.Length; at++)
        {
            var octet = text[at];
            if (octet == (byte)'%' && IsPercent(text[at..]))
            {
                octet = (byte)((Nibble(text[at + 1]) << 4) | Nibble(text[at + 2]));
                at += 2;
            }

            to[length++] = octet == (byte)'+' && isForm && text[at] == (byte)'+' ? (byte)' ' : octet;
        }

        return length;
    }

    /// <summary>Takes off the character references of markup: <c>&amp;amp;</c>, <c>&amp;#61;</c>.</summary>
    /// <returns>How many octets it stands for.</returns>
    public static int References(ReadOnlySpan<byte> text, Span<byte> to)
    {
        var length = 0;
        while (text.IndexOf((byte)'&') is >= 0 and var at)
        {
            text[..at].CopyTo(to[length..]);
            length += at;
            text = text[at..];
            var end = text[..Math.Min(text.Length, LongestReference)].IndexOf((byte)';');
            var rune = end > 1 ? Reference(text[1..end]) : default;
            if (rune == default)
            {
                to[length++] = (byte)'&';
                text = text[1..];
            }
            else
            {
                length += rune.EncodeToUtf8(to[length..]);
                text = text[(end + 1)..];
            }
        }

        text.CopyTo(to[length..]);
        return length + text.Length;
    }

    /// <summary>Takes off Base64, with either alphabet, when it stands for text.</summary>
    /// <param name="text">Perhaps Base64.</param>
    /// <param name="to">As long as <paramref name="text"/> at least.</param>
    /// <returns>How many octets it stands for; 0 when it is no Base64, or not of text.</returns>
    public static int Base64Text(ReadOnlySpan<byte> text, Span<byte> to)
    {
        text = text.TrimEnd((byte)'=');
        var blocks = text.Length & ~3;
        var own = to[..((text.Length + 3) & ~3)];
        text.Replace(own[..text.Length], (byte)'-', (byte)'+');
        own[..text.Length].Replace((byte)'_', (byte)'/');
        own[text.Length..].Fill((byte)'=');
        if (text.Length - blocks == 1
            || Base64.DecodeFromUtf8InPlace(own, out var length) != System.Buffers.OperationStatus.Done || !IsText(own[..length]))
        {
            return 0;
        }

        return length;
    }

    /// <summary>Copies a text without its line ends: Base64 is written in lines (RFC 2045 §6.8).</summary>
    /// <returns>The copy, in <paramref name="to"/>.</returns>
    public static ReadOnlySpan<byte> WithoutLineEnds(ReadOnlySpan<byte> text, Span<byte> to)
    {
        var length = 0;
        foreach (var octet in text)
        {
            to[length] = octet;
            length += octet is (byte)'\r' or (byte)'\n' ? 0 : 1;
        }

        return to[..length];
    }

    private static bool IsText(ReadOnlySpan<byte> octets) =>
        !octets.ContainsAnyInRange((byte)0, (byte)8) && !octets.ContainsAnyInRange((byte)14, (byte)31) && Utf8.IsValid(octets);

    private static Rune Reference(ReadOnlySpan<byte> name)
    {
        if (name[0] != (byte)'#')
        {
            return name switch
            {
                [(byte)'a', (byte)'m', (byte)'p'] => new('&'),
                [(byte)'l', (byte)'t'] => new('<'),
                [(byte)'g', (byte)'t'] => new('>'),
                [(byte)'q', (byte)'u', (byte)'o', (byte)'t'] => new('"'),
                [(byte)'a', (byte)'p', (byte)'o', (byte)'s'] => new('\''),
                _ when name.SequenceEqual("equals"u8) => new('='),
                _ when name.SequenceEqual("colon"u8) => new(':'),
                _ when name.SequenceEqual("plus"u8) => new('+'),
                _ when name.SequenceEqual("sol"u8) => new('/'),
                _ => default,
            };
        }

        var isHex = name.Length > 2 && (name[1] | 0x20) == (byte)'x';
        var digits = name[(isHex ? 2 : 1)..];
        var isNumber = Utf8Parser.TryParse(digits, out uint value, out var consumed, isHex ? 'x' : 'D') && consumed == digits.Length;
        return isNumber && Rune.IsValid(value) ? new(value) : default;
    }

    private static int Nibble(byte digit) => digit <= (byte)'9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
