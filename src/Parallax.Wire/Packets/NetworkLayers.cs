namespace Parallax.Wire.Packets;

/// <summary>The steps of the walk from IP down to TCP or into a tunnel.</summary>
internal static class NetworkLayers
{
    public static DecodeStatus Ip(ref LayerCursor cursor, FragmentTable fragments)
    {
        if (cursor.Rest.IsEmpty)
        {
            return DecodeStatus.Truncated;
        }

        return (cursor.Rest[0] >> 4) switch
        {
            4 => Ipv4(ref cursor, fragments),
            6 => Ipv6(ref cursor),
            _ => DecodeStatus.MalformedIp,
        };
    }

    /// <summary>What an IP header, an extension header or a reassembled datagram says comes next.</summary>
    public static DecodeStatus IpPayload(ref LayerCursor cursor, FragmentTable fragments)
    {
        var protocol = (byte)cursor.Protocol;
        return protocol switch
        {
            IpProtocol.Tcp => cursor.Continue(Layer.Tcp, cursor.Rest),
            IpProtocol.Udp => cursor.Continue(Layer.Udp, cursor.Rest),
            IpProtocol.Ipv4 or IpProtocol.Ipv6 => cursor.EnterTunnel(Layer.Ip, cursor.Rest),
            IpProtocol.Gre => cursor.Continue(Layer.Gre, cursor.Rest),
            IpProtocol.Fragment => Ipv6Fragment(ref cursor, fragments),
            IpProtocol.EncapsulatingSecurity => DecodeStatus.Encrypted,
            IpProtocol.EtherIp => TunnelLayers.EtherIp(ref cursor),
            IpProtocol.Mpls => cursor.EnterTunnel(Layer.Mpls, cursor.Rest),
            _ when Ipv6ExtensionHeader.IsKnown(protocol) => Ipv6Extension(ref cursor, protocol),
            _ => DecodeStatus.NotTcp,
        };
    }

    private static DecodeStatus Ipv4(ref LayerCursor cursor, FragmentTable fragments)
    {
        var status = Ipv4Header.TryDecode(cursor.Rest, out var header, out var payload);
        if (status != DecodeStatus.Ok)
        {
            return status;
        }

        cursor.Source = NetworkAddress.FromIPv4(header.Source);
        cursor.Destination = NetworkAddress.FromIPv4(header.Destination);
        StartDatagram(ref cursor, header.PayloadLength, payload, header.Protocol);
        return header.IsFragment
            ? Reassemble(ref cursor, fragments, header.Identification, header.FragmentOffset, header.MoreFragments)
            : DecodeStatus.Ok;
    }

    private static DecodeStatus Ipv6(ref LayerCursor cursor)
    {
        var status = Ipv6Header.TryDecode(cursor.Rest, out var header, out var payload);
        if (status == DecodeStatus.Ok)
        {
            cursor.Source = header.Source;
            cursor.Destination = header.Destination;
            StartDatagram(ref cursor, header.PayloadLength, payload, header.NextHeader);
        }

        return status;
    }

    private static void StartDatagram(ref LayerCursor cursor, int payloadLength, ReadOnlySpan<byte> payload, byte protocol)
    {
        // The header is the truth about what was cut off; where it is silent, what the outer layers know still holds.
        if (payloadLength != Ipv4Header.ToTheEnd)
        {
            cursor.Missing = payloadLength - payload.Length;
        }

        // The two that nearly all packets are take no step of their own.
        var next = protocol switch { IpProtocol.Tcp => Layer.Tcp, IpProtocol.Udp => Layer.Udp, _ => Layer.IpPayload };
        cursor.Continue(next, payload, protocol);
    }

    private static DecodeStatus Ipv6Extension(ref LayerCursor cursor, byte protocol)
    {
        var status = Ipv6ExtensionHeader.TryDecode(cursor.Rest, protocol, out var header, out var rest);
        return status == DecodeStatus.Ok ? cursor.Continue(Layer.IpPayload, rest, header.NextHeader) : status;
    }

    private static DecodeStatus Ipv6Fragment(ref LayerCursor cursor, FragmentTable fragments)
    {
        var status = Ipv6FragmentHeader.TryDecode(cursor.Rest, out var header, out var rest);
        if (status != DecodeStatus.Ok)
        {
            return status;
        }

        cursor.Continue(Layer.IpPayload, rest, header.NextHeader);
        return header.IsFragment
            ? Reassemble(ref cursor, fragments, header.Identification, header.FragmentOffset, header.MoreFragments)
            : DecodeStatus.Ok;
    }

    private static DecodeStatus Reassemble(ref LayerCursor cursor, FragmentTable fragments, uint identification, int offset, bool more)
    {
        if (cursor.Missing > 0)
        {
            return DecodeStatus.FragmentDropped;
        }

        // RFC 8200 §4.5 leaves the protocol out of the key of IPv6, whose fragments other than the first may name any.
        var protocol = (byte)cursor.Protocol;
        var key = new FragmentKey(
            cursor.Source, cursor.Destination, identification, cursor.Source.IsIPv4 ? protocol : (byte)0, cursor.Vlans, cursor.Vni);
        var status = fragments.TryAdd(key, new Fragment(cursor.Rest, offset, more, protocol), cursor.Time, out var datagram);
        if (status != DecodeStatus.Ok)
        {
            return status;
        }

        return cursor.PushReassembly()
            ? cursor.Continue(Layer.IpPayload, datagram.Octets, datagram.Protocol)
            : DecodeStatus.TooDeep;
    }
}
