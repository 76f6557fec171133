using System.Text;
using Parallax.Wire.Packets;
using static Parallax.Wire.Tests.Packets.PacketBytes;

namespace Parallax.Wire.Tests.Packets;

public sealed class PacketDecoderTests
{
    private const string Text = "GET / HTTP/1.1\r\n\r\n";
    private static readonly byte[] InEthernet = Ethernet(EtherType.Ipv4, Request());
    private static readonly byte[] InIpv6 = Ipv6(IpProtocol.Tcp, Tcp(PacketBytes.Text(Text)));

    private static readonly Dictionary<string, (LinkType Link, byte[] Packet)> Encapsulations = new()
    {
        ["Ethernet"] = (LinkType.Ethernet, InEthernet),
        ["padded"] = (LinkType.Ethernet, [.. InEthernet, .. new byte[20]]),
        ["VLAN 0"] = (LinkType.Ethernet, Ethernet(0x8100, Vlan(0, 0x800, Request()))),
        ["QinQ"] = (LinkType.Ethernet, Ethernet(0x88A8, Vlan(1, 0x8100, Vlan(2, 0x800, Request())))),
        ["four tags"] = (LinkType.Ethernet, Ethernet(0x9100, Vlan(1, 0x8100, Vlan(2, 0x8100, Vlan(3, 0x8100, Vlan(4, 0x800, Request())))))),
        ["SNAP"] = (LinkType.Ethernet, Ethernet(8 + Request().Length, Snap(0x800, Request()))),
        ["SNAP after VLAN"] = (LinkType.Ethernet, Ethernet(0x8100, Vlan(3, 8 + Request().Length, Snap(0x800, Request())))),
        ["LLC"] = (LinkType.Ethernet, Ethernet(3 + Request().Length, [6, 6, 3, .. Request()])),
        ["MPLS"] = (LinkType.Ethernet, Ethernet(0x8847, [0, 0, 0x10, 64, 0, 0, 0x21, 64, .. Request()])),
        ["MPLS pseudowire"] = (LinkType.Ethernet, Ethernet(0x8847, [0, 0, 0x11, 64, 0, 0, 0, 0, .. InEthernet])),
        ["PPPoE"] = (LinkType.Ethernet, Ethernet(0x8864, [.. Pppoe([0, 0x21, .. Request()]), 0, 0])),
        ["802.1ah"] = (LinkType.Ethernet, Ethernet(0x88E7, [0, 0, 0, 9, .. InEthernet])),
        ["VN-Tag"] = (LinkType.Ethernet, Ethernet(0x8926, [0, 0, 0, 0, .. U16(0x800), .. Request()])),
        ["TCP options, IP options"] = (LinkType.Raw, Ipv4(6, Tcp(PacketBytes.Text(Text), options: new byte[12]), options: new byte[40])),
        ["segmentation offload"] = (LinkType.Ethernet, Ethernet(0x800, Ipv4(6, Tcp(PacketBytes.Text(Text)), totalLength: 0))),
        ["IPv6"] = (LinkType.Ethernet, Ethernet(0x86DD, InIpv6)),
        ["IPv6 extensions"] = (LinkType.Raw, Ipv6(0, [43, 0, .. new byte[6], 60, 0, .. new byte[6], 51, 0, .. new byte[6],
            44, 1, .. new byte[10], .. Ipv6Fragment(135, [], 0, false), 6, 0, .. new byte[6], .. Tcp(PacketBytes.Text(Text))])),
        ["IP in IP"] = (LinkType.Raw, Ipv4(4, Request())),
        ["IPv6 in IPv4"] = (LinkType.Raw, Ipv4(41, InIpv6)),
        ["IPv4 in IPv6"] = (LinkType.Raw, Ipv6(4, Request())),
        ["VXLAN"] = (LinkType.Ethernet, Ethernet(0x800, Ipv4(17, Udp(4789, Vxlan(5, InEthernet))))),
        ["VXLAN, old port"] = (LinkType.Raw, Ipv6(17, Udp(8472, Vxlan(5, InEthernet)))),
        ["VXLAN-GPE"] = (LinkType.Raw, Ipv4(17, Udp(4790, [0x0C, 0, 0, 1, 0, 0, 5, 0, .. Request()]))),
        ["GENEVE"] = (LinkType.Raw, Ipv4(17, Udp(6081, Geneve(5, 0x6558, InEthernet, new byte[8])))),
        ["GENEVE, IPv6"] = (LinkType.Raw, Ipv4(17, Udp(6081, Geneve(5, 0x86DD, InIpv6)))),
        ["VXLAN in GENEVE"] = (LinkType.Raw, Ipv4(17, Udp(6081, Geneve(9, 0x800, Ipv4(17, Udp(4789, Vxlan(5, InEthernet))))))),
        ["GRE"] = (LinkType.Raw, Ipv4(47, Gre(0x800, Request(), 0xB000, new byte[12]))),
        ["GRE, Ethernet"] = (LinkType.Raw, Ipv4(47, Gre(0x6558, InEthernet, 0x2000, new byte[4]))),
        ["PPTP"] = (LinkType.Raw, Ipv4(47, Gre(0x880B, [0xFF, 3, 0, 0x21, .. Request()], 0x3001, new byte[8]))),
        ["WCCP 1"] = (LinkType.Raw, Ipv4(47, Gre(0x883E, Request()))),
        ["WCCP 2"] = (LinkType.Raw, Ipv4(47, Gre(0x883E, [0, 0, 1, 2, .. Request()]))),
        ["ERSPAN I"] = (LinkType.Raw, Ipv4(47, Gre(0x88BE, InEthernet))),
        ["ERSPAN II"] = (LinkType.Raw, Ipv4(47, Gre(0x88BE, [.. new byte[8], .. InEthernet], 0x1000, new byte[4]))),
        ["ERSPAN III"] = (LinkType.Raw, Ipv4(47, Gre(0x22EB, [.. new byte[12], .. InEthernet], 0x1000, new byte[4]))),
        ["GRE, Aruba"] = (LinkType.Raw, Ipv4(47, Gre(0x8200, Wireless(Snap(0x800, Request()), qos: true)))),
        ["GTP-U"] = (LinkType.Raw, Ipv4(17, Udp(2152, [0x34, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 0, 0, .. Request()]))),
        ["AYIYA"] = (LinkType.Raw, Ipv4(17, Udp(9999, [0x44, 0x52, 0x11, 41, .. new byte[40], .. InIpv6], sourcePort: 5072))),
        ["Teredo"] = (LinkType.Raw, Ipv4(17, Udp(3544, [0, 0, .. new byte[6], .. InIpv6]))),
        ["EtherIP"] = (LinkType.Raw, Ipv4(97, [0x30, 0, .. InEthernet])),
        ["MPLS in IP"] = (LinkType.Raw, Ipv4(137, [0, 0, 0x11, 64, .. Request()])),
        ["raw, BSD"] = (LinkType.RawBsd, Request()),
        ["raw IPv4"] = (LinkType.Ipv4, Request()),
        ["raw IPv6"] = (LinkType.Ipv6, InIpv6),
        ["Null"] = (LinkType.Null, [2, 0, 0, 0, .. Request()]),
        ["Loop"] = (LinkType.Loop, [0, 0, 0, 2, .. Request()]),
        ["SLL"] = (LinkType.LinuxSll, [.. new byte[14], 8, 0, .. Request()]),
        ["SLL, VLAN"] = (LinkType.LinuxSll, [.. new byte[14], 0x81, 0, .. Vlan(7, 0x800, Request())]),
        ["SLL, LLC"] = (LinkType.LinuxSll, [.. new byte[14], 0, 4, .. Snap(0x800, Request())]),
        ["SLL2"] = (LinkType.LinuxSll2, [8, 0, .. new byte[18], .. Request()]),
        ["802.11"] = (LinkType.Ieee80211, [.. Wireless(Snap(0x800, Request())), 1, 2, 3, 4]),
        ["radiotap"] = (LinkType.Radiotap, [0, 0, 8, 0, 0, 0, 0, 0, .. Wireless(Snap(0x800, Request()), qos: true)]),
        ["radiotap, padded"] =
            (LinkType.Radiotap, [0, 0, 9, 0, 2, 0, 0, 0, 0x20, .. Wireless([0, 0, .. Snap(0x800, Request())], qos: true)]),
        ["NFLOG"] = (LinkType.Nflog, [2, 0, 0, 0, 5, 0, 1, 0, 7, 0, 0, 0, (byte)(4 + Request().Length), 0, 9, 0, .. Request()]),
        ["Cisco HDLC"] = (LinkType.CiscoHdlc, [0x0F, 0, 8, 0, .. Request()]),
        ["PPP"] = (LinkType.Ppp, [0xFF, 3, 0, 0x21, .. Request()]),
        ["PPP, HDLC"] = (LinkType.PppSerial, [0x0F, 0, 8, 0, .. Request()]),
        ["PPPoE without Ethernet"] = (LinkType.PppEthernet, Pppoe([0, 0x21, .. Request()])),
        ["ARCNET, RFC 1051"] = (LinkType.ArcnetLinux, [1, 2, 0, 0, 0xF0, .. Request()]),
        ["ARCNET, RFC 1201"] = (LinkType.ArcnetLinux, [1, 2, 0, 0, 0xD4, 0, 0, 1, .. Request()]),
    };

    private readonly PacketDecoder _decoder = new();

    public static TheoryData<string> EncapsulationNames => [.. Encapsulations.Keys];

    [Theory]
    [MemberData(nameof(EncapsulationNames))]
    public void TryDecode_Encapsulation_GivesTheSegment(string name)
    {
        var (link, packet) = Encapsulations[name];
        Assert.Equal(DecodeStatus.Ok, _decoder.TryDecode(packet, link, new Timestamp(5), packet.Length, out var segment));
        Assert.Equal(Text, Encoding.ASCII.GetString(segment.Payload));
        Assert.Equal((1000, 80), (segment.SourcePort, segment.DestinationPort));
        Assert.Equal((7u, 9u), (segment.SequenceNumber, segment.AcknowledgmentNumber));
        Assert.Equal((TcpFlags.Ack | TcpFlags.Psh, 0, 5L), (segment.Flags, segment.MissingOctets, segment.Timestamp.Nanoseconds));
        Assert.Equal(segment.Source.IsIPv4 ? Client : Client6, segment.Source.ToString());
        Assert.Equal(segment.Source.IsIPv4 ? Server : Server6, segment.Destination.ToString());
    }

    [Theory]
    [MemberData(nameof(EncapsulationNames))]
    public void TryDecode_EveryPrefix_GivesAtMostTheRestAsMissing(string name)
    {
        var (link, packet) = Encapsulations[name];
        for (var length = 0; length < packet.Length; length++)
        {
            var status = _decoder.TryDecode(packet.AsSpan(0, length), link, default, packet.Length, out var segment);
            if (status == DecodeStatus.Ok)
            {
                Assert.StartsWith(Encoding.ASCII.GetString(segment.Payload), Text, StringComparison.Ordinal);
                Assert.InRange(segment.Payload.Length + segment.MissingOctets, Text.Length, Text.Length + 24);
            }
        }
    }

    [Theory]
    [InlineData("Ethernet", 0u)]
    [InlineData("VLAN 0", 0x1000u)]
    [InlineData("QinQ", 0x1001002u)]
    [InlineData("four tags", 0x1003004u)]
    [InlineData("SLL, VLAN", 0x1007u)]
    [InlineData("802.1ah", 0u)]
    public void TryDecode_Tags_AreThoseOfTheInnermostFrame(string name, uint vlans)
    {
        var (link, packet) = Encapsulations[name];
        _decoder.TryDecode(packet, link, default, packet.Length, out var segment);
        Assert.Equal(vlans, segment.Vlans);
    }

    [Theory]
    [InlineData("Ethernet", TcpSegment.NoVni)]
    [InlineData("GRE, Ethernet", TcpSegment.NoVni)]
    [InlineData("VXLAN", 5)]
    [InlineData("VXLAN-GPE", 5)]
    [InlineData("GENEVE", 5)]
    [InlineData("VXLAN in GENEVE", 5)]
    public void TryDecode_Vni_IsThatOfTheInnermostTunnel(string name, int vni)
    {
        var (link, packet) = Encapsulations[name];
        _decoder.TryDecode(packet, link, default, packet.Length, out var segment);
        Assert.Equal(vni, segment.Vni);
    }

    [Fact]
    public void TryDecode_OuterTagsOfATunnel_AreForgotten()
    {
        var packet = Ethernet(0x8100, Vlan(9, 0x800, Ipv4(17, Udp(4789, Vxlan(5, InEthernet)))));
        _decoder.TryDecode(packet, LinkType.Ethernet, default, packet.Length, out var segment);
        Assert.Equal(0u, segment.Vlans);
    }

    [Fact]
    public void TryDecodeVxlan_Datagram_GivesTheSegment()
    {
        Assert.Equal(DecodeStatus.Ok, _decoder.TryDecodeVxlan(Vxlan(77, InEthernet), new Timestamp(3), out var segment));
        Assert.Equal((77, 3L, Text.Length), (segment.Vni, segment.Timestamp.Nanoseconds, segment.Payload.Length));
    }

    [Fact]
    public void TryDecodeGeneve_HoldingVxlan_GivesTheInnerVni()
    {
        var datagram = Geneve(9, 0x800, Ipv4(17, Udp(4789, Vxlan(5, InEthernet))), new byte[32]);
        Assert.Equal(DecodeStatus.Ok, _decoder.TryDecodeGeneve(datagram, default, out var segment));
        Assert.Equal(5, segment.Vni);
    }

    [Fact]
    public void TryDecode_ConfiguredPort_IsATunnel()
    {
        var decoder = new PacketDecoder(new PacketDecoderOptions { VxlanPorts = [7777] });
        var packet = Ipv4(17, Udp(7777, Vxlan(5, InEthernet)));
        Assert.Equal(DecodeStatus.Ok, decoder.TryDecode(packet, LinkType.Raw, default, packet.Length, out _));
        packet = Ipv4(17, Udp(4789, Vxlan(5, InEthernet)));
        Assert.Equal(DecodeStatus.NotTcp, decoder.TryDecode(packet, LinkType.Raw, default, packet.Length, out _));
    }

    [Theory]
    [InlineData(40, 18)] // not one octet after the headers
    [InlineData(45, 13)]
    [InlineData(58, 0)]
    public void TryDecode_CutBySnapLength_CountsWhatIsMissing(int captured, int missing)
    {
        var packet = Request();
        var status = _decoder.TryDecode(packet.AsSpan(0, captured), LinkType.Raw, default, packet.Length, out var segment);
        Assert.Equal(DecodeStatus.Ok, status);
        Assert.Equal((captured - 40, missing), (segment.Payload.Length, segment.MissingOctets));
    }

    [Fact]
    public void TryDecode_InnerPacketCutByTheMirror_CountsWhatIsMissing()
    {
        var datagram = Vxlan(5, InEthernet)[..^10];
        Assert.Equal(DecodeStatus.Ok, _decoder.TryDecodeVxlan(datagram, default, out var segment));
        Assert.Equal((Text.Length - 10, 10), (segment.Payload.Length, segment.MissingOctets));
    }

    [Fact]
    public void TryDecode_OffloadedAndCut_CountsFromTheOriginalLength()
    {
        var packet = Ipv4(6, Tcp(new byte[100]), totalLength: 0);
        _decoder.TryDecode(packet, LinkType.Raw, default, packet.Length + 70_000, out var segment);
        Assert.Equal((100, 70_000), (segment.Payload.Length, segment.MissingOctets));
    }

    [Fact]
    public void TryDecode_CutWithinTcpOptions_KnowsWhereTheGapIs()
    {
        var packet = Ipv4(6, Tcp(new byte[50], options: new byte[12]));
        Assert.Equal(DecodeStatus.Ok, _decoder.TryDecode(packet.AsSpan(0, 44), LinkType.Raw, default, packet.Length, out var segment));
        Assert.Equal((0, 50), (segment.Payload.Length, segment.MissingOctets));
    }

    [Fact]
    public void TryDecode_DataOffsetBehindTheSegment_IsMalformed()
    {
        var packet = Ipv4(6, Tcp(new byte[4]));
        packet[32] = 0xF0;
        Assert.Equal(DecodeStatus.MalformedTcp, _decoder.TryDecode(packet, LinkType.Raw, default, packet.Length, out _));
    }

    [Fact]
    public void TryDecode_NotTcp_SaysWhatIsInTheWay()
    {
        (DecodeStatus Status, LinkType Link, byte[] Packet)[] cases =
        [
            (DecodeStatus.UnsupportedLinkType, (LinkType)147, InEthernet),
            (DecodeStatus.UnsupportedEtherType, LinkType.Ethernet, Ethernet(0x1234, new byte[50])),
            (DecodeStatus.UnsupportedEtherType, LinkType.Ethernet, Ethernet(0x05DD, new byte[50])),
            (DecodeStatus.NotIp, LinkType.Ethernet, Ethernet(0x0806, new byte[50])),
            (DecodeStatus.NotIp, LinkType.Ethernet, Ethernet(38, [0x42, 0x42, 3, .. new byte[43]])),
            (DecodeStatus.NotTcp, LinkType.Raw, Ipv4(1, new byte[50])),
            (DecodeStatus.NotTcp, LinkType.Raw, Ipv4(17, Udp(53, new byte[50]))),
            (DecodeStatus.Encrypted, LinkType.Raw, Ipv6(50, new byte[50])),
            (DecodeStatus.MissingVni, LinkType.Raw, Ipv4(17, Udp(4789, new byte[50]))),
            (DecodeStatus.UnsupportedTunnel, LinkType.Raw, Ipv4(17, Udp(2152, new byte[50]))),
            (DecodeStatus.Truncated, LinkType.Raw, []),
        ];
        Assert.All(cases, c => Assert.Equal(c.Status, _decoder.TryDecode(c.Packet, c.Link, default, c.Packet.Length, out _)));
        Assert.All(cases, c => Assert.InRange(_decoder.Counters[c.Status], 1, 2));
        Assert.Equal(cases.Length, _decoder.Counters.Packets);
    }

    [Theory]
    [InlineData(4, DecodeStatus.Ok)]
    [InlineData(5, DecodeStatus.TooDeep)]
    public void TryDecode_NestedTunnels_AreFourAtMost(int levels, DecodeStatus status)
    {
        var packet = Request();
        for (var i = 0; i < levels; i++)
        {
            packet = Ipv4(4, packet);
        }

        Assert.Equal(status, _decoder.TryDecode(packet, LinkType.Raw, default, packet.Length, out _));
    }

    [Fact]
    public void TryDecode_FiveTags_IsTooDeep()
    {
        var packet = Request();
        var type = 0x800;
        for (var i = 0; i < 5; i++)
        {
            packet = Vlan(i, type, packet);
            type = 0x8100;
        }

        Assert.Equal(DecodeStatus.TooDeep, _decoder.TryDecode(Ethernet(0x8100, packet), LinkType.Ethernet, default, 500, out _));
    }
}
