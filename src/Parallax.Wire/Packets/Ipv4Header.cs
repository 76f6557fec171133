using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>An IPv4 header (RFC 791 §3.1); options are skipped, the checksum is not verified.</summary>
/// <param name="Source">The sender's address.</param>
/// <param name="Destination">The receiver's address.</param>
/// <param name="Protocol">What follows, see <see cref="IpProtocol"/>.</param>
/// <param name="PayloadLength">Octets after the header, from the total length, whatever the capture holds of them;
/// <see cref="ToTheEnd"/> when the header does not say.</param>
/// <param name="Identification">Names the datagram that a fragment belongs to.</param>
/// <param name="FragmentOffset">Where the payload belongs in that datagram, in octets.</param>
/// <param name="MoreFragments">False for the last fragment and for a whole datagram.</param>
internal readonly record struct Ipv4Header(
    uint Source, uint Destination, byte Protocol, int PayloadLength, ushort Identification, int FragmentOffset, bool MoreFragments)
{
    //  | version (4) | IHL (4) |  type of service (8)  |          total length (16)           |
    //  |          identification (16)          | flags (3) |     fragment offset (13)         |
    //  |   time to live (8)   |  protocol (8)  |         header checksum (16)                 |
    //  |                              source address (32)                                     |
    //  |                            destination address (32)                                  |
    //  |                              options (0 to 320)                                      |
    public const int MinLength = 20;

    /// <summary>The payload reaches to the end of the packet: segmentation offload leaves a total length of 0.</summary>
    public const int ToTheEnd = -1;

    /// <summary>True when the payload is only a part of its datagram.</summary>
    public bool IsFragment => MoreFragments || FragmentOffset != 0;

    /// <summary>Splits <paramref name="datagram"/> into header and payload; the payload ends where the total length says (Ethernet
    /// padding is not part of it) or where the capture ends.</summary>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> datagram, out Ipv4Header header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (datagram.Length < MinLength)
        {
            return datagram.Length > 0 && datagram[0] >> 4 != 4 ? DecodeStatus.MalformedIp : DecodeStatus.Truncated;
        }

        var headerLength = (datagram[0] & 0xF) * 4;
        int totalLength = BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]);
        if (datagram[0] >> 4 != 4 || headerLength < MinLength || (totalLength != 0 && totalLength < headerLength))
        {
            return DecodeStatus.MalformedIp;
        }

        if (datagram.Length < headerLength)
        {
            return DecodeStatus.Truncated;
        }

        var fragment = BinaryPrimitives.ReadUInt16BigEndian(datagram[6..]);
        header = new Ipv4Header(
            BinaryPrimitives.ReadUInt32BigEndian(datagram[12..]),
            BinaryPrimitives.ReadUInt32BigEndian(datagram[16..]),
            datagram[9],
            totalLength == 0 ? ToTheEnd : totalLength - headerLength,
            BinaryPrimitives.ReadUInt16BigEndian(datagram[4..]),
            (fragment & 0x1FFF) * 8,
            (fragment & 0x2000) != 0);
        var end = totalLength == 0 ? datagram.Length : Math.Min(totalLength, datagram.Length);
        payload = datagram[headerLength..end];
        return DecodeStatus.Ok;
    }
}
