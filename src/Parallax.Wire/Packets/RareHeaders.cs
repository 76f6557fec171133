using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>Headers that programs and capture cards put in front of a link layer, and that say which it is.</summary>
internal static class RareHeaders
{
    /// <summary>Apple's packet tap.</summary>
    public static DecodeStatus Pktap(ref LayerCursor cursor)
    {
        // | length (32) | record type (32) | link type (32) | interface name (192) | … |, little-endian
        const int LinkAt = 8, Length = 12;
        if (cursor.Rest.Length < Length)
        {
            return DecodeStatus.Truncated;
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(cursor.Rest);
        var link = (LinkType)BinaryPrimitives.ReadInt32LittleEndian(cursor.Rest[LinkAt..]);
        return length is < Length or > ushort.MaxValue ? DecodeStatus.MalformedLink : Inside(ref cursor, (int)length, link);
    }

    /// <summary>Per-packet information (CACE Technologies, version 1.0.10).</summary>
    public static DecodeStatus Ppi(ref LayerCursor cursor)
    {
        // | version (8) | flags (8) | length (16) | link type (32) |, little-endian
        const int LengthAt = 2, LinkAt = 4, Length = 8;
        if (cursor.Rest.Length < Length)
        {
            return DecodeStatus.Truncated;
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(cursor.Rest[LengthAt..]);
        var link = (LinkType)BinaryPrimitives.ReadInt32LittleEndian(cursor.Rest[LinkAt..]);
        return length < Length ? DecodeStatus.MalformedLink : Inside(ref cursor, length, link);
    }

    /// <summary>An ERF record of a DAG card (Endace, ERF types reference).</summary>
    public static DecodeStatus Erf(ref LayerCursor cursor)
    {
        // | time (64) | more (1), type (7) | flags (8) | record length (16) | lost (16) | wire length (16) |, then headers of 64 bits, the
        // highest bit of each says whether another follows
        const int TypeAt = 8, Length = 16, HeaderLength = 8, More = 0x80, EthernetPadding = 2;
        if (cursor.Rest.Length < Length)
        {
            return DecodeStatus.Truncated;
        }

        var end = Length;
        for (var more = (cursor.Rest[TypeAt] & More) != 0; more; end += HeaderLength)
        {
            if (cursor.Rest.Length < end + HeaderLength)
            {
                return DecodeStatus.Truncated;
            }

            more = (cursor.Rest[end] & More) != 0;
        }

        return (cursor.Rest[TypeAt] & ~More) switch
        {
            1 or 10 or 15 or 17 => RareLinks.Under(ref cursor, end, LinkType.PppSerial), // HDLC over SONET, with and without colours
            2 or 11 or 16 or 20 => RareLinks.Pass(ref cursor, end + EthernetPadding, Layer.Ethernet),
            22 or 23 => RareLinks.Pass(ref cursor, end, Layer.Ip),
            _ => DecodeStatus.UnsupportedLinkType,
        };
    }

    /// <summary>The header of Juniper's routers, in front of <paramref name="link"/>.</summary>
    public static DecodeStatus Juniper(ref LayerCursor cursor, LinkType link)
    {
        // | 'M' 'G' 'C' | flags (8) | length of extensions (16), with flag 0x80 | protocol (32), with flag 0x02 |
        const int FlagsAt = 3, Length = 4, HasExtensions = 0x80, HasNoLink = 0x02;
        if (cursor.Rest.Length < Length + 2)
        {
            return DecodeStatus.Truncated;
        }

        if (!cursor.Rest.StartsWith("MGC"u8))
        {
            return DecodeStatus.MalformedLink;
        }

        var flags = cursor.Rest[FlagsAt];
        var end = Length + ((flags & HasExtensions) != 0 ? 2 + BinaryPrimitives.ReadUInt16BigEndian(cursor.Rest[Length..]) : 0);
        return (flags & HasNoLink) != 0
            ? RareLinks.Pass(ref cursor, end + sizeof(uint), Layer.Ip)
            : RareLinks.Under(ref cursor, end, link);
    }

    /// <summary>One such header in another would make a walk without an end, and is in no capture.</summary>
    private static DecodeStatus Inside(ref LayerCursor cursor, int length, LinkType link) =>
        link is LinkType.Pktap or LinkType.Ppi ? DecodeStatus.TooDeep : RareLinks.Under(ref cursor, length, link);
}
