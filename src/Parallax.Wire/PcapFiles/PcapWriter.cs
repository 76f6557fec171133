using System.Buffers;
using System.Buffers.Binary;
using Parallax.Wire.Packets;

namespace Parallax.Wire.PcapFiles;

/// <summary>Writes the pcap format (draft-ietf-opsawg-pcap) with nanoseconds, little-endian; every common tool reads it.</summary>
/// <remarks>Thread safety: static and stateless; what is written to belongs to the caller.</remarks>
public static class PcapWriter
{
    private const uint NanosecondMagic = 0xA1B23C4D;

    /// <summary>Octets of a file header.</summary>
    public const int FileHeaderLength = 24;

    /// <summary>Octets of a record's header.</summary>
    public const int RecordHeaderLength = 16;

    /// <summary>Writes the header of a file; records of the same link type follow.</summary>
    /// <param name="output">Where to; advanced by <see cref="FileHeaderLength"/>.</param>
    /// <param name="link">What the packets start with.</param>
    /// <param name="snapLength">Most octets kept of a packet, for the reader's information. 262,144 by default, as tcpdump has it.</param>
    public static void WriteFileHeader(IBufferWriter<byte> output, LinkType link, int snapLength = 262_144)
    {
        ArgumentNullException.ThrowIfNull(output);
        var header = output.GetSpan(FileHeaderLength);
        header[..FileHeaderLength].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header, NanosecondMagic);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 2); // version 2.4
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 4);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], snapLength);
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], (int)link);
        output.Advance(FileHeaderLength);
    }

    /// <summary>Writes one packet.</summary>
    /// <param name="output">Where to; advanced by <see cref="RecordHeaderLength"/> and the packet.</param>
    /// <param name="time">When it was seen, 1970 to 2106; later and earlier instants wrap around in the format's 32 bits.</param>
    /// <param name="packet">Its octets, from the link layer on.</param>
    /// <param name="originalLength">Octets it had on the wire; the length of <paramref name="packet"/> when nothing was cut off.</param>
    public static void WritePacket(IBufferWriter<byte> output, Timestamp time, ReadOnlySpan<byte> packet, int originalLength)
    {
        ArgumentNullException.ThrowIfNull(output);
        var seconds = Math.DivRem(time.Nanoseconds, Timestamp.NanosecondsPerSecond, out var nanoseconds);
        if (nanoseconds < 0)
        {
            seconds--;
            nanoseconds += Timestamp.NanosecondsPerSecond;
        }

        var header = output.GetSpan(RecordHeaderLength);
        BinaryPrimitives.WriteUInt32LittleEndian(header, unchecked((uint)seconds));
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)nanoseconds);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], packet.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], originalLength);
        output.Advance(RecordHeaderLength);
        output.Write(packet);
    }
}
