using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>An IPv6 fragment header (RFC 8200 §4.5).</summary>
/// <param name="NextHeader">What the reassembled datagram starts with; only the first fragment's counts.</param>
/// <param name="FragmentOffset">Where the payload belongs in the datagram, in octets.</param>
/// <param name="MoreFragments">False for the last fragment.</param>
/// <param name="Identification">Names the datagram that the fragment belongs to.</param>
internal readonly record struct Ipv6FragmentHeader(byte NextHeader, int FragmentOffset, bool MoreFragments, uint Identification)
{
    //  |  next header (8)  |  reserved (8)  |  fragment offset (13)  |  reserved (2)  |  M (1)  |
    //  |                               identification (32)                                      |
    public const int Length = 8;

    /// <summary>False for an "atomic" fragment, which is a whole datagram (RFC 6946).</summary>
    public bool IsFragment => MoreFragments || FragmentOffset != 0;

    /// <summary>Splits <paramref name="octets"/> into header and fragment.</summary>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> octets, out Ipv6FragmentHeader header, out ReadOnlySpan<byte> rest)
    {
        header = default;
        rest = default;
        if (octets.Length < Length)
        {
            return DecodeStatus.Truncated;
        }

        var fragment = BinaryPrimitives.ReadUInt16BigEndian(octets[2..]);
        header = new Ipv6FragmentHeader(
            octets[0], fragment & 0xFFF8, (fragment & 1) != 0, BinaryPrimitives.ReadUInt32BigEndian(octets[4..]));
        rest = octets[Length..];
        return DecodeStatus.Ok;
    }
}
