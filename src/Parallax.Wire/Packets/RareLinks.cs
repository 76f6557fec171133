using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>The first step of packets whose link layer few captures have: most put a header in front of a common one.</summary>
internal static class RareLinks
{
    private const int AddressesLength = 12;

    /// <summary>Moves on to what follows the first header of <paramref name="link"/>.</summary>
    public static DecodeStatus Enter(ref LayerCursor cursor, LinkType link) => link switch
    {
        LinkType.TokenRing => TokenRing(ref cursor),

        // | frame control (8) | destination (48) | source (48) |
        LinkType.Fddi => Pass(ref cursor, 13, Layer.Llc),
        LinkType.AtmRfc1483 => cursor.Continue(Layer.Llc, cursor.Rest),
        LinkType.SunAtm => SunAtm(ref cursor),
        LinkType.FrameRelay => FrameRelay(ref cursor, 0),
        LinkType.FrameRelayWithDirection => FrameRelay(ref cursor, 1),
        LinkType.PppWithDirection => Pass(ref cursor, 1, Layer.Ppp),
        LinkType.PppPppd => Pppd(ref cursor),
        LinkType.CiscoHdlcWithDirection => Under(ref cursor, 1, LinkType.CiscoHdlc),

        // | address family (32) | interface (128) | rule (16) | reason (16) | action (16) | direction (16) |
        LinkType.OldPflog => Pass(ref cursor, 28, Layer.Ip),
        LinkType.Pflog => cursor.Rest is [var length, ..] ? Pass(ref cursor, (length + 3) & ~3, Layer.Ip) : DecodeStatus.Truncated,
        LinkType.Prism or LinkType.Avs => Prism(ref cursor),

        // | destination (64) | source (64) |, for Apple's an EtherType besides
        LinkType.IpOverFibreChannel => Pass(ref cursor, 16, Layer.Llc),
        LinkType.AppleIeee1394 => Typed(ref cursor, 16, 18),
        LinkType.Docsis => Docsis(ref cursor),
        LinkType.JuniperEthernet or LinkType.JuniperPppoe => RareHeaders.Juniper(ref cursor, LinkType.Ethernet),
        LinkType.JuniperPpp => RareHeaders.Juniper(ref cursor, LinkType.Ppp),
        LinkType.JuniperFrameRelay => RareHeaders.Juniper(ref cursor, LinkType.FrameRelay),
        LinkType.JuniperCiscoHdlc => RareHeaders.Juniper(ref cursor, LinkType.CiscoHdlc),
        LinkType.Ppi => RareHeaders.Ppi(ref cursor),
        LinkType.Pktap => RareHeaders.Pktap(ref cursor),
        LinkType.Erf => RareHeaders.Erf(ref cursor),
        LinkType.Mpls => cursor.Continue(Layer.Mpls, cursor.Rest),

        // | version, family (16) | hardware type (16) | length | interface | group | source zone | destination zone (32 each) |
        LinkType.Ipnet => Pass(ref cursor, 24, Layer.Ip),
        LinkType.NetAnalyzer => Pass(ref cursor, 4, Layer.Ethernet),
        LinkType.NetAnalyzerTransparent => Pass(ref cursor, 4 + 8, Layer.Ethernet),
        LinkType.IpOverInfiniBand => Typed(ref cursor, 40, 44),
        LinkType.EthernetMpacket => Pass(ref cursor, 8, Layer.Ethernet),
        LinkType.DsaBroadcom or LinkType.DsaMarvell => Typed(ref cursor, AddressesLength + 4, AddressesLength + 6),
        LinkType.DsaBroadcomPrepended => Pass(ref cursor, 4, Layer.Ethernet),
        LinkType.DsaMarvellEtherTyped => Typed(ref cursor, AddressesLength + 8, AddressesLength + 10),
        _ => DecodeStatus.UnsupportedLinkType,
    };

    /// <summary>Moves on to what is <paramref name="length"/> octets further on.</summary>
    public static DecodeStatus Pass(ref LayerCursor cursor, int length, Layer next) => cursor.Rest.Length < length
        ? DecodeStatus.Truncated
        : cursor.Continue(next, cursor.Rest[length..]);

    /// <summary>Moves on to another link layer <paramref name="length"/> octets further on.</summary>
    public static DecodeStatus Under(ref LayerCursor cursor, int length, LinkType link)
    {
        var status = Pass(ref cursor, length, Layer.Ip);
        return status == DecodeStatus.Ok ? LinkLayers.Enter(ref cursor, link) : status;
    }

    private static DecodeStatus Typed(ref LayerCursor cursor, int typeAt, int length) => cursor.Rest.Length < length
        ? DecodeStatus.Truncated
        : LinkLayers.ByTypeOrLength(ref cursor, BinaryPrimitives.ReadUInt16BigEndian(cursor.Rest[typeAt..]), cursor.Rest[length..]);

    // | access control (8) | frame control (8) | destination (48) | source (48) |, then a route if the source says so, whose first
    // five bits after three others are its length
    private static DecodeStatus TokenRing(ref LayerCursor cursor)
    {
        const int Length = 14, SourceAt = 8, HasRoute = 0x80, RouteLength = 0x1F;
        if (cursor.Rest.Length <= Length)
        {
            return DecodeStatus.Truncated;
        }

        var route = (cursor.Rest[SourceAt] & HasRoute) != 0 ? cursor.Rest[Length] & RouteLength : 0;
        return Pass(ref cursor, Length + route, Layer.Llc);
    }

    // | direction (1), reserved (3), type (4) | VPI (8) | VCI (16) |
    private static DecodeStatus SunAtm(ref LayerCursor cursor)
    {
        const int Length = 4, Type = 0x0F, Llc = 2;
        return cursor.Rest is [var flags, ..] && (flags & Type) != Llc ? DecodeStatus.NotIp : Pass(ref cursor, Length, Layer.Llc);
    }

    // RFC 2427: | address (16 to 32), the last octet with the lowest bit set | control 0x03 | padding 0x00 | NLPID |, or, as Cisco has
    // it, | address | EtherType |
    private static DecodeStatus FrameRelay(ref LayerCursor cursor, int before)
    {
        const int MaxAddress = 4;
        var end = before;
        while (end < cursor.Rest.Length && end < before + MaxAddress && (cursor.Rest[end] & 1) == 0)
        {
            end++;
        }

        if (end >= cursor.Rest.Length)
        {
            return DecodeStatus.Truncated;
        }

        var rest = cursor.Rest[(end + 1)..];
        return rest switch
        {
            [0x03, 0x00, 0xCC or 0x8E, .. var packet] => cursor.Continue(Layer.Ip, packet),
            [0x03, 0xCC or 0x8E, .. var packet] => cursor.Continue(Layer.Ip, packet),
            [0x03, 0x00, 0x80, _, _, _, var high, var low, .. var payload] =>
                LinkLayers.ByTypeOrLength(ref cursor, (ushort)((high << 8) | low), payload),
            [0x03, ..] => rest.Length < 3 ? DecodeStatus.Truncated : DecodeStatus.NotIp,
            [var high, var low, .. var payload] => LinkLayers.ByTypeOrLength(ref cursor, (ushort)((high << 8) | low), payload),
            _ => DecodeStatus.Truncated,
        };
    }

    private static DecodeStatus Pppd(ref LayerCursor cursor) => cursor.Rest switch
    {
        [_, 0x03, .. var rest] => cursor.Continue(Layer.Ppp, rest),
        [_, .. var rest] => cursor.Continue(Layer.Ppp, rest),
        _ => DecodeStatus.Truncated,
    };

    // | message code (32) | length (32) | … |, in the octet order of the card; in AVS's form, big-endian, the code is 0x80211xxx.
    private static DecodeStatus Prism(ref LayerCursor cursor)
    {
        const int Length = 8;
        if (cursor.Rest.Length < Length)
        {
            return DecodeStatus.Truncated;
        }

        var isAvs = cursor.Rest is [0x80, 0x21, 0x10, ..];
        var length = isAvs
            ? BinaryPrimitives.ReadUInt32BigEndian(cursor.Rest[4..])
            : BinaryPrimitives.ReadUInt32LittleEndian(cursor.Rest[4..]);
        length = length > ushort.MaxValue ? BinaryPrimitives.ReverseEndianness(length) : length;
        return length is < Length or > ushort.MaxValue ? DecodeStatus.MalformedLink : Pass(ref cursor, (int)length, Layer.Ieee80211);
    }

    // | type (2), parameter (5), extended (1) | length of the extended header (8) | length (16) | check (16) |
    private static DecodeStatus Docsis(ref LayerCursor cursor)
    {
        const int Length = 6;
        if (cursor.Rest.Length < Length)
        {
            return DecodeStatus.Truncated;
        }

        var extended = (cursor.Rest[0] & 1) != 0 ? cursor.Rest[1] : 0;
        return cursor.Rest[0] >> 6 != 0 ? DecodeStatus.NotIp : Pass(ref cursor, Length + extended, Layer.Ethernet);
    }
}
