using System.Buffers;
using System.Text;

namespace Parallax.Traffic.Rewriting;

/// <summary>Room in which octets become characters for a regular expression to look at: each octet one character (ISO 8859-1), so that
/// nothing is lost and nothing allocated.</summary>
/// <remarks>Thread safety: none; one per thread. A view is valid until the next one is asked for.</remarks>
public sealed class Latin1Scratch
{
    private char[] _characters = new char[1024];
    private byte[] _list = [];

    /// <summary>Room for the value of one header.</summary>
    internal ArrayBufferWriter<byte> Value { get; } = new(256);

    /// <summary>The octets as characters.</summary>
    public ReadOnlySpan<char> Widen(ReadOnlySpan<byte> octets)
    {
        var characters = Reserve(octets.Length);
        return characters[..Encoding.Latin1.GetChars(octets, characters)];
    }

    /// <summary>The octets of a query's part as characters, <c>%XX</c> and <c>+</c> decoded; what is not a valid escape stays as it
    /// is.</summary>
    public ReadOnlySpan<char> WidenDecoded(ReadOnlySpan<byte> octets)
    {
        Reserve(octets.Length);
        var count = 0;
        for (var at = 0; at < octets.Length; at++)
        {
            var octet = octets[at];
            if (octet == (byte)'%' && at + 2 < octets.Length
                && char.IsAsciiHexDigit((char)octets[at + 1]) && char.IsAsciiHexDigit((char)octets[at + 2]))
            {
                _characters[count++] = (char)((HexValue(octets[at + 1]) << 4) | HexValue(octets[at + 2]));
                at += 2;
                continue;
            }

            _characters[count++] = octet == (byte)'+' ? ' ' : (char)octet;
        }

        return _characters.AsSpan(0, count);
    }

    /// <summary>Two parts of a list header as one, joined by a comma; the first may be what this method gave before.</summary>
    public ReadOnlySpan<byte> Join(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var length = first.Length + 1 + second.Length;
        var list = _list.Length < length ? new byte[length * 2] : _list;
        first.CopyTo(list);
        list[first.Length] = (byte)',';
        second.CopyTo(list.AsSpan(first.Length + 1));
        _list = list;
        return list.AsSpan(0, length);
    }

    // '0'..'9' are 0x30..0x39; 'A'..'F' and 'a'..'f' end in 1..6 and have bit 6 set.
    private static int HexValue(byte digit) => (digit & 0x0F) + ((digit >> 6) * 9);

    /// <summary>Room for so many characters, at least; ends the last view.</summary>
    internal Span<char> Reserve(int characters)
    {
        if (_characters.Length < characters)
        {
            _characters = new char[Math.Max(characters, _characters.Length * 2)];
        }

        return _characters;
    }
}
