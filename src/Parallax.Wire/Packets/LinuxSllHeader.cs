using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>The header of Linux "cooked" captures, versions 1 (LINKTYPE_LINUX_SLL) and 2 (LINKTYPE_LINUX_SLL2).</summary>
/// <param name="Protocol">An <see cref="EtherType"/>, or one of the small numbers below for what has none.</param>
internal readonly record struct LinuxSllHeader(ushort Protocol)
{
    //  |  packet type (16)  | ARPHRD type (16) | address length (16) |  address (64)  | protocol (16) |                 version 1
    //  |  protocol (16)  | reserved (16) | interface index (32) | ARPHRD type (16) | packet type (8) | address length (8) | address (64) |
    public const int LengthOfVersion1 = 16;
    public const int LengthOfVersion2 = 20;

    /// <summary>An 802.2 LLC header follows.</summary>
    public const ushort Llc = 0x0004;

    /// <summary>Splits a packet of version 1 into header and payload.</summary>
    public static DecodeStatus TryDecodeVersion1(ReadOnlySpan<byte> packet, out LinuxSllHeader header, out ReadOnlySpan<byte> payload) =>
        TryDecode(packet, LengthOfVersion1, LengthOfVersion1 - sizeof(ushort), out header, out payload);

    /// <summary>Splits a packet of version 2 into header and payload.</summary>
    public static DecodeStatus TryDecodeVersion2(ReadOnlySpan<byte> packet, out LinuxSllHeader header, out ReadOnlySpan<byte> payload) =>
        TryDecode(packet, LengthOfVersion2, 0, out header, out payload);

    private static DecodeStatus TryDecode(
        ReadOnlySpan<byte> packet, int length, int protocolAt, out LinuxSllHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (packet.Length < length)
        {
            return DecodeStatus.Truncated;
        }

        header = new LinuxSllHeader(BinaryPrimitives.ReadUInt16BigEndian(packet[protocolAt..]));
        payload = packet[length..];
        return DecodeStatus.Ok;
    }
}
