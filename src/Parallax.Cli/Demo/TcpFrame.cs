using System.Buffers.Binary;
using Parallax.Wire.Packets;

namespace Parallax.Cli.Demo;

/// <summary>Writes a TCP segment as the Ethernet frame that would have carried it.</summary>
/// <remarks>Thread safety: a pure function.</remarks>
internal static class TcpFrame
{
    /// <summary>Octets of the three headers, none with options.</summary>
    public const int HeaderLength = 14 + 20 + 20;

    /// <summary>Most octets of payload: what an Ethernet of 1,500 octets leaves.</summary>
    public const int MaxPayload = 1500 - 20 - 20;

    private const int WindowOctets = 64_240;

    /// <summary>Writes an IPv4 segment with at most <see cref="MaxPayload"/> octets.</summary>
    /// <returns>The length of the frame.</returns>
    public static int Write(Span<byte> frame, in TcpSegment segment)
    {
        frame[..HeaderLength].Clear();
        segment.Payload.CopyTo(frame[HeaderLength..]);
        var length = HeaderLength + segment.Payload.Length;
        WriteEthernet(frame, segment);
        WriteIp(frame[14..length], segment);
        WriteTcp(frame[34..length], segment);
        return length;
    }

    /// <summary>Destination, source (addresses that are locally administered and hold the IPv4 address), EtherType.</summary>
    private static void WriteEthernet(Span<byte> header, in TcpSegment segment)
    {
        header[0] = header[6] = 0x02;
        BinaryPrimitives.WriteUInt32BigEndian(header[2..], IPv4(segment.Destination));
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], IPv4(segment.Source));
        BinaryPrimitives.WriteUInt16BigEndian(header[12..], 0x0800);
    }

    /// <summary>RFC 791 §3.1.</summary>
    private static void WriteIp(Span<byte> packet, in TcpSegment segment)
    {
        packet[0] = 0x45; // version 4, five words
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
        packet[6] = 0x40; // do not fragment
        packet[8] = 64; // time to live
        packet[9] = 6; // TCP
        BinaryPrimitives.WriteUInt32BigEndian(packet[12..], IPv4(segment.Source));
        BinaryPrimitives.WriteUInt32BigEndian(packet[16..], IPv4(segment.Destination));
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], Checksum(packet[..20], 0));
    }

    /// <summary>RFC 9293 §3.1; the checksum covers a pseudo-header, too.</summary>
    private static void WriteTcp(Span<byte> packet, in TcpSegment segment)
    {
        BinaryPrimitives.WriteUInt16BigEndian(packet, segment.SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], segment.DestinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], segment.SequenceNumber);
        BinaryPrimitives.WriteUInt32BigEndian(packet[8..], segment.AcknowledgmentNumber);
        packet[12] = 0x50; // five words
        packet[13] = (byte)segment.Flags;
        BinaryPrimitives.WriteUInt16BigEndian(packet[14..], WindowOctets);
        var source = IPv4(segment.Source);
        var destination = IPv4(segment.Destination);
        var pseudoHeader = (source >> 16) + (source & 0xFFFF) + (destination >> 16) + (destination & 0xFFFF) + 6 + (uint)packet.Length;
        BinaryPrimitives.WriteUInt16BigEndian(packet[16..], Checksum(packet, pseudoHeader));
    }

    /// <summary>The Internet checksum (RFC 1071).</summary>
    private static ushort Checksum(ReadOnlySpan<byte> octets, uint sum)
    {
        for (; octets.Length >= 2; octets = octets[2..])
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(octets);
        }

        sum += octets.IsEmpty ? 0u : (uint)octets[0] << 8;
        sum = (sum >> 16) + (sum & 0xFFFF);
        return unchecked((ushort)~(sum + (sum >> 16)));
    }

    private static uint IPv4(NetworkAddress address) => unchecked((uint)address.Low);
}
