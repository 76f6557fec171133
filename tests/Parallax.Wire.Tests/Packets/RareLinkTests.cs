using System.Text;
using Parallax.Wire.Packets;
using static Parallax.Wire.Tests.Packets.PacketBytes;

namespace Parallax.Wire.Tests.Packets;

/// <summary>Link layers that few captures have, and tunnels in UDP.</summary>
public sealed class RareLinkTests
{
    private const string Payload = "GET / HTTP/1.1\r\n\r\n";
    private static readonly byte[] InEthernet = Ethernet(EtherType.Ipv4, Request());
    private static readonly byte[] Addresses = InEthernet[..12];

    private static readonly Dictionary<string, (LinkType Link, byte[] Packet)> Packets = new()
    {
        ["Token Ring"] = (LinkType.TokenRing, [0x10, 0x40, .. new byte[12], .. Snap(0x800, Request())]),
        ["Token Ring, route"] =
            (LinkType.TokenRing, [0x10, 0x40, .. new byte[6], 0x80, .. new byte[5], 4, 0, 0, 0, .. Snap(0x800, Request())]),
        ["FDDI"] = (LinkType.Fddi, [0x50, .. new byte[12], .. Snap(0x800, Request())]),
        ["old pflog"] = (LinkType.OldPflog, [.. new byte[28], .. Request()]),
        ["pflog"] = (LinkType.Pflog, [61, 2, .. new byte[62], .. Request()]),
        ["ATM, RFC 1483"] = (LinkType.AtmRfc1483, Snap(0x800, Request())),
        ["SunATM"] = (LinkType.SunAtm, [0x82, 0, 0, 64, .. Snap(0x800, Request())]),
        ["Frame Relay"] = (LinkType.FrameRelay, [0x18, 0x41, 3, 0xCC, .. Request()]),
        ["Frame Relay, SNAP"] = (LinkType.FrameRelay, [0x18, 0x40, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 0, .. Request()]),
        ["Frame Relay, Cisco"] = (LinkType.FrameRelay, [0x18, 0x41, 8, 0, .. Request()]),
        ["Frame Relay, direction"] = (LinkType.FrameRelayWithDirection, [1, 0x18, 0x41, 3, 0xCC, .. Request()]),
        ["Prism"] = (LinkType.Prism, [0x44, 0, 0, 0, 144, 0, 0, 0, .. new byte[136], .. Wireless(Snap(0x800, Request()))]),
        ["AVS"] = (LinkType.Avs, [0x80, 0x21, 0x10, 1, 0, 0, 0, 64, .. new byte[56], .. Wireless(Snap(0x800, Request()))]),
        ["IP over Fibre Channel"] = (LinkType.IpOverFibreChannel, [.. new byte[16], .. Snap(0x800, Request())]),
        ["IEEE 1394"] = (LinkType.AppleIeee1394, [.. new byte[16], 8, 0, .. Request()]),
        ["DOCSIS"] = (LinkType.Docsis, [0, 0, 0, 99, 0, 0, .. InEthernet]),
        ["DOCSIS, extended"] = (LinkType.Docsis, [1, 2, 0, 99, 9, 9, 0, 0, .. InEthernet]),
        ["PPP, pppd"] = (LinkType.PppPppd, [1, 3, 0, 0x21, .. Request()]),
        ["PPP, direction"] = (LinkType.PppWithDirection, [1, 0xFF, 3, 0, 0x21, .. Request()]),
        ["HDLC, direction"] = (LinkType.CiscoHdlcWithDirection, [1, 0x0F, 0, 8, 0, .. Request()]),
        ["Juniper, Ethernet"] = (LinkType.JuniperEthernet, [.. "MGC"u8, 1, .. InEthernet]),
        ["Juniper, extensions"] = (LinkType.JuniperCiscoHdlc, [.. "MGC"u8, 0x81, 0, 2, 7, 7, 0x0F, 0, 8, 0, .. Request()]),
        ["Juniper, no link layer"] = (LinkType.JuniperPpp, [.. "MGC"u8, 3, 2, 0, 0, 0, .. Request()]),
        ["PPI"] = (LinkType.Ppi, [0, 0, 8, 0, 105, 0, 0, 0, .. Wireless(Snap(0x800, Request()))]),
        ["ERF, Ethernet"] = (LinkType.Erf, [.. new byte[8], 2, 4, 0, 99, 0, 0, 0, 99, 0, 0, .. InEthernet]),
        ["ERF, extension headers"] =
            (LinkType.Erf, [.. new byte[8], 0x82, 4, 0, 99, 0, 0, 0, 99, 0x80, .. new byte[7], 0, .. new byte[7], 0, 0, .. InEthernet]),
        ["MPLS"] = (LinkType.Mpls, [0, 0, 0x11, 64, .. Request()]),
        ["IPNET"] = (LinkType.Ipnet, [1, 2, .. new byte[22], .. Request()]),
        ["netANALYZER"] = (LinkType.NetAnalyzer, [0, 1, 0, 0, .. InEthernet]),
        ["netANALYZER, preamble"] = (LinkType.NetAnalyzerTransparent, [0, 1, 0, 0, .. Preamble(), .. InEthernet]),
        ["IP over InfiniBand"] = (LinkType.IpOverInfiniBand, [.. new byte[40], 8, 0, 0, 0, .. Request()]),
        ["PKTAP"] = (LinkType.Pktap, [16, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, .. new byte[4], .. InEthernet]),
        ["PKTAP, raw"] = (LinkType.Pktap, [12, 0, 0, 0, 1, 0, 0, 0, 12, 0, 0, 0, .. Request()]),
        ["mPacket"] = (LinkType.EthernetMpacket, [.. Preamble(), .. InEthernet]),
        ["DSA, Broadcom"] = (LinkType.DsaBroadcom, [.. Addresses, 0, 0, 0, 1, 8, 0, .. Request()]),
        ["DSA, Broadcom in front"] = (LinkType.DsaBroadcomPrepended, [0, 0, 0, 1, .. InEthernet]),
        ["DSA, Marvell"] = (LinkType.DsaMarvell, [.. Addresses, 0x40, 0, 0, 1, 8, 0, .. Request()]),
        ["DSA, Marvell, EtherType"] = (LinkType.DsaMarvellEtherTyped, [.. Addresses, 0xDA, 0xDA, 0, 0, 0x40, 0, 0, 1, 8, 0, .. Request()]),
        ["GRE in UDP"] = (LinkType.Raw, Ipv4(17, Udp(4754, Gre(0x800, Request(), 0x2000, new byte[4])))),
        ["GRE in UDP, Ethernet"] = (LinkType.Raw, Ipv6(17, Udp(4754, Gre(0x6558, InEthernet)))),
        ["ERSPAN in GRE in UDP"] = (LinkType.Raw, Ipv4(17, Udp(4754, Gre(0x88BE, [.. new byte[8], .. InEthernet], 0x1000, new byte[4])))),
        ["MPLS in UDP"] = (LinkType.Raw, Ipv4(17, Udp(6635, [0, 0, 0x11, 64, .. Request()]))),
        ["TZSP"] = (LinkType.Raw, Ipv4(17, Udp(37008, [1, 0, 0, 1, 0, 10, 1, 0x20, 1, .. InEthernet]))),
    };

    private readonly PacketDecoder _decoder = new();

    public static TheoryData<string> Names => [.. Packets.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void TryDecode_RareLink_GivesTheSegment(string name)
    {
        var (link, packet) = Packets[name];
        Assert.Equal(DecodeStatus.Ok, _decoder.TryDecode(packet, link, default, packet.Length, out var segment));
        Assert.Equal(Payload, Encoding.ASCII.GetString(segment.Payload));
        Assert.True(LinkTypes.IsRead(link));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TryDecode_EveryPrefix_NeverThrowsAndNeverMakesOctetsUp(string name)
    {
        var (link, packet) = Packets[name];
        for (var length = 0; length < packet.Length; length++)
        {
            if (_decoder.TryDecode(packet.AsSpan(0, length), link, default, packet.Length, out var segment) == DecodeStatus.Ok)
            {
                Assert.StartsWith(Encoding.ASCII.GetString(segment.Payload), Payload, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(LinkType.Ppi)]
    [InlineData(LinkType.Pktap)]
    public void TryDecode_HeaderThatNamesItself_EndsAtOnce(LinkType link)
    {
        byte[] ppi = [0, 0, 8, 0, (byte)LinkType.Ppi, 0, 0, 0];
        byte[] pktap = [12, 0, 0, 0, 1, 0, 0, 0, 2, 1, 0, 0];
        var packet = Enumerable.Repeat(link == LinkType.Ppi ? ppi : pktap, 10_000).SelectMany(octets => octets).ToArray();
        Assert.Equal(DecodeStatus.TooDeep, _decoder.TryDecode(packet, link, default, packet.Length, out _));
    }

    [Theory]
    [InlineData(109)]
    [InlineData(147)]
    [InlineData(220)]
    public void IsRead_LinkTypeNotKnown_IsFalse(int link) => Assert.False(LinkTypes.IsRead((LinkType)link));

    private static byte[] Preamble() => [0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xD5];
}
