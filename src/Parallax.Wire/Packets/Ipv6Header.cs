using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>An IPv6 header (RFC 8200 §3).</summary>
/// <param name="Source">The sender's address.</param>
/// <param name="Destination">The receiver's address.</param>
/// <param name="NextHeader">What follows, see <see cref="IpProtocol"/>.</param>
/// <param name="PayloadLength">Octets after the header, extension headers included, whatever the capture holds of them;
/// <see cref="Ipv4Header.ToTheEnd"/> for a jumbogram (RFC 2675) or after segmentation offload, which leave the field 0.</param>
internal readonly record struct Ipv6Header(NetworkAddress Source, NetworkAddress Destination, byte NextHeader, int PayloadLength)
{
    //  | version (4) | traffic class (8) |             flow label (20)                |
    //  |      payload length (16)        |  next header (8)  |    hop limit (8)       |
    //  |                           source address (128)                               |
    //  |                         destination address (128)                            |
    public const int Length = 40;

    /// <summary>Splits <paramref name="datagram"/> into header and payload; the payload ends where its length says or where the
    /// capture ends.</summary>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> datagram, out Ipv6Header header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (datagram.Length > 0 && datagram[0] >> 4 != 6)
        {
            return DecodeStatus.MalformedIp;
        }

        if (datagram.Length < Length)
        {
            return DecodeStatus.Truncated;
        }

        int payloadLength = BinaryPrimitives.ReadUInt16BigEndian(datagram[4..]);
        header = new Ipv6Header(
            NetworkAddress.FromIPv6(datagram[8..]),
            NetworkAddress.FromIPv6(datagram[24..]),
            datagram[6],
            payloadLength == 0 ? Ipv4Header.ToTheEnd : payloadLength);
        payload = datagram[Length..];
        if (payloadLength != 0 && payloadLength < payload.Length)
        {
            payload = payload[..payloadLength];
        }

        return DecodeStatus.Ok;
    }
}
