using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>A GRE header: version 0 (RFC 2784, RFC 2890), or version 1 as PPTP uses it (RFC 2637 §4.1).</summary>
/// <param name="ProtocolType">The EtherType of what follows.</param>
/// <param name="HasSequenceNumber">True when the header holds a sequence number; that tells ERSPAN type II from type I.</param>
internal readonly record struct GreHeader(ushort ProtocolType, bool HasSequenceNumber)
{
    //  |C|R|K|S|s| recursion (3) |A| flags (4) | version (3) |      protocol type (16)       |
    //  |        checksum (16), with C          |                 reserved (16)                 |
    //  |                 key (32), with K; in version 1: payload length, call id               |
    //  |                              sequence number (32), with S                             |
    //  |                      acknowledgment number (32), with A in version 1                  |
    public const int MinLength = 4;

    private const int Checksum = 0x8000;
    private const int Routing = 0x4000;
    private const int Key = 0x2000;
    private const int Sequence = 0x1000;
    private const int Acknowledgment = 0x0080;

    /// <summary>Splits <paramref name="packet"/> into header and payload.</summary>
    /// <returns><see cref="DecodeStatus.UnsupportedTunnel"/> for source routes (RFC 1701, long obsolete) and versions above 1.</returns>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> packet, out GreHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (packet.Length < MinLength)
        {
            return DecodeStatus.Truncated;
        }

        var flags = BinaryPrimitives.ReadUInt16BigEndian(packet);
        var version = flags & 7;
        if (version > 1 || (flags & Routing) != 0)
        {
            return DecodeStatus.UnsupportedTunnel;
        }

        var length = MinLength
            + ((flags & Checksum) != 0 ? 4 : 0)
            + ((flags & Key) != 0 ? 4 : 0)
            + ((flags & Sequence) != 0 ? 4 : 0)
            + (version == 1 && (flags & Acknowledgment) != 0 ? 4 : 0);
        if (packet.Length < length)
        {
            return DecodeStatus.Truncated;
        }

        header = new GreHeader(BinaryPrimitives.ReadUInt16BigEndian(packet[2..]), (flags & Sequence) != 0);
        payload = packet[length..];
        return DecodeStatus.Ok;
    }
}
