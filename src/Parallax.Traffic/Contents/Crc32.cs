using System.Buffers.Binary;

namespace Parallax.Traffic.Contents;

/// <summary>CRC-32 as gzip has it (RFC 1952 §8), eight octets at a time.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB8_8320;
    private const int Values = 256;

    private static readonly uint[] Tables = MakeTables();

    /// <summary>The checksum of what <paramref name="sum"/> stands for and <paramref name="octets"/>; begin with 0. That of "123456789" is
    /// CBF43926.</summary>
    public static uint Add(uint sum, ReadOnlySpan<byte> octets)
    {
        var tables = Tables;
        sum = ~sum;
        while (octets.Length >= sizeof(ulong))
        {
            var both = BinaryPrimitives.ReadUInt64LittleEndian(octets) ^ sum;
            sum = tables[(7 * Values) + (int)(both & 0xFF)] ^ tables[(6 * Values) + (int)((both >> 8) & 0xFF)]
                ^ tables[(5 * Values) + (int)((both >> 16) & 0xFF)] ^ tables[(4 * Values) + (int)((both >> 24) & 0xFF)]
                ^ tables[(3 * Values) + (int)((both >> 32) & 0xFF)] ^ tables[(2 * Values) + (int)((both >> 40) & 0xFF)]
                ^ tables[Values + (int)((both >> 48) & 0xFF)] ^ tables[(int)(both >> 56)];
            octets = octets[sizeof(ulong)..];
        }

        foreach (var octet in octets)
        {
            sum = (sum >> 8) ^ tables[(int)((sum ^ octet) & 0xFF)];
        }

        return ~sum;
    }

    private static uint[] MakeTables()
    {
        var tables = new uint[8 * Values];
        for (var value = 0u; value < Values; value++)
        {
            var sum = value;
            for (var bit = 0; bit < 8; bit++)
            {
                sum = (sum & 1) != 0 ? (sum >> 1) ^ Polynomial : sum >> 1;
            }

            tables[value] = sum;
        }

        for (var i = Values; i < tables.Length; i++)
        {
            var before = tables[i - Values];
            tables[i] = (before >> 8) ^ tables[(int)(before & 0xFF)];
        }

        return tables;
    }
}
