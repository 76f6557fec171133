using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>One entry of an MPLS label stack (RFC 3032 §2.1).</summary>
/// <param name="IsBottom">True for the last entry; the payload follows, and nothing says of what kind it is.</param>
internal readonly record struct MplsLabel(bool IsBottom)
{
    //  |        label (20)        | traffic class (3) | S (1) |  TTL (8)  |
    public const int Length = 4;

    /// <summary>Splits <paramref name="octets"/> into the first entry and the rest.</summary>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> octets, out MplsLabel label, out ReadOnlySpan<byte> rest)
    {
        label = default;
        rest = default;
        if (octets.Length < Length)
        {
            return DecodeStatus.Truncated;
        }

        label = new MplsLabel((BinaryPrimitives.ReadUInt32BigEndian(octets) & 0x100) != 0);
        rest = octets[Length..];
        return DecodeStatus.Ok;
    }
}
