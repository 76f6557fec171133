using Parallax.Wire.Packets;
using static Parallax.Wire.Tests.Packets.PacketBytes;

namespace Parallax.Wire.Tests.Packets;

/// <summary>Whatever a packet holds, the outcome is a status; and none of it costs memory.</summary>
public sealed class PacketDecoderRobustnessTests
{
    private const int Runs = 200_000;

    private static readonly LinkType[] Links = Enum.GetValues<LinkType>();

    // Octets that mean something to one layer or another, so that random packets get past the first header.
    private static readonly byte[] Alphabet =
        [0, 0, 0, 1, 2, 3, 4, 5, 6, 6, 8, 17, 0x11, 41, 44, 47, 50, 51, 60, 0x45, 0x46, 0x4F, 0x60, 0x80, 0x81, 0x86, 0x88, 0x64,
            0xA8, 0xAA, 0xBE, 0xDD, 0xEB, 0xFF, 0x12, 0xB5, 0x17, 0xC1, 0x65, 0x58];

    private static readonly (LinkType Link, byte[] Packet)[] Seeds =
    [
        (LinkType.Ethernet, Ethernet(0x8100, Vlan(1, 0x800, Ipv4(17, Udp(4789, Vxlan(5, Ethernet(0x800, Request()))))))),
        (LinkType.Ethernet, Ethernet(0x86DD, Ipv6(17, Udp(6081, Geneve(5, 0x6558, Ethernet(0x800, Request()), new byte[8]))))),
        (LinkType.Raw, Ipv4(47, Gre(0x88BE, [.. new byte[8], .. Ethernet(0x800, Request())], 0x1000, new byte[4]))),
        (LinkType.Raw, Ipv4(6, Tcp(new byte[80]), more: true)),
        (LinkType.Raw, Ipv4(6, new byte[80], offset: 96)),
        (LinkType.Raw, Ipv6(44, Ipv6Fragment(6, Tcp(new byte[84]), 0, true))),
        (LinkType.Raw, Ipv6(44, Ipv6Fragment(6, new byte[84], 104, false))),
        (LinkType.Raw, Ipv4(17, Udp(2152, [0x34, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 0, 0, .. Request()]))),
        (LinkType.Ethernet, Ethernet(0x8864, Pppoe([0, 0x21, .. Request()]))),
        (LinkType.Ethernet, Ethernet(0x8847, [0, 0, 0x11, 64, 0, 0, 0, 0, .. Ethernet(0x800, Request())])),
        (LinkType.Radiotap, [0, 0, 9, 0, 2, 0, 0, 0, 0x20, .. Wireless([0, 0, .. Snap(0x800, Request())], qos: true)]),
        (LinkType.Nflog, [2, 0, 0, 0, 5, 0, 1, 0, 7, 0, 0, 0, 62, 0, 9, 0, .. Request()]),
    ];

    [Fact]
    public void TryDecode_RandomOctets_IsOnlyEverAStatus()
    {
        var decoder = new PacketDecoder();
        var random = new Random(20_240_607);
        Span<byte> packet = stackalloc byte[160];
        for (var run = 0; run < Runs / 2; run++)
        {
            var octets = packet[..random.Next(packet.Length)];
            random.GetItems(Alphabet, octets);
            Check(decoder, octets, Links[random.Next(Links.Length)], random, run);
        }

        Assert.Equal(Runs / 2, decoder.Counters.Packets);
    }

    [Fact]
    public void TryDecode_MutatedPackets_IsOnlyEverAStatus()
    {
        var decoder = new PacketDecoder(new PacketDecoderOptions { MaxFragmentedDatagrams = 16, MaxFragmentBytes = 128 << 10 });
        var random = new Random(20_240_608);
        Span<byte> packet = stackalloc byte[256];
        for (var run = 0; run < Runs / 2; run++)
        {
            var (link, seed) = Seeds[random.Next(Seeds.Length)];
            seed.CopyTo(packet);
            var octets = packet[..random.Next(seed.Length / 2, seed.Length + 1)];
            for (var i = random.Next(5); i > 0; i--)
            {
                octets[random.Next(octets.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : Alphabet[random.Next(Alphabet.Length)];
            }

            Check(decoder, octets, link, random, run);
        }

        Assert.InRange(decoder.WaitingDatagrams, 0, 16);
        Assert.True(decoder.Counters[DecodeStatus.Ok] > Runs / 20);
        Assert.True(decoder.Counters.DatagramsReassembled > 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TryDecode_SteadyState_AllocatesNothing(bool fragmented)
    {
        var decoder = new PacketDecoder();
        var whole = Udp(4789, Vxlan(5, Ethernet(0x800, Ipv4(6, Tcp(new byte[400])))));
        byte[][] packets = fragmented
            ? [Ethernet(0x800, Ipv4(17, whole[..240], more: true)), Ethernet(0x800, Ipv4(17, whole[240..], offset: 240))]
            : [Ethernet(0x800, Ipv4(17, whole)), Ethernet(0x86DD, Ipv6(17, whole))];
        DecodeAll(decoder, packets, 10);
        var before = GC.GetAllocatedBytesForCurrentThread();
        DecodeAll(decoder, packets, 1_000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(fragmented ? 1_010 : 2_020, decoder.Counters[DecodeStatus.Ok]);
    }

    private static void DecodeAll(PacketDecoder decoder, byte[][] packets, int times)
    {
        for (var i = 0; i < times; i++)
        {
            foreach (var packet in packets)
            {
                decoder.TryDecode(packet, LinkType.Ethernet, default, packet.Length, out _);
            }
        }
    }

    private static void Check(PacketDecoder decoder, ReadOnlySpan<byte> octets, LinkType link, Random random, int run)
    {
        var original = random.Next(4) == 0 ? random.Next(int.MinValue, int.MaxValue) : octets.Length;
        var status = decoder.TryDecode(octets, link, new Timestamp(run * 1_000_000L), original, out var segment);
        var octetsInAll = segment.Payload.Length + (long)segment.MissingOctets;
        if (status == DecodeStatus.Ok ? octetsInAll < segment.Payload.Length : !segment.Payload.IsEmpty)
        {
            Assert.Fail($"{status}, {segment.Payload.Length} + {segment.MissingOctets} in run {run}: {Convert.ToHexString(octets)}");
        }
    }
}
