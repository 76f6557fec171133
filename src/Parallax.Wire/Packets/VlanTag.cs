using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>A VLAN tag after its tag protocol identifier (IEEE 802.1Q §9.6).</summary>
/// <param name="Vid">The VLAN identifier, 12 bits; 0 is a mere priority tag.</param>
/// <param name="TypeOrLength">What follows, as in an Ethernet header.</param>
internal readonly record struct VlanTag(ushort Vid, ushort TypeOrLength)
{
    //  | priority (3) | DEI (1) |  VID (12)  |  type or length (16)  |
    public const int Length = 4;

    private const uint OneTag = 0x1000;
    private const uint TwoTags = 0x100_0000;

    /// <summary>Splits <paramref name="octets"/>, which start after the tag protocol identifier, into tag and payload.</summary>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> octets, out VlanTag tag, out ReadOnlySpan<byte> rest)
    {
        tag = default;
        rest = default;
        if (octets.Length < Length)
        {
            return DecodeStatus.Truncated;
        }

        tag = new VlanTag(
            (ushort)(BinaryPrimitives.ReadUInt16BigEndian(octets) & 0xFFF),
            BinaryPrimitives.ReadUInt16BigEndian(octets[2..]));
        rest = octets[Length..];
        return DecodeStatus.Ok;
    }

    /// <summary>Adds <paramref name="vid"/> to the tags seen so far, in the form of <see cref="TcpSegment.Vlans"/>; of more than two
    /// tags the innermost two are kept.</summary>
    public static uint Push(uint vlans, ushort vid) =>
        vlans == 0 ? OneTag | vid : TwoTags | ((vlans & 0xFFF) << 12) | vid;
}
