using System.Buffers.Binary;
using System.Numerics;

namespace Parallax.Recording.Plx;

/// <summary>CRC-32C (Castagnoli; RFC 3720 §12.1), the checksum for which processors have an instruction.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class Crc32C
{
    /// <summary>The checksum of <paramref name="octets"/>; that of "123456789" is E3069283.</summary>
    public static uint Of(ReadOnlySpan<byte> octets) => ~Add(uint.MaxValue, octets);

    /// <summary>The checksum of two pieces, one after the other.</summary>
    public static uint Of(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second) => ~Add(Add(uint.MaxValue, first), second);

    /// <summary>The checksum of a piece and all before it.</summary>
    /// <param name="crc">The checksum of what is before it; 0 when nothing is.</param>
    /// <param name="octets">The piece.</param>
    public static uint GoOn(uint crc, ReadOnlySpan<byte> octets) => ~Add(~crc, octets);

    private static uint Add(uint sum, ReadOnlySpan<byte> octets)
    {
        while (octets.Length >= sizeof(ulong))
        {
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(octets));
            octets = octets[sizeof(ulong)..];
        }

        foreach (var octet in octets)
        {
            sum = BitOperations.Crc32C(sum, octet);
        }

        return sum;
    }
}
