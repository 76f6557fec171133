using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>An Ethernet header (IEEE 802.3 §3.1.1), as far as it tells what follows.</summary>
/// <param name="TypeOrLength">An <see cref="EtherType"/>, or the length of an LLC payload.</param>
internal readonly record struct EthernetHeader(ushort TypeOrLength)
{
    //  |   destination (48)   |     source (48)      |  type or length (16)  |
    public const int Length = 14;

    /// <summary>The largest value of the last field that is a length.</summary>
    public const int MaxPayloadLength = 1500;

    /// <summary>True when an LLC header follows.</summary>
    public bool IsLength => TypeOrLength <= MaxPayloadLength;

    /// <summary>Splits <paramref name="frame"/> into header and payload; an LLC payload is cut to its length, so padding is gone.</summary>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> frame, out EthernetHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (frame.Length < Length)
        {
            return DecodeStatus.Truncated;
        }

        header = new EthernetHeader(BinaryPrimitives.ReadUInt16BigEndian(frame[12..]));
        payload = frame[Length..];
        if (header.IsLength && header.TypeOrLength < payload.Length)
        {
            payload = payload[..header.TypeOrLength];
        }

        return DecodeStatus.Ok;
    }
}
