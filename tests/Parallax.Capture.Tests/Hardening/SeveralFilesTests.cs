using System.Buffers;
using System.IO.Compression;
using Parallax.Capture.Sources;
using Parallax.Capture.Tests.Conformance;
using Parallax.Wire.Packets;
using Parallax.Wire.PcapFiles;

namespace Parallax.Capture.Tests.Hardening;

/// <summary>Capture files as programs leave them after: several for one capture, cut, damaged, compressed.</summary>
public sealed class SeveralFilesTests
{
    private static readonly byte[] Whole = File(Enumerable.Range(0, 100));

    [Theory]
    [InlineData("0", "1", "2")]
    [InlineData("2", "0", "1")]
    public void Run_FilesOfOneCaptureInAnyOrder_AreMergedByTime(params string[] order)
    {
        using var folder = new TemporaryFolder();
        System.IO.File.WriteAllBytes(folder.PathOf("0"), File(Enumerable.Range(0, 40)));
        System.IO.File.WriteAllBytes(folder.PathOf("1"), Gzip(File(Enumerable.Range(40, 10))));
        System.IO.File.WriteAllBytes(folder.PathOf("2"), File(Enumerable.Range(50, 50)));
        Assert.Equal(Enumerable.Range(0, 100), Read(out _, [.. order.Select(folder.PathOf)]));
    }

    [Fact]
    public void Run_FilesThatOverlap_AreMergedByTime()
    {
        using var folder = new TemporaryFolder();
        for (var file = 0; file < 7; file++)
        {
            System.IO.File.WriteAllBytes(folder.PathOf($"{file}"), File(Enumerable.Range(0, 200).Where(i => i % 7 == file)));
        }

        Assert.Equal(Enumerable.Range(0, 200), Read(out _, [.. Enumerable.Range(0, 7).Select(file => folder.PathOf($"{file}"))]));
    }

    // A long capture in several files must not wait for its end to send copies.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Run_FilesThatOverlap_EndsBatchesOnTheWay(int files)
    {
        using var folder = new TemporaryFolder();
        var names = Enumerable.Range(0, files).Select(file => folder.PathOf($"{file}")).ToArray();
        for (var file = 0; file < files; file++)
        {
            System.IO.File.WriteAllBytes(names[file], File(Enumerable.Range(0, 4_096).Where(i => i % files == file)));
        }

        var sink = new PacketRecorder();
        using var source = PcapFileSource.Open(names, speed: null, TimeProvider.System);
        source.Run(sink, CancellationToken.None);
        Assert.Equal((4_096, 4_096 / 256 + 1), (sink.Packets.Count, sink.Batches));
    }

    [Fact]
    public void Run_EmptyFileAmongOthers_IsToldAndTheOthersAreRead()
    {
        using var folder = new TemporaryFolder();
        System.IO.File.WriteAllBytes(folder.PathOf("a.pcap"), Whole);
        System.IO.File.WriteAllBytes(folder.PathOf("b.pcap"), []);
        System.IO.File.WriteAllBytes(folder.PathOf("c.pcap"), File([]));
        Assert.Equal(100, Read(out var source, folder.PathOf("a.pcap"), folder.PathOf("b.pcap"), folder.PathOf("c.pcap")).Count);
        Assert.Equal([$"{folder.PathOf("b.pcap")}: is empty"], source.Problems);
        Assert.Equal(1, source.Losses.Torn);
    }

    public static TheoryData<string, byte[], int, string> Damaged => new()
    {
        { "cut in a record", Whole[..^5], 99, "breaks off in its last record; 13 octets of it were not read" },
        { "cut in the header", Whole[..10], 0, "breaks off in its header; 10 octets of it were not read" },
        { "garbage after", [.. Whole, .. Enumerable.Repeat((byte)255, 50)], 100, "is damaged: a record claims more" },
        { "gzip, cut", Gzip(Whole)[..^12], 100, "its gzip stream breaks off" },
        { "gzip, trailer cut", Gzip(Whole)[..^4], 100, "its gzip stream breaks off" },
        { "gzip, checksum", Flip(Gzip(Whole), 6), 100, "its gzip stream breaks off, or its checksum is wrong" },
        { "gzip, garbage after", [.. Gzip(Whole), 1, 2, 3], 100, "something other than gzip follows its gzip stream; 3 octets" },
        { "gzip, second member cut", [.. Gzip(Whole[..1000]), .. Gzip(Whole[1000..])[..^12]], 100, "its gzip stream breaks off" },
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public void Run_DamagedFile_IsReadAsFarAsItGoesAndTold(string name, byte[] octets, int packets, string problem)
    {
        using var folder = new TemporaryFolder();
        System.IO.File.WriteAllBytes(folder.PathOf("f"), octets);
        Assert.InRange(Read(out var source, folder.PathOf("f")).Count, packets - 3, packets);
        Assert.StartsWith($"{folder.PathOf("f")}: {problem}", Assert.Single(source.Problems), StringComparison.Ordinal);
        Assert.Equal(1, source.Losses.Torn);
        Assert.NotEmpty(name);
    }

    public static TheoryData<string, byte[]> WholeOnes => new()
    {
        { "plain", Whole },
        { "gzip", Gzip(Whole) },
        { "gzip, several members", [.. Gzip(Whole[..100]), .. Gzip([]), .. Gzip(Whole[100..])] },
        { "gzip, padded", [.. Gzip(Whole), .. new byte[600]] },
        { "gzip, with name", [.. Gzip(Whole)[..3], 8, .. Gzip(Whole)[4..10], (byte)'a', 0, .. Gzip(Whole)[10..]] },
        { "Ixia", [0xAC, 1, 0, 0x1C, .. Whole[4..24], 0, 0, 0, 0, .. Whole[24..]] },
    };

    [Theory]
    [MemberData(nameof(WholeOnes))]
    public void Run_WholeFile_HasNoProblem(string name, byte[] octets)
    {
        using var folder = new TemporaryFolder();
        System.IO.File.WriteAllBytes(folder.PathOf(name), octets);
        Assert.Equal(100, Read(out var source, folder.PathOf(name)).Count);
        Assert.Empty(source.Problems);
    }

    [Theory]
    [InlineData(new byte[] { 0x28, 0xB5, 0x2F, 0xFD, 0, 0, 0, 0 }, "zstd")]
    [InlineData(new byte[] { 0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0 }, "xz")]
    public void Run_OtherCompression_SaysHowToUncompress(byte[] octets, string program)
    {
        using var folder = new TemporaryFolder();
        System.IO.File.WriteAllBytes(folder.PathOf("f"), octets);
        var fault = Assert.Throws<CaptureException>(() => Read(out _, folder.PathOf("f")));
        Assert.Contains($"{program} -dc", fault.Message, StringComparison.Ordinal);
    }

    private static List<int> Read(out PcapFileSource source, params string[] paths)
    {
        var sink = new PacketRecorder();
        using var opened = source = PcapFileSource.Open(paths, speed: null, TimeProvider.System);
        opened.Run(sink, CancellationToken.None);
        return [.. sink.Packets.Select(packet => (int)packet[1])];
    }

    /// <summary>Packets whose second octet is their number and whose time goes with it.</summary>
    private static byte[] File(IEnumerable<int> numbers)
    {
        var file = new ArrayBufferWriter<byte>();
        PcapWriter.WriteFileHeader(file, LinkType.Raw);
        foreach (var number in numbers)
        {
            PcapWriter.WritePacket(file, new((1_700_000_000_000L + number) * 1_000_000), [0x45, (byte)number], 2);
        }

        return file.WrittenSpan.ToArray();
    }

    private static byte[] Gzip(byte[] octets)
    {
        using var to = new MemoryStream();
        using (var gzip = new GZipStream(to, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(octets);
        }

        return to.Length > 0 ? to.ToArray() : [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    }

    private static byte[] Flip(byte[] octets, int fromEnd)
    {
        octets[^fromEnd] ^= 0xFF;
        return octets;
    }
}
