namespace Parallax.Wire.Packets;

/// <summary>An ARCNET header as Linux captures it (LINKTYPE_ARCNET_LINUX), with the encapsulations of RFC 1051 and RFC 1201.</summary>
/// <param name="IsIp">True for IPv4; ARP and others are not told apart.</param>
internal readonly record struct ArcnetHeader(bool IsIp)
{
    //  | source (8) | destination (8) | offset (16) | protocol (8) |                                          RFC 1051
    //  | source (8) | destination (8) | offset (16) | protocol (8) | split flag (8) | sequence number (16) |  RFC 1201
    public const int LengthOfRfc1051 = 5;
    public const int LengthOfRfc1201 = 8;

    private const byte OldIp = 0xF0;
    private const byte OldArp = 0xF1;
    private const byte Ip = 0xD4;

    /// <summary>Splits <paramref name="packet"/> into header and payload.</summary>
    /// <returns><see cref="DecodeStatus.LinkFragment"/> for a part of a split packet.</returns>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> packet, out ArcnetHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (packet.Length < LengthOfRfc1051)
        {
            return DecodeStatus.Truncated;
        }

        var protocol = packet[LengthOfRfc1051 - 1];
        var length = protocol is OldIp or OldArp ? LengthOfRfc1051 : LengthOfRfc1201;
        if (packet.Length < length)
        {
            return DecodeStatus.Truncated;
        }

        if (length == LengthOfRfc1201 && packet[LengthOfRfc1051] != 0)
        {
            return DecodeStatus.LinkFragment;
        }

        header = new ArcnetHeader(protocol is OldIp or Ip);
        payload = packet[length..];
        return DecodeStatus.Ok;
    }
}
