using System.Buffers;

namespace Parallax.Wire.Http1;

/// <summary>The character classes of RFC 9110 and RFC 9112, as sets the vectorised searches understand.</summary>
internal static class HttpOctets
{
    internal const byte Tab = (byte)'\t';
    internal const byte LineFeed = (byte)'\n';
    internal const byte CarriageReturn = (byte)'\r';
    internal const byte Space = (byte)' ';

    /// <summary>tchar (RFC 9110 §5.6.2).</summary>
    internal static readonly SearchValues<byte> Token = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Octets that end or spoil a field value: every control character but HT.</summary>
    internal static readonly SearchValues<byte> Controls = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127]);

    /// <summary>Octets that show nothing: control characters, HT and space.</summary>
    internal static readonly SearchValues<byte> Invisible = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 127]);

    /// <summary>Visible US-ASCII but "#": what a strict request target may hold. Looser than RFC 3986 by the characters
    /// that browsers send unescaped ("|", "{", "^" and their like), which no parser understands differently.</summary>
    internal static readonly SearchValues<byte> Target = SearchValues.Create(
        "!\"$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    /// <summary>uri-host [":" port] (RFC 3986 §3.2.2), without its structure.</summary>
    internal static readonly SearchValues<byte> Host = SearchValues.Create(
        "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!$&'()*+,;=%:[]"u8);

    /// <summary>True for an octet that <see cref="Target"/> does not hold.</summary>
    internal static bool IsOutsideTarget(byte octet) => !Target.Contains(octet);

    internal static bool IsWhitespace(byte octet) => octet is Space or Tab;

    /// <summary>False for what <see cref="Invisible"/> holds.</summary>
    internal static bool IsVisible(byte octet) => octet is > Space and not 127;

    internal static bool IsDigit(byte octet) => octet is >= (byte)'0' and <= (byte)'9';

    /// <summary>The range without spaces, tabs and CRs at its two ends.</summary>
    internal static OctetRange Trim(ReadOnlySpan<byte> octets, int start, int end)
    {
        while (start < end && octets[start] is Space or Tab or CarriageReturn)
        {
            start++;
        }

        while (end > start && octets[end - 1] is Space or Tab or CarriageReturn)
        {
            end--;
        }

        return OctetRange.Between(start, end);
    }
}
