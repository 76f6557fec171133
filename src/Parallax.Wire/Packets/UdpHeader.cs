using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>A UDP header (RFC 768); the checksum is not verified.</summary>
/// <param name="SourcePort">The sender's port.</param>
/// <param name="DestinationPort">The receiver's port.</param>
internal readonly record struct UdpHeader(ushort SourcePort, ushort DestinationPort)
{
    //  |  source port (16)  |  destination port (16)  |
    //  |    length (16)     |      checksum (16)      |
    public const int Length = 8;

    /// <summary>Splits <paramref name="datagram"/> into header and payload; a length of 0 (RFC 2675 §4, and segmentation offload)
    /// means to the end.</summary>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> datagram, out UdpHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (datagram.Length < Length)
        {
            return DecodeStatus.Truncated;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(datagram[4..]);
        if (length is > 0 and < Length)
        {
            return DecodeStatus.MalformedUdp;
        }

        header = new UdpHeader(
            BinaryPrimitives.ReadUInt16BigEndian(datagram), BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]));
        var end = length == 0 ? datagram.Length : Math.Min(length, datagram.Length);
        payload = datagram[Length..end];
        return DecodeStatus.Ok;
    }
}
