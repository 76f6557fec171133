using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>A GENEVE header (RFC 8926 §3.4); options are skipped by their length.</summary>
/// <param name="Vni">The virtual network identifier, 24 bits.</param>
/// <param name="ProtocolType">The EtherType of what follows; 0x6558 is an Ethernet frame.</param>
/// <remarks>Thread safety: an immutable value.</remarks>
public readonly record struct GeneveHeader(int Vni, ushort ProtocolType)
{
    //  | version (2) | option length (6) |O|C| reserved (6) |    protocol type (16)    |
    //  |                      VNI (24)                      |      reserved (8)        |
    //  |                         options (0 to 252 octets)                             |

    /// <summary>Octets of the header without options.</summary>
    public const int MinLength = 8;

    /// <summary>Splits <paramref name="datagram"/>, the payload of a UDP datagram, into its header and what it carries; copies
    /// nothing.</summary>
    /// <returns><see cref="DecodeStatus.Ok"/>, <see cref="DecodeStatus.Truncated"/> or <see cref="DecodeStatus.UnsupportedTunnel"/>
    /// for another version than 0.</returns>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> datagram, out GeneveHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (datagram.Length < MinLength)
        {
            return DecodeStatus.Truncated;
        }

        if (datagram[0] >> 6 != 0)
        {
            return DecodeStatus.UnsupportedTunnel;
        }

        var length = MinLength + ((datagram[0] & 0x3F) * 4);
        if (datagram.Length < length)
        {
            return DecodeStatus.Truncated;
        }

        header = new GeneveHeader(
            (int)(BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]) >> 8), BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]));
        payload = datagram[length..];
        return DecodeStatus.Ok;
    }
}
