namespace Parallax.Wire.Packets;

/// <summary>The steps of the walk from the first octet of a packet down to IP.</summary>
internal static class LinkLayers
{
    private const int Ieee8021AhTagLength = 4;
    private const int VnTagLength = 4;
    private const int PseudowireControlLength = 4;

    /// <summary>The first step: what does <paramref name="link"/> begin with?</summary>
    public static DecodeStatus Enter(ref LayerCursor cursor, LinkType link) => link switch
    {
        LinkType.Ethernet => cursor.Continue(Layer.Ethernet, cursor.Rest),
        LinkType.RawBsd or LinkType.RawOpenBsd or LinkType.Raw or LinkType.Ipv4 or LinkType.Ipv6 => cursor.Continue(Layer.Ip, cursor.Rest),
        LinkType.Null or LinkType.Loop => Loopback(ref cursor),
        LinkType.LinuxSll or LinkType.LinuxSll2 => LinuxSll(ref cursor, link),
        LinkType.Ieee80211 => cursor.Continue(Layer.Ieee80211, cursor.Rest),
        LinkType.Radiotap => Radiotap(ref cursor),
        LinkType.Nflog => Nflog(ref cursor),
        LinkType.CiscoHdlc => CiscoHdlc(ref cursor),
        LinkType.Ppp or LinkType.PppSerial when CiscoHdlcHeader.IsAt(cursor.Rest) => CiscoHdlc(ref cursor),
        LinkType.Ppp or LinkType.PppSerial => cursor.Continue(Layer.Ppp, cursor.Rest),
        LinkType.PppEthernet => Pppoe(ref cursor, cursor.Rest),
        LinkType.ArcnetLinux => Arcnet(ref cursor),
        _ => RareLinks.Enter(ref cursor, link),
    };

    public static DecodeStatus Ethernet(ref LayerCursor cursor)
    {
        var status = EthernetHeader.TryDecode(cursor.Rest, out var header, out var payload);
        if (status != DecodeStatus.Ok)
        {
            return status;
        }

        cursor.StartEthernetFrame();
        return ByTypeOrLength(ref cursor, header.TypeOrLength, payload);
    }

    public static DecodeStatus ByEtherType(ref LayerCursor cursor) => cursor.Protocol switch
    {
        EtherType.Ipv4 or EtherType.Ipv6 => cursor.Continue(Layer.Ip, cursor.Rest),
        EtherType.Vlan or EtherType.ServiceVlan or EtherType.OldServiceVlan => Vlan(ref cursor),
        EtherType.Mpls or EtherType.MplsUpstream => cursor.Continue(Layer.Mpls, cursor.Rest),
        EtherType.PppoeSession => Pppoe(ref cursor, cursor.Rest),
        EtherType.Ppp => cursor.Continue(Layer.Ppp, cursor.Rest),
        EtherType.Ethernet => cursor.Continue(Layer.Ethernet, cursor.Rest),
        EtherType.Ieee8021Ah => ProviderBackbone(ref cursor),
        EtherType.VnTag => VnTag(ref cursor),
        EtherType.MacSec => DecodeStatus.Encrypted,
        EtherType.Arp or EtherType.ReverseArp or EtherType.SlowProtocols or EtherType.PppoeDiscovery or EtherType.Eapol
            or EtherType.LinkLayerDiscovery or EtherType.Loopback => DecodeStatus.NotIp,
        _ => DecodeStatus.UnsupportedEtherType,
    };

    public static DecodeStatus Llc(ref LayerCursor cursor)
    {
        var status = LlcHeader.TryDecode(cursor.Rest, out var header, out var rest);
        return status == DecodeStatus.Ok ? cursor.Continue(Layer.EtherTyped, rest, header.EtherType) : status;
    }

    public static DecodeStatus Ppp(ref LayerCursor cursor)
    {
        var status = PppHeader.TryDecode(cursor.Rest, out var header, out var payload);
        if (status != DecodeStatus.Ok)
        {
            return status;
        }

        return header.Protocol switch
        {
            PppHeader.Ipv4 or PppHeader.Ipv6 => cursor.Continue(Layer.Ip, payload),
            PppHeader.Mpls => cursor.Continue(Layer.Mpls, payload),
            >= PppHeader.LowestControl => DecodeStatus.NotIp,
            _ => DecodeStatus.UnsupportedEtherType,
        };
    }

    public static DecodeStatus Mpls(ref LayerCursor cursor)
    {
        var status = MplsLabel.TryDecode(cursor.Rest, out var label, out var rest);
        if (status != DecodeStatus.Ok || !label.IsBottom)
        {
            return status == DecodeStatus.Ok ? cursor.Continue(Layer.Mpls, rest) : status;
        }

        // Nothing names the payload; the first nibble does (RFC 4385 §3, RFC 4928 §2): 0 is the control word of a pseudowire.
        return rest switch
        {
            [] => DecodeStatus.Truncated,
            [>= 0x40 and <= 0x4F or >= 0x60 and <= 0x6F, ..] => cursor.Continue(Layer.Ip, rest),
            [<= 0x0F, _, _, _, ..] => cursor.EnterTunnel(Layer.Ethernet, rest[PseudowireControlLength..]),
            _ => cursor.EnterTunnel(Layer.Ethernet, rest),
        };
    }

    public static DecodeStatus Ieee80211(ref LayerCursor cursor) => Ieee80211(ref cursor, cursor.Rest, padded: false);

    /// <summary>Moves on by the field that is an EtherType, or the length of an LLC frame.</summary>
    public static DecodeStatus ByTypeOrLength(ref LayerCursor cursor, ushort typeOrLength, ReadOnlySpan<byte> payload) =>
        typeOrLength switch
        {
            EtherType.Ipv4 or EtherType.Ipv6 => cursor.Continue(Layer.Ip, payload),
            >= EtherType.Lowest => cursor.Continue(Layer.EtherTyped, payload, typeOrLength),
            <= EthernetHeader.MaxPayloadLength => cursor.Continue(Layer.Llc, payload),
            _ => DecodeStatus.UnsupportedEtherType,
        };

    private static DecodeStatus Vlan(ref LayerCursor cursor)
    {
        var status = VlanTag.TryDecode(cursor.Rest, out var tag, out var rest);
        if (status != DecodeStatus.Ok)
        {
            return status;
        }

        return cursor.PushVlan(tag.Vid) ? ByTypeOrLength(ref cursor, tag.TypeOrLength, rest) : DecodeStatus.TooDeep;
    }

    // IEEE 802.1ah §9.7: | flags (8) | I-SID (24) |, then the customer's whole frame.
    private static DecodeStatus ProviderBackbone(ref LayerCursor cursor) =>
        cursor.Rest.Length < Ieee8021AhTagLength
            ? DecodeStatus.Truncated
            : cursor.EnterTunnel(Layer.Ethernet, cursor.Rest[Ieee8021AhTagLength..]);

    // IEEE 802.1BR: | direction, pointer, destination, looped, version, source (32) |  type (16)  |
    private static DecodeStatus VnTag(ref LayerCursor cursor) =>
        cursor.Rest.Length < VnTagLength + sizeof(ushort)
            ? DecodeStatus.Truncated
            : ByTypeOrLength(
                ref cursor,
                (ushort)((cursor.Rest[VnTagLength] << 8) | cursor.Rest[VnTagLength + 1]),
                cursor.Rest[(VnTagLength + sizeof(ushort))..]);

    private static DecodeStatus Pppoe(ref LayerCursor cursor, ReadOnlySpan<byte> octets)
    {
        var status = PppoeHeader.TryDecode(octets, out _, out var payload);
        return status == DecodeStatus.Ok ? cursor.Continue(Layer.Ppp, payload) : status;
    }

    private static DecodeStatus Loopback(ref LayerCursor cursor)
    {
        var status = LoopbackHeader.TryDecode(cursor.Rest, out var header, out var payload);
        return status == DecodeStatus.Ok ? cursor.Continue(Layer.EtherTyped, payload, header.EtherType) : status;
    }

    private static DecodeStatus LinuxSll(ref LayerCursor cursor, LinkType link)
    {
        var status = link == LinkType.LinuxSll
            ? LinuxSllHeader.TryDecodeVersion1(cursor.Rest, out var header, out var payload)
            : LinuxSllHeader.TryDecodeVersion2(cursor.Rest, out header, out payload);
        if (status != DecodeStatus.Ok)
        {
            return status;
        }

        return header.Protocol switch
        {
            LinuxSllHeader.Llc => cursor.Continue(Layer.Llc, payload),
            < EtherType.Lowest => DecodeStatus.NotIp,
            _ => cursor.Continue(Layer.EtherTyped, payload, header.Protocol),
        };
    }

    private static DecodeStatus Radiotap(ref LayerCursor cursor)
    {
        var status = RadiotapHeader.TryDecode(cursor.Rest, out var header, out var frame);
        return status == DecodeStatus.Ok ? Ieee80211(ref cursor, frame, header.IsPadded) : status;
    }

    private static DecodeStatus Ieee80211(ref LayerCursor cursor, ReadOnlySpan<byte> frame, bool padded)
    {
        var status = Ieee80211Header.TryDecode(frame, padded, out _, out var payload);
        return status == DecodeStatus.Ok ? cursor.Continue(Layer.Llc, payload) : status;
    }

    private static DecodeStatus Nflog(ref LayerCursor cursor)
    {
        var status = NflogHeader.TryDecode(cursor.Rest, out var packet);
        return status == DecodeStatus.Ok ? cursor.Continue(Layer.Ip, packet) : status;
    }

    private static DecodeStatus CiscoHdlc(ref LayerCursor cursor)
    {
        var status = CiscoHdlcHeader.TryDecode(cursor.Rest, out var header, out var payload);
        return status == DecodeStatus.Ok ? cursor.Continue(Layer.EtherTyped, payload, header.Protocol) : status;
    }

    private static DecodeStatus Arcnet(ref LayerCursor cursor)
    {
        var status = ArcnetHeader.TryDecode(cursor.Rest, out var header, out var payload);
        if (status != DecodeStatus.Ok)
        {
            return status;
        }

        return header.IsIp ? cursor.Continue(Layer.Ip, payload) : DecodeStatus.NotIp;
    }
}
