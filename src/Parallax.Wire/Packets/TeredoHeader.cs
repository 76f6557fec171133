namespace Parallax.Wire.Packets;

/// <summary>What may stand before the IPv6 packet in a Teredo datagram (RFC 4380 §5.1.1): authentication and origin indication.</summary>
internal static class TeredoHeader
{
    //  | 0x00 | 0x01 | id length (8) | auth length (8) |  client id, auth value, nonce (64), confirmation (8)  |
    //  | 0x00 | 0x00 |  origin port (16)  |  origin address (32)  |
    private const int AuthenticationLength = 13;
    private const int OriginLength = 8;

    /// <summary>Finds the IPv6 packet of <paramref name="datagram"/>, the payload of a UDP datagram.</summary>
    /// <returns><see cref="DecodeStatus.NotTcp"/> when there is something else.</returns>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> datagram, out ReadOnlySpan<byte> packet)
    {
        packet = default;
        if (datagram is [0, 1, var identity, var authentication, ..])
        {
            var length = AuthenticationLength + identity + authentication;
            if (datagram.Length < length)
            {
                return DecodeStatus.Truncated;
            }

            datagram = datagram[length..];
        }

        if (datagram is [0, 0, ..])
        {
            if (datagram.Length < OriginLength)
            {
                return DecodeStatus.Truncated;
            }

            datagram = datagram[OriginLength..];
        }

        if (datagram is [>= 0x60 and <= 0x6F, ..])
        {
            packet = datagram;
            return DecodeStatus.Ok;
        }

        return datagram is [] or [0, ..] ? DecodeStatus.Truncated : DecodeStatus.NotTcp;
    }
}
