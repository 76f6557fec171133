using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Parallax.Fuzz.Engine;

/// <summary>Changes inputs: bits, numbers in binary and in digits, pieces moved, doubled, cut and swapped, words of the format put in.
/// </summary>
/// <remarks>All of it follows from the random numbers it is given. Thread safety: none.</remarks>
internal sealed class Mutator(IReadOnlyList<string> words, int maxBytes)
{
    private const int MaxChanges = 6;
    private const int MaxRepeated = 256;
    private const int Operations = 14;

    private static readonly byte[] Octets = [0, 1, 0x7F, 0x80, 0xFF, (byte)'\r', (byte)'\n', (byte)' ', (byte)'\t', (byte)'"', (byte)':'];

    private static readonly long[] Numbers =
    [
        -1, 0, 1, 2, 7, 8, 127, 128, 255, 256, 1 << 15, (1 << 16) - 1, 1 << 16, 1 << 24, int.MaxValue, int.MinValue, uint.MaxValue,
        1L << 32, long.MaxValue, long.MinValue,
    ];

    private readonly byte[][] _words = [.. words.Select(word => Encoding.Latin1.GetBytes(word))];

    /// <summary>A changed copy of <paramref name="input"/>.</summary>
    /// <param name="input">Stays as it is.</param>
    /// <param name="other">Another, to take pieces from.</param>
    /// <param name="random">Chooses.</param>
    public byte[] Change(byte[] input, byte[] other, Random random)
    {
        var changed = (byte[])input.Clone();
        for (var left = random.Next(1, MaxChanges + 1); left > 0; left--)
        {
            changed = Once(changed, other, random);
        }

        return changed.Length > maxBytes ? changed[..maxBytes] : changed;
    }

    private byte[] Once(byte[] octets, byte[] other, Random random)
    {
        if (octets.Length == 0)
        {
            return PieceOf(other, random);
        }

        var at = random.Next(octets.Length);
        var end = EndOfPiece(octets, at, random);
        switch (random.Next(Operations))
        {
            case 0:
                octets[at] ^= (byte)(1 << random.Next(8));
                return octets;
            case 1:
                octets[at] = Octets[random.Next(Octets.Length)];
                return octets;
            case 2 when random.Next(4) == 0:
                return octets[..at];
            case 2 or 3:
                return [.. octets[..at], .. octets[end..]];
            case 4:
                return [.. octets[..at], .. PieceOf(other, random), .. octets[at..]];
            case 5:
                return [.. octets[..at], .. PieceOf(other, random), .. octets[end..]];
            case 6:
                return [.. octets[..end], .. octets[at..]];
            case 7:
                return Repeat(octets, at, end, random);
            case 8:
                random.NextBytes(octets.AsSpan(at, Math.Min(octets.Length - at, random.Next(1, 9))));
                return octets;
            case 9:
                return Binary(octets, at, random);
            case 10:
                return Digits(octets, at, random);
            case 11 when _words.Length > 0:
                return [.. octets[..at], .. _words[random.Next(_words.Length)], .. octets[end..]];
            default:
                return _words.Length == 0 ? octets : [.. octets[..at], .. _words[random.Next(_words.Length)], .. octets[at..]];
        }
    }

    private byte[] Repeat(byte[] octets, int at, int end, Random random)
    {
        var times = Math.Min(random.Next(2, random.Next(8) == 0 ? MaxRepeated : 8), maxBytes / (end - at + 1));
        var piece = octets[at..end];
        return [.. octets[..at], .. Enumerable.Repeat(piece, Math.Max(1, times)).SelectMany(each => each), .. octets[end..]];
    }

    private static byte[] Binary(byte[] octets, int at, Random random)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        var width = 1 << random.Next(4);
        var room = octets.AsSpan(at, Math.Min(width, octets.Length - at));
        var isBig = random.Next(2) == 0;
        var value = Numbers[random.Next(Numbers.Length)];
        if (random.Next(2) == 0 && room.Length == sizeof(int))
        {
            value = (isBig ? BinaryPrimitives.ReadInt32BigEndian(room) : BinaryPrimitives.ReadInt32LittleEndian(room))
                + random.Next(-2000, 2000);
        }

        BinaryPrimitives.WriteInt64LittleEndian(number, value);
        number = number[..room.Length];
        if (isBig)
        {
            number.Reverse();
        }

        number.CopyTo(room);
        return octets;
    }

    /// <summary>Puts another number in the place of the next digits.</summary>
    private static byte[] Digits(byte[] octets, int at, Random random)
    {
        var from = octets.AsSpan(at).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (from < 0)
        {
            return octets;
        }

        from += at;
        var length = octets.AsSpan(from).IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        var end = length < 0 ? octets.Length : from + length;
        var value = Numbers[random.Next(Numbers.Length)];
        if (random.Next(2) == 0
            && long.TryParse(octets.AsSpan(from, end - from), NumberStyles.None, CultureInfo.InvariantCulture, out var was))
        {
            value = was + random.Next(-3, 4);
        }

        var format = random.Next(4) == 0 ? "x" : "d";
        return [.. octets[..from], .. Encoding.ASCII.GetBytes(value.ToString(format, CultureInfo.InvariantCulture)), .. octets[end..]];
    }

    private static byte[] PieceOf(byte[] octets, Random random)
    {
        var at = random.Next(octets.Length + 1);
        return at == octets.Length ? [] : octets[at..EndOfPiece(octets, at, random)];
    }

    // Mostly short; lines where there are any.
    private static int EndOfPiece(byte[] octets, int at, Random random)
    {
        if (random.Next(3) == 0 && octets.AsSpan(at).IndexOf((byte)'\n') is var line and >= 0)
        {
            return at + line + 1;
        }

        var most = random.Next(4) == 0 ? octets.Length - at : Math.Min(octets.Length - at, 16);
        return at + random.Next(1, most + 1);
    }
}
