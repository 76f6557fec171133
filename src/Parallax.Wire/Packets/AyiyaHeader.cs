namespace Parallax.Wire.Packets;

/// <summary>An AYIYA header (draft-massar-v6ops-ayiya §3): IPv6 for hosts behind address translation.</summary>
/// <param name="NextHeader">What follows, see <see cref="IpProtocol"/>.</param>
internal readonly record struct AyiyaHeader(byte NextHeader)
{
    //  | identity length (4) | identity type (4) | signature length (4) | hash (4) | auth (4) | opcode (4) | next header (8) |
    //  |                                            epoch time (32)                                                         |
    //  |                           identity (2^length octets), signature (4 × length octets)                                |
    private const int MinLength = 8;

    /// <summary>Splits <paramref name="datagram"/>, the payload of a UDP datagram, into header and payload.</summary>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> datagram, out AyiyaHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (datagram.Length < MinLength)
        {
            return DecodeStatus.Truncated;
        }

        var length = MinLength + (1 << (datagram[0] >> 4)) + ((datagram[1] >> 4) * 4);
        if (datagram.Length < length)
        {
            return DecodeStatus.Truncated;
        }

        header = new AyiyaHeader(datagram[3]);
        payload = datagram[length..];
        return DecodeStatus.Ok;
    }
}
