using System.Text;
using Parallax.Wire.Packets;
using static Parallax.Wire.Tests.Packets.PacketBytes;

namespace Parallax.Wire.Tests.Packets;

public sealed class PacketDecoderFragmentTests
{
    private static readonly string Body = new('x', 200);
    private readonly PacketDecoder _decoder = new();

    [Fact]
    public void TryDecode_Ipv4FragmentsInAnyOrder_GiveTheSegmentWithTheLast()
    {
        var tcp = Tcp(PacketBytes.Text(Body));
        byte[][] packets =
        [
            Ipv4(6, tcp[160..], offset: 160), Ipv4(6, tcp[..80], more: true), Ipv4(6, tcp[80..160], offset: 80, more: true),
        ];
        Assert.Equal(DecodeStatus.FragmentHeld, Decode(packets[0], out _));
        Assert.Equal(DecodeStatus.FragmentHeld, Decode(packets[1], out _));
        Assert.Equal(DecodeStatus.Ok, Decode(packets[2], out var text));
        Assert.Equal(Body, text);
        Assert.Equal((1L, 0), (_decoder.Counters.DatagramsReassembled, _decoder.WaitingDatagrams));
    }

    [Fact]
    public void TryDecode_Ipv6Fragments_TakeTheProtocolOfTheFirst()
    {
        var tcp = Tcp(PacketBytes.Text(Body));
        Assert.Equal(DecodeStatus.FragmentHeld, Decode(Ipv6(44, Ipv6Fragment(99, tcp[104..], 104, false)), out _));
        Assert.Equal(DecodeStatus.Ok, Decode(Ipv6(44, Ipv6Fragment(6, tcp[..104], 0, true)), out var text));
        Assert.Equal(Body, text);
    }

    [Fact]
    public void TryDecode_FragmentsInsideAndOutsideATunnel_AreBothPutTogether()
    {
        // The inner datagram is in two fragments, and the VXLAN datagram around each of them in two more.
        var tcp = Tcp(PacketBytes.Text(Body));
        byte[][] inner = [Ipv4(6, tcp[..104], more: true), Ipv4(6, tcp[104..], offset: 104)];
        var text = "";
        var status = DecodeStatus.Ok;
        for (var i = 0; i < 2; i++)
        {
            var udp = Udp(4789, Vxlan(5, Ethernet(0x800, inner[i])));
            Assert.Equal(DecodeStatus.FragmentHeld, Decode(Ipv4(17, udp[..48], id: 70 + i, more: true), out _));
            status = Decode(Ipv4(17, udp[48..], id: 70 + i, offset: 48), out text);
        }

        Assert.Equal(DecodeStatus.Ok, status);
        Assert.Equal(Body, text);
        Assert.Equal(3, _decoder.Counters.DatagramsReassembled);
    }

    [Fact]
    public void TryDecode_SameFragmentsInTwoNetworks_AreNotMixed()
    {
        var tcp = Tcp(PacketBytes.Text(Body));
        var first = Ethernet(0x800, Ipv4(6, tcp[..104], more: true));
        var last = Ethernet(0x800, Ipv4(6, tcp[104..], offset: 104));
        Assert.Equal(DecodeStatus.FragmentHeld, _decoder.TryDecodeVxlan(Vxlan(1, first), default, out _));
        Assert.Equal(DecodeStatus.FragmentHeld, _decoder.TryDecodeVxlan(Vxlan(2, last), default, out _));
        Assert.Equal(2, _decoder.WaitingDatagrams);
    }

    [Fact]
    public void TryDecode_FragmentCutBySnapLength_IsDropped()
    {
        var packet = Ipv4(6, Tcp(new byte[180]), more: true);
        Assert.Equal(DecodeStatus.FragmentDropped, _decoder.TryDecode(packet.AsSpan(0, 96), LinkType.Raw, default, packet.Length, out _));
        Assert.Equal(0, _decoder.WaitingDatagrams);
    }

    [Fact]
    public void TryDecode_PingOfDeath_IsMalformed() =>
        Assert.Equal(DecodeStatus.MalformedIp, Decode(Ipv4(6, new byte[64], offset: 65_528), out _));

    [Fact]
    public void TryDecode_EmptyFragment_IsMalformed() => Assert.Equal(DecodeStatus.MalformedIp, Decode(Ipv4(6, [], offset: 8), out _));

    [Theory]
    [InlineData(4, DecodeStatus.Ok)]
    [InlineData(5, DecodeStatus.TooDeep)]
    public void TryDecode_NestedReassemblies_AreFourAtMost(int levels, DecodeStatus expected)
    {
        // Each datagram waits for its first part, which comes inside the one before it; so one packet completes them all. Every
        // level takes a fragment header off the front and adds a last part after, so all first parts are of one length.
        var firstPart = 24 + (8 * (levels - 1));
        var packet = Tcp(new byte[4]);
        for (var level = 1; level <= levels; level++)
        {
            Assert.Equal(DecodeStatus.FragmentHeld, Decode(Ipv6(44, Ipv6Fragment(0, new byte[8], firstPart, false, (uint)level)), out _));
            packet = Ipv6Fragment(level == 1 ? 6 : 44, packet, 0, true, (uint)level);
        }

        Assert.Equal(expected, Decode(Ipv6(44, packet), out _));
    }

    private DecodeStatus Decode(byte[] packet, out string text)
    {
        var status = _decoder.TryDecode(packet, LinkType.Raw, default, packet.Length, out var segment);
        text = Encoding.ASCII.GetString(segment.Payload);
        return status;
    }
}
