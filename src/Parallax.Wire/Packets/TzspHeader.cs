using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>A TZSP header (TaZmen Sniffer Protocol), in which MikroTik's routers and wireless probes stream what they capture.</summary>
/// <param name="Protocol">What follows: 1 is Ethernet.</param>
internal readonly record struct TzspHeader(ushort Protocol)
{
    //  | version (8) | type (8) | protocol (16) |  tags: | number (8) | length (8) | value |, but for 0, padding, and 1, the last
    private const int Length = 4;
    private const byte Version = 1;
    private const byte Padding = 0;
    private const byte End = 1;

    /// <summary>Splits <paramref name="datagram"/> into header and packet.</summary>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> datagram, out TzspHeader header, out ReadOnlySpan<byte> packet)
    {
        header = default;
        packet = default;
        if (datagram.Length < Length)
        {
            return DecodeStatus.Truncated;
        }

        if (datagram[0] != Version)
        {
            return DecodeStatus.UnsupportedTunnel;
        }

        var rest = datagram[Length..];
        while (rest is [not End, ..])
        {
            var length = rest[0] == Padding ? 1 : rest.Length > 1 ? 2 + rest[1] : int.MaxValue;
            if (length > rest.Length)
            {
                return DecodeStatus.Truncated;
            }

            rest = rest[length..];
        }

        if (rest.IsEmpty)
        {
            return DecodeStatus.Truncated;
        }

        header = new TzspHeader(BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]));
        packet = rest[1..];
        return DecodeStatus.Ok;
    }
}
