using System.Buffers.Binary;
using Parallax.Wire.Packets;

namespace Parallax.TestKit;

/// <summary>Writes scripted segments as packets, from the inside out: <c>Encode.Vxlan(7, Encode.Ethernet(segment))</c>. Checksums are zero.
/// </summary>
public static class Encode
{
    private const int EtherIpv4 = 0x0800;
    private const int EtherIpv6 = 0x86DD;
    private const int EtherVlan = 0x8100;
    private const int EtherBridged = 0x6558;
    private const int ProtocolTcp = 6;
    private const int ProtocolUdp = 17;
    private const int ProtocolFragment = 44;

    /// <summary>The TCP segment: header of twenty octets, payload.</summary>
    public static byte[] Tcp(ScriptedSegment segment)
    {
        var view = segment.ToSegment();
        return
        [
            .. U16(view.SourcePort), .. U16(view.DestinationPort), .. U32(segment.Sequence), .. U32(segment.Acknowledgment),
            0x50, (byte)segment.Flags, .. U16(0xFFFF), .. U16(0), .. U16(0), .. segment.Payload,
        ];
    }

    /// <summary>The IP packet: version 4 or 6 as the addresses are.</summary>
    public static byte[] Ip(ScriptedSegment segment) => Ip(segment, ProtocolTcp, Tcp(segment));

    /// <summary>The packet in IP fragments of at most <paramref name="octets"/> octets of payload, a multiple of 8.</summary>
    public static IEnumerable<byte[]> IpFragments(ScriptedSegment segment, int octets, ushort identification)
    {
        var whole = Tcp(segment);
        for (var offset = 0; offset < whole.Length; offset += octets)
        {
            var part = whole[offset..Math.Min(whole.Length, offset + octets)];
            var more = offset + octets < whole.Length ? 1 : 0;
            yield return segment.Endpoints.Client.IsIPv4
                ? Ipv4(segment, ProtocolTcp, part, identification, (more << 13) | (offset / 8))
                : Ip(segment, ProtocolFragment, [ProtocolTcp, 0, .. U16(offset | more), .. U32(identification), .. part]);
        }
    }

    /// <summary>The Ethernet frame, with the VLAN tags that the segment names.</summary>
    public static byte[] Ethernet(ScriptedSegment segment) => Ethernet(segment, Ip(segment));

    /// <summary>A frame around an IP packet, with the VLAN tags that the segment names.</summary>
    public static byte[] Ethernet(ScriptedSegment segment, byte[] ip)
    {
        var type = ip[0] >> 4 == 6 ? EtherIpv6 : EtherIpv4;
        return [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, .. Tags(segment.Vlans), .. U16(type), .. ip];
    }

    /// <summary>The payload of a VXLAN datagram (RFC 7348 §5).</summary>
    public static byte[] Vxlan(int vni, byte[] frame) => [0x08, 0, 0, 0, .. U32((uint)vni << 8), .. frame];

    /// <summary>The payload of a GENEVE datagram (RFC 8926 §3.4) with options of <paramref name="options"/> octets, a multiple of
    /// 4.</summary>
    public static byte[] Geneve(int vni, byte[] frame, int options = 0) =>
        [(byte)(options / 4), 0, .. U16(EtherBridged), .. U32((uint)vni << 8), .. new byte[options], .. frame];

    /// <summary>The frame around a tunnel's datagram as a capture on the way sees it: Ethernet, IPv4, UDP.</summary>
    public static byte[] Underlay(ushort port, byte[] datagram)
    {
        var carrier = new ScriptedSegment
        {
            Endpoints = FlowEndpoints.Default,
            FromClient = true,
            Sequence = 0,
            Acknowledgment = 0,
            Flags = TcpFlags.None,
            Payload = [],
            Time = default,
        };
        byte[] udp = [.. U16(50_000), .. U16(port), .. U16(8 + datagram.Length), .. U16(0), .. datagram];
        return Ethernet(carrier, Ip(carrier, ProtocolUdp, udp));
    }

    private static byte[] Ip(ScriptedSegment segment, int protocol, byte[] payload) => segment.Endpoints.Client.IsIPv4
        ? Ipv4(segment, protocol, payload, identification: 0, fragment: 0)
        : [0x60, 0, 0, 0, .. U16(payload.Length), (byte)protocol, 64, .. Addresses(segment), .. payload];

    private static byte[] Ipv4(ScriptedSegment segment, int protocol, byte[] payload, int identification, int fragment) =>
    [
        0x45, 0, .. U16(20 + payload.Length), .. U16(identification), .. U16(fragment), 64, (byte)protocol, .. U16(0),
        .. Addresses(segment), .. payload,
    ];

    private static byte[] Addresses(ScriptedSegment segment)
    {
        var view = segment.ToSegment();
        return [.. view.Source.ToIPAddress().GetAddressBytes(), .. view.Destination.ToIPAddress().GetAddressBytes()];
    }

    private static byte[] Tags(uint vlans) => vlans switch
    {
        0 => [],
        < 0x100_0000 => [.. U16(EtherVlan), .. U16((int)(vlans & 0xFFF))],
        _ => [.. U16(EtherVlan), .. U16((int)(vlans >> 12) & 0xFFF), .. U16(EtherVlan), .. U16((int)(vlans & 0xFFF))],
    };

    private static byte[] U16(int value)
    {
        var octets = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(octets, (ushort)value);
        return octets;
    }

    private static byte[] U32(uint value)
    {
        var octets = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, value);
        return octets;
    }
}
