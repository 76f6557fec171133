using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>A Linux netfilter log message (LINKTYPE_NFLOG): attributes, one of which is an IP packet.</summary>
internal static class NflogHeader
{
    //  | family (8) | version (8) | resource id (16) |
    //  | length (16, host order) | type (16, host order) |  value, filled up to a multiple of four octets  |   any number of them
    private const int Length = 4;
    private const int AttributeLength = 4;
    private const ushort PayloadType = 9; // NFULA_PAYLOAD

    /// <summary>Finds the IP packet of <paramref name="message"/>.</summary>
    /// <returns><see cref="DecodeStatus.NotIp"/> when there is none.</returns>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> message, out ReadOnlySpan<byte> packet)
    {
        packet = default;
        if (message.Length < Length)
        {
            return DecodeStatus.Truncated;
        }

        // Host order is little-endian on every machine that still writes these.
        var rest = message[Length..];
        while (rest.Length >= AttributeLength)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            if (length < AttributeLength)
            {
                return DecodeStatus.MalformedLink;
            }

            if ((BinaryPrimitives.ReadUInt16LittleEndian(rest[2..]) & 0x7FFF) == PayloadType)
            {
                packet = rest[AttributeLength..Math.Min(length, rest.Length)];
                return DecodeStatus.Ok;
            }

            rest = rest[Math.Min((length + 3) & ~3, rest.Length)..];
        }

        return rest.IsEmpty ? DecodeStatus.NotIp : DecodeStatus.Truncated;
    }
}
