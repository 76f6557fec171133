using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>A Cisco HDLC header (RFC 1547 §4.3.1).</summary>
/// <param name="Protocol">An <see cref="EtherType"/> or a number of Cisco's.</param>
internal readonly record struct CiscoHdlcHeader(ushort Protocol)
{
    //  |  address, 0x0F unicast or 0x8F multicast (8)  |  control (8)  |  protocol (16)  |
    public const int Length = 4;

    /// <summary>True when <paramref name="octets"/> start with one of the two addresses, which no PPP packet does.</summary>
    public static bool IsAt(ReadOnlySpan<byte> octets) => octets is [0x0F or 0x8F, ..];

    /// <summary>Splits <paramref name="octets"/> into header and payload.</summary>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> octets, out CiscoHdlcHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (octets.Length < Length)
        {
            return DecodeStatus.Truncated;
        }

        header = new CiscoHdlcHeader(BinaryPrimitives.ReadUInt16BigEndian(octets[2..]));
        payload = octets[Length..];
        return DecodeStatus.Ok;
    }
}
