namespace Parallax.Wire.Packets;

/// <summary>The steps of the walk through UDP and GRE tunnels to the packet inside.</summary>
internal static class TunnelLayers
{
    private const byte GpeIpv4 = 1;
    private const byte GpeIpv6 = 2;
    private const byte GpeMpls = 5;

    public static DecodeStatus Udp(ref LayerCursor cursor, TunnelPorts ports)
    {
        var status = UdpHeader.TryDecode(cursor.Rest, out var header, out var payload);
        if (status != DecodeStatus.Ok)
        {
            return status;
        }

        return ports.TryFind(header, out var tunnel) ? cursor.Continue(tunnel, payload) : DecodeStatus.NotTcp;
    }

    public static DecodeStatus Vxlan(ref LayerCursor cursor)
    {
        var status = VxlanHeader.TryDecode(cursor.Rest, out var header, out var frame);
        if (status != DecodeStatus.Ok)
        {
            return status;
        }

        cursor.Vni = header.Vni;
        return cursor.EnterTunnel(Layer.Ethernet, frame);
    }

    public static DecodeStatus VxlanGpe(ref LayerCursor cursor)
    {
        var status = VxlanHeader.TryDecode(cursor.Rest, out var header, out var payload);
        if (status != DecodeStatus.Ok)
        {
            return status;
        }

        cursor.Vni = header.Vni;
        return header.NextProtocol switch
        {
            VxlanHeader.NextEthernet => cursor.EnterTunnel(Layer.Ethernet, payload),
            GpeIpv4 or GpeIpv6 => cursor.EnterTunnel(Layer.Ip, payload),
            GpeMpls => cursor.EnterTunnel(Layer.Mpls, payload),
            _ => DecodeStatus.UnsupportedTunnel,
        };
    }

    public static DecodeStatus Geneve(ref LayerCursor cursor)
    {
        var status = GeneveHeader.TryDecode(cursor.Rest, out var header, out var payload);
        if (status != DecodeStatus.Ok)
        {
            return status;
        }

        cursor.Vni = header.Vni;
        return cursor.EnterTunnel(Layer.EtherTyped, payload, header.ProtocolType);
    }

    public static DecodeStatus Gre(ref LayerCursor cursor)
    {
        var status = GreHeader.TryDecode(cursor.Rest, out var header, out var payload);
        if (status != DecodeStatus.Ok)
        {
            return status;
        }

        return header.ProtocolType switch
        {
            EtherType.Erspan or EtherType.Erspan3 => Erspan(ref cursor, header, payload),
            EtherType.CacheRedirect => CacheRedirect(ref cursor, payload),
            EtherType.Ppp when payload.IsEmpty && cursor.Missing == 0 => DecodeStatus.NotTcp, // a bare PPTP acknowledgment
            var type when (type & 0xFE0F) == EtherType.ArubaTunnel => cursor.EnterTunnel(Layer.Ieee80211, payload),
            var type => cursor.EnterTunnel(Layer.EtherTyped, payload, type),
        };
    }

    public static DecodeStatus GtpUser(ref LayerCursor cursor)
    {
        var status = GtpUserHeader.TryDecode(cursor.Rest, out _, out var payload);
        return status == DecodeStatus.Ok ? cursor.EnterTunnel(Layer.Ip, payload) : status;
    }

    public static DecodeStatus Ayiya(ref LayerCursor cursor)
    {
        var status = AyiyaHeader.TryDecode(cursor.Rest, out var header, out var payload);
        return status == DecodeStatus.Ok ? cursor.EnterTunnel(Layer.IpPayload, payload, header.NextHeader) : status;
    }

    public static DecodeStatus Teredo(ref LayerCursor cursor)
    {
        var status = TeredoHeader.TryDecode(cursor.Rest, out var packet);
        return status == DecodeStatus.Ok ? cursor.EnterTunnel(Layer.Ip, packet) : status;
    }

    public static DecodeStatus Tzsp(ref LayerCursor cursor)
    {
        const ushort Ethernet = 1, Ieee80211 = 18;
        var status = TzspHeader.TryDecode(cursor.Rest, out var header, out var packet);
        return status != DecodeStatus.Ok ? status : header.Protocol switch
        {
            Ethernet => cursor.EnterTunnel(Layer.Ethernet, packet),
            Ieee80211 => cursor.EnterTunnel(Layer.Ieee80211, packet),
            _ => DecodeStatus.UnsupportedTunnel,
        };
    }

    // RFC 3378 §3: | version, 3 (4) | reserved (12) |, then an Ethernet frame.
    public static DecodeStatus EtherIp(ref LayerCursor cursor) => cursor.Rest switch
    {
        [0x30, _, .. var frame] => cursor.EnterTunnel(Layer.Ethernet, frame),
        [0x30] or [] => DecodeStatus.Truncated,
        _ => DecodeStatus.UnsupportedTunnel,
    };

    private static DecodeStatus Erspan(ref LayerCursor cursor, GreHeader gre, ReadOnlySpan<byte> payload)
    {
        var status = ErspanHeader.TryDecode(payload, gre, out _, out var frame);
        return status == DecodeStatus.Ok ? cursor.EnterTunnel(Layer.Ethernet, frame) : status;
    }

    // Version 2 puts | flags (8) | service (8) | buckets (16) | before the IPv4 header, version 1 nothing; no flag looks like the latter.
    private static DecodeStatus CacheRedirect(ref LayerCursor cursor, ReadOnlySpan<byte> payload) => payload switch
    {
        [>= 0x45 and <= 0x4F, ..] => cursor.EnterTunnel(Layer.Ip, payload),
        [_, _, _, _, .. var packet] => cursor.EnterTunnel(Layer.Ip, packet),
        _ => DecodeStatus.Truncated,
    };
}
