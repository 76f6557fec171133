using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>A PPP header (RFC 1661 §2), with or without the address and control octets of RFC 1662, protocol field compressed or
/// not.</summary>
/// <param name="Protocol">What follows.</param>
internal readonly record struct PppHeader(ushort Protocol)
{
    //  | address 0xFF (8) | control 0x03 (8) |   protocol (8 or 16)   |
    public const ushort Ipv4 = 0x0021;
    public const ushort Ipv6 = 0x0057;
    public const ushort Mpls = 0x0281;

    /// <summary>Where the control protocols begin; they carry no datagrams.</summary>
    public const ushort LowestControl = 0x8000;

    /// <summary>Splits <paramref name="octets"/> into header and payload.</summary>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> octets, out PppHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (octets is [0xFF, ..])
        {
            octets = octets[Math.Min(2, octets.Length)..];
        }

        // An odd first octet is a protocol number whose leading zero octet was left out (RFC 1661 §6.5).
        var length = octets.IsEmpty || (octets[0] & 1) == 0 ? 2 : 1;
        if (octets.Length < length)
        {
            return DecodeStatus.Truncated;
        }

        header = new PppHeader(length == 1 ? octets[0] : BinaryPrimitives.ReadUInt16BigEndian(octets));
        payload = octets[length..];
        return DecodeStatus.Ok;
    }
}
