using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>The header of BSD loopback captures (LINKTYPE_NULL, LINKTYPE_LOOP).</summary>
/// <param name="EtherType">What follows, translated from the protocol family.</param>
internal readonly record struct LoopbackHeader(ushort EtherType)
{
    //  |   protocol family (32), in the byte order of the host that captured (Null) or of the network (Loop)   |
    public const int Length = 4;

    private const uint FamilyIpv4 = 2;

    /// <summary>Splits <paramref name="packet"/> into header and payload; the byte order follows from the value, which fits an
    /// octet.</summary>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> packet, out LoopbackHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (packet.Length < Length)
        {
            return DecodeStatus.Truncated;
        }

        var family = BinaryPrimitives.ReadUInt32LittleEndian(packet);
        family = family <= 0xFF ? family : BinaryPrimitives.ReverseEndianness(family);
        ushort type = family switch
        {
            FamilyIpv4 => Packets.EtherType.Ipv4,
            10 or 23 or 24 or 28 or 30 => Packets.EtherType.Ipv6, // Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS
            _ => 0,
        };
        if (type == 0)
        {
            return DecodeStatus.NotIp;
        }

        header = new LoopbackHeader(type);
        payload = packet[Length..];
        return DecodeStatus.Ok;
    }
}
