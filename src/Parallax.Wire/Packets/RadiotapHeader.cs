using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>A radiotap header (radiotap.org): what the radio said about the 802.11 frame after it.</summary>
/// <param name="IsPadded">True when the 802.11 header is filled up to a multiple of four octets.</param>
internal readonly record struct RadiotapHeader(bool IsPadded)
{
    //  | version (8) | pad (8) |  length (16, little-endian)  |  present (32, little-endian), more of them while bit 31 is set  |
    //  |  fields, in the order of the bits: time stamp (64, aligned to 8), flags (8), …
    public const int MinLength = 8;

    private const uint MorePresent = 0x8000_0000;
    private const uint TimeStampPresent = 1;
    private const uint FlagsPresent = 2;
    private const int PaddedFlag = 0x20;

    /// <summary>Splits <paramref name="packet"/> into header and 802.11 frame.</summary>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> packet, out RadiotapHeader header, out ReadOnlySpan<byte> frame)
    {
        header = default;
        frame = default;
        if (packet.Length < MinLength)
        {
            return DecodeStatus.Truncated;
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(packet[2..]);
        if (packet[0] != 0 || length < MinLength)
        {
            return DecodeStatus.MalformedLink;
        }

        if (packet.Length < length)
        {
            return DecodeStatus.Truncated;
        }

        header = new RadiotapHeader(HasPaddedFlag(packet[..length]));
        frame = packet[length..];
        return DecodeStatus.Ok;
    }

    private static bool HasPaddedFlag(ReadOnlySpan<byte> header)
    {
        var present = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        var at = MinLength;
        for (var more = present; (more & MorePresent) != 0; at += sizeof(uint))
        {
            if (header.Length < at + sizeof(uint))
            {
                return false;
            }

            more = BinaryPrimitives.ReadUInt32LittleEndian(header[at..]);
        }

        at = (present & TimeStampPresent) == 0 ? at : ((at + 7) & ~7) + sizeof(ulong);
        return (present & FlagsPresent) != 0 && at < header.Length && (header[at] & PaddedFlag) != 0;
    }
}
