using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>A PPPoE header of the session stage (RFC 2516 §4).</summary>
/// <param name="SessionId">Which session of the access concentrator.</param>
internal readonly record struct PppoeHeader(ushort SessionId)
{
    //  | version (4) | type (4) |  code (8)  |  session id (16)  |  length (16)  |
    public const int Length = 6;

    /// <summary>Splits <paramref name="octets"/> into header and PPP packet, which ends where the length says.</summary>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> octets, out PppoeHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (octets.Length < Length)
        {
            return DecodeStatus.Truncated;
        }

        if (octets[0] != 0x11)
        {
            return DecodeStatus.MalformedLink;
        }

        if (octets[1] != 0)
        {
            return DecodeStatus.NotIp; // a discovery code
        }

        header = new PppoeHeader(BinaryPrimitives.ReadUInt16BigEndian(octets[2..]));
        var length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(octets[4..]), octets.Length - Length);
        payload = octets.Slice(Length, length);
        return DecodeStatus.Ok;
    }
}
