using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>An IEEE 802.2 LLC header, with the SNAP header after it (RFC 1042).</summary>
/// <param name="EtherType">What follows.</param>
internal readonly record struct LlcHeader(ushort EtherType)
{
    //  | DSAP 0xAA (8) | SSAP 0xAA (8) | control 0x03 (8) |   organisation (24)   |  type (16)  |   RFC 1042
    //  | DSAP 0x06 (8) | SSAP 0x06 (8) | control 0x03 (8) |  IPv4 follows at once                   RFC 948
    public const int LlcLength = 3;
    public const int SnapLength = 8;

    private const uint UnnumberedSnap = 0xAAAA03;
    private const uint UnnumberedIp = 0x060603;

    /// <summary>Splits <paramref name="octets"/> into header and payload.</summary>
    /// <returns><see cref="DecodeStatus.NotIp"/> for spanning tree, NetBIOS, OSI and private protocols.</returns>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> octets, out LlcHeader header, out ReadOnlySpan<byte> rest)
    {
        header = default;
        rest = default;
        if (octets.Length < LlcLength)
        {
            return DecodeStatus.Truncated;
        }

        var kind = ((uint)octets[0] << 16) | ((uint)octets[1] << 8) | octets[2];
        if (kind == UnnumberedIp)
        {
            header = new LlcHeader(Packets.EtherType.Ipv4);
            rest = octets[LlcLength..];
            return DecodeStatus.Ok;
        }

        return kind == UnnumberedSnap ? TryDecodeSnap(octets, out header, out rest) : DecodeStatus.NotIp;
    }

    private static DecodeStatus TryDecodeSnap(ReadOnlySpan<byte> octets, out LlcHeader header, out ReadOnlySpan<byte> rest)
    {
        header = default;
        rest = default;
        if (octets.Length < SnapLength)
        {
            return DecodeStatus.Truncated;
        }

        // 00-00-00 is RFC 1042, 00-00-F8 the bridge-tunnel form of the same; any other organisation numbers its own protocols.
        if (octets[3] != 0 || octets[4] != 0 || octets[5] is not (0 or 0xF8))
        {
            return DecodeStatus.NotIp;
        }

        header = new LlcHeader(BinaryPrimitives.ReadUInt16BigEndian(octets[6..]));
        rest = octets[SnapLength..];
        return DecodeStatus.Ok;
    }
}
