using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>A TCP header (RFC 9293 §3.1); options are skipped, the checksum is not verified.</summary>
/// <param name="SourcePort">The sender's port.</param>
/// <param name="DestinationPort">The receiver's port.</param>
/// <param name="SequenceNumber">Of the first octet of the payload, or of the SYN.</param>
/// <param name="AcknowledgmentNumber">The next sequence number the sender expects.</param>
/// <param name="Flags">The control bits.</param>
/// <param name="HeaderLength">Octets of the header, options included: 20 to 60. The capture may end before.</param>
internal readonly record struct TcpHeader(
    ushort SourcePort, ushort DestinationPort, uint SequenceNumber, uint AcknowledgmentNumber, TcpFlags Flags, int HeaderLength)
{
    //  |          source port (16)           |        destination port (16)        |
    //  |                          sequence number (32)                             |
    //  |                       acknowledgment number (32)                          |
    //  | data offset (4) | reserved (4) | control bits (8) |      window (16)      |
    //  |            checksum (16)            |         urgent pointer (16)         |
    //  |                           options (0 to 320)                              |
    public const int MinLength = 20;

    /// <summary>Splits <paramref name="segment"/> into header and payload. When the capture ends within the options the payload is
    /// empty and the header good: what is known is where the missing octets belong.</summary>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> segment, out TcpHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (segment.Length < MinLength)
        {
            return DecodeStatus.Truncated;
        }

        var headerLength = (segment[12] >> 4) * 4;
        if (headerLength < MinLength)
        {
            return DecodeStatus.MalformedTcp;
        }

        header = new TcpHeader(
            BinaryPrimitives.ReadUInt16BigEndian(segment),
            BinaryPrimitives.ReadUInt16BigEndian(segment[2..]),
            BinaryPrimitives.ReadUInt32BigEndian(segment[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(segment[8..]),
            (TcpFlags)segment[13],
            headerLength);
        payload = segment.Length > headerLength ? segment[headerLength..] : default;
        return DecodeStatus.Ok;
    }
}
