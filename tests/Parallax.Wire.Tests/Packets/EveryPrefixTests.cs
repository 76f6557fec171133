using Parallax.Wire.Packets;
using static Parallax.Wire.Tests.Packets.PacketBytes;

namespace Parallax.Wire.Tests.Packets;

/// <summary>No header is decoded before all of it is there, and none throws for want of octets.</summary>
public sealed class EveryPrefixTests
{
    private delegate DecodeStatus Decode(ReadOnlySpan<byte> octets, out ReadOnlySpan<byte> rest);

    private static readonly Dictionary<string, (byte[] Whole, Decode Decode)> Headers = new()
    {
        ["Ethernet"] = (Ethernet(EtherType.Ipv4, []), (o, out r) => EthernetHeader.TryDecode(o, out _, out r)),
        ["VLAN"] = (Vlan(5, EtherType.Ipv4, []), (o, out r) => VlanTag.TryDecode(o, out _, out r)),
        ["MPLS"] = ([0, 0, 1, 64], (o, out r) => MplsLabel.TryDecode(o, out _, out r)),
        ["SNAP"] = (Snap(EtherType.Ipv4, []), (o, out r) => LlcHeader.TryDecode(o, out _, out r)),
        ["LLC, IP"] = ([6, 6, 3], (o, out r) => LlcHeader.TryDecode(o, out _, out r)),
        ["IPv4"] = (Ipv4(6, [], options: [1, 1, 1, 0]), (o, out r) => Ipv4Header.TryDecode(o, out _, out r)),
        ["IPv6"] = (Ipv6(6, []), (o, out r) => Ipv6Header.TryDecode(o, out _, out r)),
        ["hop-by-hop"] = ([6, 1, .. new byte[14]], (o, out r) => Ipv6ExtensionHeader.TryDecode(o, IpProtocol.HopByHop, out _, out r)),
        ["AH"] = ([6, 4, .. new byte[22]], (o, out r) => Ipv6ExtensionHeader.TryDecode(o, IpProtocol.Authentication, out _, out r)),
        ["fragment"] = (Ipv6Fragment(6, [], 8, true), (o, out r) => Ipv6FragmentHeader.TryDecode(o, out _, out r)),
        ["UDP"] = (Udp(53, []), (o, out r) => UdpHeader.TryDecode(o, out _, out r)),
        ["TCP"] = (Tcp([]), (o, out r) => TcpHeader.TryDecode(o, out _, out r)),
        ["VXLAN"] = (Vxlan(1, []), (o, out r) => VxlanHeader.TryDecode(o, out _, out r)),
        ["GENEVE"] = (Geneve(1, 0x6558, [], new byte[12]), (o, out r) => GeneveHeader.TryDecode(o, out _, out r)),
        ["GRE"] = (Gre(0x800, [], 0xB000, new byte[12]), (o, out r) => GreHeader.TryDecode(o, out _, out r)),
        ["GRE, PPTP"] = (Gre(0x880B, [], 0x3081, new byte[12]), (o, out r) => GreHeader.TryDecode(o, out _, out r)),
        ["ERSPAN II"] = (new byte[8], (o, out r) => ErspanHeader.TryDecode(o, new GreHeader(0x88BE, true), out _, out r)),
        ["ERSPAN III"] = (
            [.. new byte[11], 1, .. new byte[8]], (o, out r) => ErspanHeader.TryDecode(o, new GreHeader(0x22EB, true), out _, out r)),
        ["GTP-U"] = ([0x34, 0xFF, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 0, 0], (o, out r) => GtpUserHeader.TryDecode(o, out _, out r)),
        ["PPPoE"] = (Pppoe([]), (o, out r) => PppoeHeader.TryDecode(o, out _, out r)),
        ["PPP"] = ([0xFF, 3, 0, 0x21], (o, out r) => PppHeader.TryDecode(o, out _, out r)),
        ["AYIYA"] = ([0x44, 0x52, 0x11, 41, .. new byte[4 + 16 + 20]], (o, out r) => AyiyaHeader.TryDecode(o, out _, out r)),
        ["Teredo"] = ([0, 1, 1, 1, .. new byte[11], 0, 0, .. new byte[6], 0x60], (o, out r) => TeredoHeader.TryDecode(o, out r)),
        ["Null"] = ([2, 0, 0, 0], (o, out r) => LoopbackHeader.TryDecode(o, out _, out r)),
        ["SLL"] = (new byte[16], (o, out r) => LinuxSllHeader.TryDecodeVersion1(o, out _, out r)),
        ["SLL2"] = (new byte[20], (o, out r) => LinuxSllHeader.TryDecodeVersion2(o, out _, out r)),
        ["802.11"] = (Wireless([], qos: true), (o, out r) => Ieee80211Header.TryDecode(o, false, out _, out r)),
        ["radiotap"] = ([0, 0, 12, 0, 0, 0, 0, 0x80, 0, 0, 0, 0], (o, out r) => RadiotapHeader.TryDecode(o, out _, out r)),
        ["NFLOG"] = ([2, 0, 0, 0, 5, 0, 1, 0, 7, 0, 0, 0, 4, 0, 9, 0], (o, out r) => NflogHeader.TryDecode(o, out r)),
        ["Cisco HDLC"] = ([0x0F, 0, 8, 0], (o, out r) => CiscoHdlcHeader.TryDecode(o, out _, out r)),
        ["ARCNET, RFC 1051"] = ([1, 2, 0, 0, 0xF0], (o, out r) => ArcnetHeader.TryDecode(o, out _, out r)),
        ["ARCNET, RFC 1201"] = ([1, 2, 0, 0, 0xD4, 0, 0, 1], (o, out r) => ArcnetHeader.TryDecode(o, out _, out r)),
    };

    public static TheoryData<string> Names => [.. Headers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void TryDecode_EveryPrefix_IsOkOnlyWhenComplete(string name)
    {
        var (whole, decode) = Headers[name];
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.True(DecodeStatus.Ok != decode(whole.AsSpan(0, length), out var none), $"{name}: Ok with {length} octets");
            Assert.True(none.IsEmpty);
        }

        Assert.Equal(DecodeStatus.Ok, decode(whole, out _));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TryDecode_OctetsBehindTheHeader_AreTheRest(string name)
    {
        var (whole, decode) = Headers[name];
        if (name is "IPv4" or "UDP" or "PPPoE" or "NFLOG")
        {
            return; // these say themselves how long their payload is, and here it is empty
        }

        Assert.Equal(DecodeStatus.Ok, decode([.. whole, 0xAB, 0xCD], out var rest));
        Assert.Equal([0xAB, 0xCD], rest[^2..].ToArray());
    }
}
