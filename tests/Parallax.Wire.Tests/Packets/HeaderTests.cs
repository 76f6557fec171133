using Parallax.Wire.Packets;
using static Parallax.Wire.Tests.Packets.PacketBytes;

namespace Parallax.Wire.Tests.Packets;

/// <summary>What the fields of each header mean; that none is read too early is in <see cref="EveryPrefixTests"/>.</summary>
public sealed class HeaderTests
{
    [Fact]
    public void Ethernet_LengthField_CutsThePadding()
    {
        EthernetHeader.TryDecode(Ethernet(3, [0x42, 0x42, 3, 0, 0, 0]), out var header, out var payload);
        Assert.True(header.IsLength);
        Assert.Equal(3, payload.Length);
    }

    [Theory]
    [InlineData(0u, 0, 0x1000u)]
    [InlineData(0u, 5, 0x1005u)]
    [InlineData(0x1005u, 0, 0x1005000u)]
    [InlineData(0x1005u, 6, 0x1005006u)]
    [InlineData(0x1005006u, 7, 0x1006007u)]
    public void VlanPush_TagsSoFar_MarksHowManyThereWere(uint before, int vid, uint after) =>
        Assert.Equal(after, VlanTag.Push(before, (ushort)vid));

    [Fact]
    public void Vlan_PriorityBits_AreNotPartOfTheIdentifier()
    {
        VlanTag.TryDecode([0xEF, 0xFF, 8, 0], out var tag, out _);
        Assert.Equal(new VlanTag(0xFFF, 0x800), tag);
    }

    [Theory]
    [InlineData(new byte[] { 0x42, 0x42, 3 })] // spanning tree
    [InlineData(new byte[] { 0xAA, 0xAA, 3, 0, 0, 0x0C, 0x20, 0 })] // Cisco discovery
    public void Llc_NotIp_SaysSo(byte[] octets) => Assert.Equal(DecodeStatus.NotIp, LlcHeader.TryDecode(octets, out _, out _));

    [Fact]
    public void Ipv4_Fields_AreRead()
    {
        var octets = Ipv4(17, [1, 2, 3, 4], options: [1, 1, 1, 1], id: 0xABCD, offset: 1480, more: true);
        Assert.Equal(DecodeStatus.Ok, Ipv4Header.TryDecode(octets, out var header, out var payload));
        Assert.Equal(new Ipv4Header(0x0A000001, 0x0A000002, 17, 4, 0xABCD, 1480, true), header);
        Assert.Equal([1, 2, 3, 4], payload.ToArray());
    }

    [Fact]
    public void Ipv4_Padding_IsCutByTheTotalLength()
    {
        Ipv4Header.TryDecode([.. Ipv4(6, [1, 2]), 0, 0, 0, 0], out _, out var payload);
        Assert.Equal([1, 2], payload.ToArray());
    }

    [Fact]
    public void Ipv4_TotalLengthZero_ReachesToTheEnd()
    {
        Ipv4Header.TryDecode(Ipv4(6, new byte[70_000], totalLength: 0), out var header, out var payload);
        Assert.Equal(Ipv4Header.ToTheEnd, header.PayloadLength);
        Assert.Equal(70_000, payload.Length);
    }

    [Theory]
    [InlineData(0x65, 0)] // version 6
    [InlineData(0x44, 0)] // header of 16 octets
    [InlineData(0x46, 20)] // total length within the header
    [InlineData(0x45, 19)]
    public void Ipv4_ContradictsItself_IsMalformed(byte first, int totalLength)
    {
        byte[] octets = [first, .. Ipv4(6, new byte[8], totalLength).AsSpan(1)];
        Assert.Equal(DecodeStatus.MalformedIp, Ipv4Header.TryDecode(octets, out _, out _));
    }

    [Fact]
    public void Ipv6_JumboLength_ReachesToTheEnd()
    {
        Ipv6Header.TryDecode(Ipv6(0, new byte[100_000], payloadLength: 0), out var header, out var payload);
        Assert.Equal(Ipv4Header.ToTheEnd, header.PayloadLength);
        Assert.Equal(100_000, payload.Length);
    }

    [Fact]
    public void Ipv6_WrongVersion_IsMalformed() =>
        Assert.Equal(DecodeStatus.MalformedIp, Ipv6Header.TryDecode(Ipv4(6, new byte[40]), out _, out _));

    [Fact]
    public void Ipv6Fragment_Fields_AreRead()
    {
        Ipv6FragmentHeader.TryDecode(Ipv6Fragment(6, [], 1448, true, 0xDEADBEEF), out var header, out _);
        Assert.Equal(new Ipv6FragmentHeader(6, 1448, true, 0xDEADBEEF), header);
        Assert.True(header.IsFragment);
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(8, 0)]
    [InlineData(10, 2)]
    [InlineData(500, 4)]
    public void Udp_Length_BoundsThePayload(int length, int expected)
    {
        UdpHeader.TryDecode([.. U16(1), .. U16(2), .. U16(length), 0, 0, 9, 9, 9, 9], out var header, out var payload);
        Assert.Equal(new UdpHeader(1, 2), header);
        Assert.Equal(expected, payload.Length);
    }

    [Fact]
    public void Udp_LengthBelowItsHeader_IsMalformed() =>
        Assert.Equal(DecodeStatus.MalformedUdp, UdpHeader.TryDecode([0, 1, 0, 2, 0, 7, 0, 0], out _, out _));

    [Fact]
    public void Tcp_Fields_AreRead()
    {
        TcpHeader.TryDecode(Tcp([1, 2, 3], TcpFlags.Syn | TcpFlags.Cwr, options: new byte[8]), out var header, out var payload);
        Assert.Equal(new TcpHeader(1000, 80, 7, 9, TcpFlags.Syn | TcpFlags.Cwr, 28), header);
        Assert.Equal([1, 2, 3], payload.ToArray());
    }

    [Fact]
    public void Tcp_DataOffsetBelowFive_IsMalformed()
    {
        var octets = Tcp([]);
        octets[12] = 0x40;
        Assert.Equal(DecodeStatus.MalformedTcp, TcpHeader.TryDecode(octets, out _, out _));
    }

    [Fact]
    public void Vxlan_ReservedBits_AreIgnored()
    {
        Assert.Equal(DecodeStatus.Ok, VxlanHeader.TryDecode([0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 0xFF], out var header, out _));
        Assert.Equal(0x010203, header.Vni);
    }

    [Fact]
    public void Vxlan_FlagClear_HasNoVni() =>
        Assert.Equal(DecodeStatus.MissingVni, VxlanHeader.TryDecode([0xF7, 0, 0, 0, 1, 2, 3, 0], out _, out _));

    [Fact]
    public void Geneve_Fields_AreRead()
    {
        GeneveHeader.TryDecode(Geneve(0xABCDEF, 0x6558, [1], new byte[252]), out var header, out var payload);
        Assert.Equal(new GeneveHeader(0xABCDEF, 0x6558), header);
        Assert.Equal([1], payload.ToArray());
    }

    [Fact]
    public void Geneve_OtherVersion_IsUnsupported() =>
        Assert.Equal(DecodeStatus.UnsupportedTunnel, GeneveHeader.TryDecode([0x40, 0, 8, 0, 0, 0, 0, 0], out _, out _));

    [Theory]
    [InlineData(0x4000)] // source route
    [InlineData(0x0002)] // version 2
    public void Gre_Obsolete_IsUnsupported(int flags) =>
        Assert.Equal(DecodeStatus.UnsupportedTunnel, GreHeader.TryDecode(Gre(0x800, new byte[32], flags), out _, out _));

    [Theory]
    [InlineData(0x88BE, false, 1, 0)]
    [InlineData(0x88BE, true, 2, 8)]
    [InlineData(0x22EB, true, 3, 12)]
    public void Erspan_Type_FollowsFromGre(int protocol, bool sequence, int type, int length)
    {
        ErspanHeader.TryDecode(new byte[40], new GreHeader((ushort)protocol, sequence), out var header, out var frame);
        Assert.Equal(type, header.Type);
        Assert.Equal(40 - length, frame.Length);
    }

    [Fact]
    public void GtpUser_ExtensionOfNoLength_IsMalformed() => Assert.Equal(
        DecodeStatus.MalformedTunnel, GtpUserHeader.TryDecode([0x34, 0xFF, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0x85, 0, 0, 0, 0], out _, out _));

    [Fact]
    public void GtpUser_Echo_CarriesNothing() =>
        Assert.Equal(DecodeStatus.NotTcp, GtpUserHeader.TryDecode([0x30, 1, 0, 0, 0, 0, 0, 0], out _, out _));

    [Theory]
    [InlineData(new byte[] { 0x21, 9 }, 0x21)]
    [InlineData(new byte[] { 0, 0x57, 9 }, 0x57)]
    [InlineData(new byte[] { 0xFF, 3, 0xC0, 0x21, 9 }, 0xC021)]
    public void Ppp_AnyCompression_GivesTheProtocol(byte[] octets, int protocol)
    {
        PppHeader.TryDecode(octets, out var header, out var payload);
        Assert.Equal(protocol, header.Protocol);
        Assert.Equal([9], payload.ToArray());
    }

    [Theory]
    [InlineData(new byte[] { 2, 0, 0, 0 }, 0x800)]
    [InlineData(new byte[] { 0, 0, 0, 2 }, 0x800)]
    [InlineData(new byte[] { 30, 0, 0, 0 }, 0x86DD)]
    [InlineData(new byte[] { 0, 0, 0, 24 }, 0x86DD)]
    public void Loopback_EitherOrder_GivesTheFamily(byte[] octets, int type)
    {
        LoopbackHeader.TryDecode(octets, out var header, out _);
        Assert.Equal(type, header.EtherType);
    }

    [Theory]
    [InlineData(new byte[] { 0x80, 0 }, DecodeStatus.NotIp)] // beacon
    [InlineData(new byte[] { 0x48, 0 }, DecodeStatus.NotIp)] // null data
    [InlineData(new byte[] { 0x08, 0x40 }, DecodeStatus.Encrypted)]
    [InlineData(new byte[] { 0x08, 0x04 }, DecodeStatus.LinkFragment)]
    public void Ieee80211_WithoutADatagram_SaysWhy(byte[] control, DecodeStatus status) =>
        Assert.Equal(status, Ieee80211Header.TryDecode([.. control, .. new byte[40]], false, out _, out _));

    [Theory]
    [InlineData(0x08, 0x01, false, 24)]
    [InlineData(0x88, 0x01, false, 26)]
    [InlineData(0x88, 0x01, true, 28)]
    [InlineData(0x88, 0x03, false, 32)]
    [InlineData(0x88, 0x83, false, 36)]
    public void Ieee80211_OptionalFields_AreCounted(byte type, byte flags, bool padded, int length)
    {
        Ieee80211Header.TryDecode([type, flags, .. new byte[60]], padded, out var header, out _);
        Assert.Equal(length, header.Length);
    }

    [Fact]
    public void Radiotap_FlagsBehindTimeStamp_TellThePadding()
    {
        RadiotapHeader.TryDecode([0, 0, 17, 0, 3, 0, 0, 0, .. new byte[8], 0x20], out var header, out _);
        Assert.True(header.IsPadded);
    }
}
