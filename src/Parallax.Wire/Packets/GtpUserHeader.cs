using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>A GTP-U header, version 1 (3GPP TS 29.281 §5.1), of a message that carries a user's packet.</summary>
/// <param name="TunnelId">The tunnel endpoint identifier.</param>
internal readonly record struct GtpUserHeader(uint TunnelId)
{
    //  | version (3) | PT (1) | reserved (1) |E|S|N| |  message type (8)  |         length (16)          |
    //  |                              tunnel endpoint identifier (32)                                   |
    //  |      sequence number (16)   |  N-PDU number (8)  |  next extension type (8)  |  with any of E, S, N
    //  |  length in words (8)  |  …  |  next extension type (8)  |  any number of them, with E
    public const int MinLength = 8;

    private const byte UserPacket = 0xFF;
    private const int OptionalLength = 4;

    /// <summary>Splits <paramref name="datagram"/>, the payload of a UDP datagram, into header and the user's packet.</summary>
    /// <returns><see cref="DecodeStatus.UnsupportedTunnel"/> for other versions, <see cref="DecodeStatus.NotTcp"/> for messages of the
    /// tunnel itself, such as echo.</returns>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> datagram, out GtpUserHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (datagram.Length < MinLength)
        {
            return DecodeStatus.Truncated;
        }

        if ((datagram[0] & 0xF0) != 0x30)
        {
            return DecodeStatus.UnsupportedTunnel;
        }

        if (datagram[1] != UserPacket)
        {
            return DecodeStatus.NotTcp;
        }

        var rest = datagram[MinLength..];
        var status = (datagram[0] & 7) == 0 ? DecodeStatus.Ok : SkipOptional(ref rest, (datagram[0] & 4) != 0);
        if (status == DecodeStatus.Ok)
        {
            header = new GtpUserHeader(BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]));
            payload = rest;
        }

        return status;
    }

    private static DecodeStatus SkipOptional(ref ReadOnlySpan<byte> rest, bool hasExtensions)
    {
        if (rest.Length < OptionalLength)
        {
            return DecodeStatus.Truncated;
        }

        int next = hasExtensions ? rest[3] : 0;
        rest = rest[OptionalLength..];
        while (next != 0)
        {
            if (rest.IsEmpty || rest.Length < rest[0] * 4)
            {
                return DecodeStatus.Truncated;
            }

            var length = rest[0] * 4;
            if (length == 0)
            {
                return DecodeStatus.MalformedTunnel;
            }

            next = rest[length - 1];
            rest = rest[length..];
        }

        return DecodeStatus.Ok;
    }
}
