using System.Buffers.Binary;
using Parallax.TestKit;
using Parallax.Wire.Packets;
using Parallax.Wire.PcapFiles;

namespace Parallax.Wire.Tests.Packets;

/// <summary>However many fragments or blocks there are, and however they overlap, each costs the same.</summary>
[Collection(nameof(Costs))]
public sealed class PacketCostTests
{
    private const int Packets = 200;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TryDecode_MoreDatagramsInFragments_CostTheSameEach(bool isComplete)
    {
        IEnumerable<byte[]> Fragments(int datagrams) => Enumerable.Range(0, datagrams).SelectMany(n =>
            Encode.IpFragments(Segment(n), 64, (ushort)n).Skip(isComplete ? 0 : 1).Reverse());
        AssertLinear([.. Fragments(Packets)], [.. Fragments(Packets * CostPerOctet.Factor)]);
    }

    [Fact]
    public void TryDecode_MoreFragmentsThatOverlap_CostTheSameForEachOctet()
    {
        List<byte[]> Fragments(int count) =>
            [.. Enumerable.Range(0, count).Select(n => Encode.IpFragments(Segment(0), 64, 1).ElementAt(n % 3))];
        AssertLinear(Fragments(Packets), Fragments(Packets * CostPerOctet.Factor));
    }

    [Theory]
    [InlineData(1, 20)]
    [InlineData(6, 20)]
    [InlineData(3, 4)]
    [InlineData(5, 12)]
    [InlineData(4, 8)]
    public void TryRead_MoreBlocks_CostTheSameForEachOctet(int type, int body)
    {
        byte[] Blocks(int count) =>
        [
            .. Block(0x0A0D0D0A, [0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0, .. new byte[8]]),
            .. Block(1, [1, 0, 0, 0, 0, 0, 0, 0]),
            .. CostPerOctet.Repeat(Block(type, new byte[body]), count * (body + 12)),
        ];
        var (smaller, larger) = (Blocks(Packets), Blocks(Packets * CostPerOctet.Factor));
        AssertLinear(() => Read(smaller), () => Read(larger));
    }

    [Fact]
    public void TryRead_MoreOptions_CostTheSameForEachOctet()
    {
        byte[] Blocks(int count) =>
        [
            .. Block(0x0A0D0D0A, [0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0, .. new byte[8]]),
            .. Block(1, [1, 0, 0, 0, 0, 0, 0, 0, .. CostPerOctet.Repeat([9, 0, 1, 0, 9, 0, 0, 0], count * 8)]),
        ];
        var (smaller, larger) = (Blocks(Packets), Blocks(Packets * CostPerOctet.Factor));
        AssertLinear(() => Read(smaller), () => Read(larger));
    }

    private static void AssertLinear(IReadOnlyList<byte[]> smaller, IReadOnlyList<byte[]> larger) =>
        AssertLinear(() => Decode(smaller), () => Decode(larger));

    private static void AssertLinear(Action smaller, Action larger)
    {
        var growth = CostPerOctet.Growth(smaller, larger);
        Assert.True(growth <= CostPerOctet.MaxGrowth, $"an octet costs {growth:0.00} times as much");
    }

    private static ScriptedSegment Segment(int number) =>
        new FlowScript(FlowEndpoints.Numbered(number)).Handshake().Client(new string('x', 160)).Segments[^1];

    private static void Decode(IReadOnlyList<byte[]> packets)
    {
        var decoder = new PacketDecoder();
        var time = 1_700_000_000_000_000_000;
        foreach (var packet in packets)
        {
            decoder.TryDecode(packet, LinkType.Raw, new(time += 1000), packet.Length, out _);
        }
    }

    private static void Read(ReadOnlySpan<byte> file)
    {
        var reader = new CaptureFileReader();
        while (reader.TryRead(file, out var consumed, out _) == ReadStatus.Packet)
        {
            file = file[consumed..];
        }
    }

    private static byte[] Block(int type, byte[] body)
    {
        var block = new byte[body.Length + 12];
        BinaryPrimitives.WriteInt32LittleEndian(block, type);
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(4), block.Length);
        body.CopyTo(block, 8);
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(block.Length - 4), block.Length);
        return block;
    }
}
