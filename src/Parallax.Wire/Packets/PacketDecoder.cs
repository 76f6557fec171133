using System.Diagnostics;

namespace Parallax.Wire.Packets;

/// <summary>Walks down the layers of packets, through VLAN tags, tunnels and IP fragments, to the TCP segment inside.</summary>
/// <remarks>
/// Nothing in a packet makes it throw; what stands in the way is a <see cref="DecodeStatus"/>, counted in <see cref="Counters"/>.
/// Checksums are not verified. Tunnels may be nested up to four levels. No allocation per packet once its tables have grown.
/// Thread safety: none; one decoder per thread. Fragments of a datagram must come to the same decoder.
/// </remarks>
public sealed class PacketDecoder
{
    private readonly TunnelPorts _ports;
    private readonly FragmentTable _fragments;

    /// <summary>A decoder with the given settings; without any, with the defaults.</summary>
    public PacketDecoder(PacketDecoderOptions? options = null)
    {
        options ??= new PacketDecoderOptions();
        _ports = new TunnelPorts(options);
        _fragments = new FragmentTable(options, Counters);
    }

    /// <summary>What became of the packets so far.</summary>
    public DecodeCounters Counters { get; } = new();

    /// <summary>Datagrams that wait for further fragments.</summary>
    public int WaitingDatagrams => _fragments.Waiting;

    /// <summary>Decodes a packet as a capture holds it.</summary>
    /// <param name="packet">Its octets, from the link layer on.</param>
    /// <param name="link">What the first of them are.</param>
    /// <param name="time">When it was seen; fragments time out by it.</param>
    /// <param name="originalLength">Octets the packet had on the wire. Where IP says how long it is, that counts and not this.</param>
    /// <param name="segment">The innermost TCP segment; meant only with <see cref="DecodeStatus.Ok"/>. Its payload is a view over
    /// <paramref name="packet"/> or over a buffer of this decoder, which its next call takes back.</param>
    public DecodeStatus TryDecode(ReadOnlySpan<byte> packet, LinkType link, Timestamp time, int originalLength, out TcpSegment segment)
    {
        var cursor = new LayerCursor(packet, originalLength > packet.Length ? originalLength - packet.Length : 0, time);
        var status = LinkLayers.Enter(ref cursor, link);
        return Decode(status, ref cursor, out segment);
    }

    /// <summary>Decodes the payload of a datagram that a socket received on a VXLAN port.</summary>
    /// <param name="datagram">The octets after the UDP header.</param>
    /// <param name="time">When the datagram was received; fragments inside the tunnel time out by it.</param>
    /// <param name="segment">As for <see cref="TryDecode"/>.</param>
    public DecodeStatus TryDecodeVxlan(ReadOnlySpan<byte> datagram, Timestamp time, out TcpSegment segment) =>
        TryDecodeDatagram(datagram, Layer.Vxlan, time, out segment);

    /// <summary>Decodes the payload of a datagram that a socket received on a GENEVE port. It may hold VXLAN in IP and UDP, as AWS
    /// Gateway Load Balancer sends mirrored traffic.</summary>
    /// <param name="datagram">The octets after the UDP header.</param>
    /// <param name="time">When the datagram was received; fragments inside the tunnel time out by it.</param>
    /// <param name="segment">As for <see cref="TryDecode"/>.</param>
    public DecodeStatus TryDecodeGeneve(ReadOnlySpan<byte> datagram, Timestamp time, out TcpSegment segment) =>
        TryDecodeDatagram(datagram, Layer.Geneve, time, out segment);

    private DecodeStatus TryDecodeDatagram(ReadOnlySpan<byte> datagram, Layer tunnel, Timestamp time, out TcpSegment segment)
    {
        var cursor = new LayerCursor(datagram, missing: 0, time) { Next = tunnel };
        return Decode(DecodeStatus.Ok, ref cursor, out segment);
    }

    private DecodeStatus Decode(DecodeStatus status, scoped ref LayerCursor cursor, out TcpSegment segment)
    {
        _fragments.TakeBackLent();
        while (status == DecodeStatus.Ok && cursor.Next != Layer.Tcp)
        {
            status = Step(ref cursor);
        }

        segment = default;
        status = status == DecodeStatus.Ok ? Finish(ref cursor, out segment) : status;
        Counters.Add(status);
        return status;
    }

    // Every step takes octets off the cursor or moves it on to a layer that does, so the walk ends.
    private DecodeStatus Step(ref LayerCursor cursor) => cursor.Next switch
    {
        Layer.Ethernet => LinkLayers.Ethernet(ref cursor),
        Layer.EtherTyped => LinkLayers.ByEtherType(ref cursor),
        Layer.Llc => LinkLayers.Llc(ref cursor),
        Layer.Ppp => LinkLayers.Ppp(ref cursor),
        Layer.Mpls => LinkLayers.Mpls(ref cursor),
        Layer.Ieee80211 => LinkLayers.Ieee80211(ref cursor),
        Layer.Ip => NetworkLayers.Ip(ref cursor, _fragments),
        Layer.IpPayload => NetworkLayers.IpPayload(ref cursor, _fragments),
        Layer.Udp => TunnelLayers.Udp(ref cursor, _ports),
        Layer.Gre => TunnelLayers.Gre(ref cursor),
        Layer.Vxlan => TunnelLayers.Vxlan(ref cursor),
        Layer.VxlanGpe => TunnelLayers.VxlanGpe(ref cursor),
        Layer.Geneve => TunnelLayers.Geneve(ref cursor),
        Layer.GtpUser => TunnelLayers.GtpUser(ref cursor),
        Layer.Ayiya => TunnelLayers.Ayiya(ref cursor),
        Layer.Teredo => TunnelLayers.Teredo(ref cursor),
        Layer.Tzsp => TunnelLayers.Tzsp(ref cursor),
        _ => throw new UnreachableException(),
    };

    private static DecodeStatus Finish(scoped ref LayerCursor cursor, out TcpSegment segment)
    {
        segment = default;
        var status = TcpHeader.TryDecode(cursor.Rest, out var header, out var payload);
        if (status != DecodeStatus.Ok)
        {
            return status;
        }

        var streamOctets = cursor.Rest.Length + (long)cursor.Missing - header.HeaderLength;
        if (streamOctets < 0)
        {
            return DecodeStatus.MalformedTcp;
        }

        segment.Source = cursor.Source;
        segment.Destination = cursor.Destination;
        segment.SourcePort = header.SourcePort;
        segment.DestinationPort = header.DestinationPort;
        segment.Vlans = cursor.Vlans;
        segment.Vni = cursor.Vni;
        segment.SequenceNumber = header.SequenceNumber;
        segment.AcknowledgmentNumber = header.AcknowledgmentNumber;
        segment.Flags = header.Flags;
        segment.Payload = payload;
        segment.MissingOctets = (int)(streamOctets - payload.Length);
        segment.Timestamp = cursor.Time;
        return DecodeStatus.Ok;
    }
}
