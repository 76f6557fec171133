namespace Parallax.Wire.Packets;

/// <summary>An ERSPAN header between GRE and the mirrored Ethernet frame (draft-foschiano-erspan §4).</summary>
/// <param name="Type">1, 2 or 3.</param>
internal readonly record struct ErspanHeader(int Type)
{
    //  | version (4) | VLAN (12) | COS (3) | encapsulation (2) | T (1) | session id (10) |   types II and III; type I has no header
    //  |             reserved (12)             |               index (20)                |   type II
    //  |                              time stamp (32)                                    |   type III
    //  | SGT (16) | P (1) | frame type (5) | hardware (6) | direction (1) | granularity (2) | O (1) |
    //  |              platform-specific subheader (64), with O                           |
    public const int LengthOfType2 = 8;
    public const int LengthOfType3 = 12;

    private const int SubheaderLength = 8;

    /// <summary>Splits <paramref name="octets"/>, the payload of <paramref name="gre"/>, into header and Ethernet frame.</summary>
    public static DecodeStatus TryDecode(
        ReadOnlySpan<byte> octets, GreHeader gre, out ErspanHeader header, out ReadOnlySpan<byte> frame)
    {
        header = default;
        frame = default;
        var type = gre.ProtocolType == EtherType.Erspan3 ? 3 : gre.HasSequenceNumber ? 2 : 1;
        var length = type switch { 1 => 0, 2 => LengthOfType2, _ => LengthOfType3 };
        if (octets.Length < length)
        {
            return DecodeStatus.Truncated;
        }

        if (type == 3 && (octets[LengthOfType3 - 1] & 1) != 0)
        {
            length += SubheaderLength;
            if (octets.Length < length)
            {
                return DecodeStatus.Truncated;
            }
        }

        header = new ErspanHeader(type);
        frame = octets[length..];
        return DecodeStatus.Ok;
    }
}
