using System.Buffers;
using Parallax.Wire.Packets;
using Parallax.Wire.PcapFiles;

namespace Parallax.Wire.Tests.PcapFiles;

public sealed class CaptureFileReaderTests
{
    private static readonly CaptureBytes Little = new(bigEndian: false);
    private static readonly CaptureBytes Big = new(bigEndian: true);

    private static readonly Dictionary<string, (byte[] File, string Packets)> Files = new()
    {
        ["pcap"] = ([.. Little.PcapHeader(), .. Little.PcapRecord([1, 2, 3]), .. Little.PcapRecord([], 7, 8, 60)],
            "Ethernet 100.000005000 010203/3 if0; Ethernet 7.000008000 /60 if0"),
        ["pcap, big-endian"] = ([.. Big.PcapHeader(link: 101), .. Big.PcapRecord([1, 2, 3])], "Raw 100.000005000 010203/3 if0"),
        ["pcap, nanoseconds"] = ([.. Little.PcapHeader(0xA1B23C4D), .. Little.PcapRecord([1])], "Ethernet 100.000000005 01/1 if0"),
        ["pcap, modified"] = (
            [.. Big.PcapHeader(0xA1B2CD34), .. Big.PcapRecord([1], more: new byte[8]), .. Big.PcapRecord([2], more: new byte[8])],
            "Ethernet 100.000005000 01/1 if0; Ethernet 100.000005000 02/1 if0"),
        ["pcap, FCS bits"] = ([.. Little.PcapHeader(link: 0x5C00_0071), .. Little.PcapRecord([1])], "LinuxSll 100.000005000 01/1 if0"),
        ["pcap, year 2100"] = ([.. Little.PcapHeader(), .. Little.PcapRecord([1], unchecked((int)4102444800))],
            "Ethernet 4102444800.000005000 01/1 if0"),
        ["pcapng"] = ([.. Little.Section(), .. Little.Interface(1), .. Little.EnhancedPacket([1, 2, 3, 4, 5], original: 70)],
            "Ethernet 100.000005000 0102030405/70 if0"),
        ["pcapng, two interfaces and unknown blocks"] = (
            [.. Big.Section(), .. Big.Interface(1), .. Big.Block(0xBAD, new byte[30]), .. Big.Interface(113, 0, Big.Option(9, [9])),
                .. Big.EnhancedPacket([1], 1), .. Big.Block(5, new byte[8]), .. Big.EnhancedPacket([2])],
            "LinuxSll 0.100000005 01/1 if1; Ethernet 100.000005000 02/1 if0"),
        ["pcapng, two sections in either order"] = (
            [.. Little.Section(), .. Little.Interface(1), .. Little.EnhancedPacket([1]),
                .. Big.Section(), .. Big.Interface(276), .. Big.EnhancedPacket([2])],
            "Ethernet 100.000005000 01/1 if0; LinuxSll2 100.000005000 02/1 if0"),
        ["pcapng, old and simple packets"] = (
            [.. Little.Section(), .. Little.Interface(1, 4), .. Little.ObsoletePacket([1, 2]),
                .. Little.SimplePacket([1, 2, 3, 4], original: 9), .. Little.SimplePacket([1, 2, 3])],
            "Ethernet 100.000005000 0102/2 if0; Ethernet 0.000000000 01020304/9 if0; Ethernet 0.000000000 010203/3 if0"),
        ["pcapng, broken options"] = ([.. Little.Section(), .. Little.Interface(1, 0, [2, 0, 200, 0]), .. Little.EnhancedPacket([1])],
            "Ethernet 100.000005000 01/1 if0"),
    };

    public static TheoryData<string> FileNames => [.. Files.Keys];

    [Theory]
    [MemberData(nameof(FileNames))]
    public void TryRead_WholeFile_GivesItsPackets(string name) =>
        Assert.Equal((Files[name].Packets, ReadStatus.NeedMore, 0), Read(Files[name].File, [Files[name].File.Length]));

    [Theory]
    [MemberData(nameof(FileNames))]
    public void TryRead_EverySplit_GivesTheSamePackets(string name)
    {
        var (file, packets) = Files[name];
        for (var split = 0; split <= file.Length; split++)
        {
            Assert.Equal((packets, ReadStatus.NeedMore, 0), Read(file, [split, file.Length]));
        }

        Assert.Equal((packets, ReadStatus.NeedMore, 0), Read(file, Enumerable.Range(1, file.Length)));
    }

    [Theory]
    [MemberData(nameof(FileNames))]
    public void TryRead_TornFile_LeavesTheTornRecordOver(string name)
    {
        var (file, packets) = Files[name];
        for (var length = 0; length < file.Length; length++)
        {
            var (read, status, left) = Read(file[..length], [length]);
            Assert.StartsWith(read, packets, StringComparison.Ordinal);
            Assert.Equal(ReadStatus.NeedMore, status);
            Assert.InRange(left, 0, length);
        }
    }

    [Theory]
    [InlineData(6, 100_000_005UL, 100_000_005_000)]
    [InlineData(9, 100_000_005UL, 100_000_005)]
    [InlineData(12, 100_000_005_999UL, 100_000_005)]
    [InlineData(0, 100UL, 100_000_000_000)]
    [InlineData(3, 1_001UL, 1_001_000_000)]
    [InlineData(60, ulong.MaxValue, 1)]
    [InlineData(0x80 | 1, 3UL, 1_500_000_000)]
    [InlineData(0x80 | 32, 0x1_8000_0000UL, 1_500_000_000)]
    [InlineData(0x80 | 127, ulong.MaxValue, 0)]
    public void TryRead_TimeResolution_GivesNanoseconds(byte resolution, ulong units, long nanoseconds)
    {
        byte[] file =
            [.. Little.Section(), .. Little.Interface(1, 0, Little.Option(9, [resolution])), .. Little.EnhancedPacket([1], time: units)];
        Assert.Equal(ReadStatus.Packet, new CaptureFileReader().TryRead(file, out _, out var packet));
        Assert.Equal(nanoseconds, packet.Time.Nanoseconds);
    }

    [Fact]
    public void TryRead_TimeOffset_IsAdded()
    {
        byte[] seconds = [.. Big.U32(-1), .. Big.U32(-10)];
        byte[] file = [.. Big.Section(), .. Big.Interface(1, 0, Big.Option(14, seconds), Big.Option(0, [])), .. Big.EnhancedPacket([1])];
        new CaptureFileReader().TryRead(file, out _, out var packet);
        Assert.Equal(90_000_005_000, packet.Time.Nanoseconds);
    }

    public static TheoryData<string> BrokenNames => [.. Broken.Keys];

    private static Dictionary<string, (byte[] File, string Problem)> Broken => new()
    {
        ["no capture"] = ("GET / HTTP/1.1"u8.ToArray(), "neither a pcap nor a pcapng"),
        ["record too large"] =
            ([.. Little.PcapHeader(), .. Little.U32(1), .. Little.U32(1), .. Little.U32(17 << 20), .. Little.U32(9)], "more than 16 MiB"),
        ["record of 4 GiB"] =
            ([.. Little.PcapHeader(), .. Little.U32(1), .. Little.U32(1), .. Little.U32(-1), .. Little.U32(9)], "more than 16 MiB"),
        ["section without order"] = (Little.Block(0x0A0D0D0A, new byte[16]), "order magic"),
        ["short section"] = (Little.Block(0x0A0D0D0A, Little.U32(0x1A2B3C4D)), "too short"),
        ["short block"] = ([.. Little.Section(), .. Little.U32(6), .. Little.U32(8), .. Little.U32(8)], "shorter than its own frame"),
        ["block too large"] = ([.. Little.Section(), .. Little.U32(6), .. Little.U32(-4), .. Little.U32(8)], "more than 16 MiB"),
        ["odd block"] = ([.. Little.Section(), .. Little.U32(6), .. Little.U32(14), .. Little.U32(8)], "multiple of four"),
        ["two lengths"] = ([.. Little.Section(), .. Little.U32(99), .. Little.U32(12), .. Little.U32(16)], "two lengths"),
        ["short interface"] = ([.. Little.Section(), .. Little.Block(1, new byte[4])], "too short"),
        ["short packet"] = ([.. Little.Section(), .. Little.Interface(1), .. Little.Block(6, new byte[16])], "too short"),
        ["packet beyond block"] =
            ([.. Little.Section(), .. Little.Interface(1), .. Little.Block(6, new byte[12], Little.U32(5), new byte[8])],
                "longer than its block"),
        ["unknown interface"] = ([.. Little.Section(), .. Little.Interface(1), .. Little.EnhancedPacket([1], 1)], "not described"),
        ["interface of another section"] =
            ([.. Little.Section(), .. Little.Interface(1), .. Little.Section(), .. Little.EnhancedPacket([1])], "not described"),
        ["simple packet, no interface"] = ([.. Little.Section(), .. Little.SimplePacket([1])], "not described"),
    };

    [Theory]
    [MemberData(nameof(BrokenNames))]
    public void TryRead_BrokenFile_SaysWhyAndStaysSo(string name)
    {
        var (file, problem) = Broken[name];
        var reader = new CaptureFileReader();
        Assert.Equal(ReadStatus.Malformed, reader.TryRead(file, out var consumed, out _));
        Assert.Contains(problem, reader.Problem, StringComparison.Ordinal);
        Assert.Equal(ReadStatus.Malformed, reader.TryRead(file.AsSpan(consumed), out consumed, out _));
        Assert.Equal(0, consumed);
    }

    [Fact]
    public void TryRead_MutatedFiles_IsOnlyEverAStatus()
    {
        var random = new Random(42);
        var files = Files.Values.Select(file => file.File).ToArray();
        for (var run = 0; run < 50_000; run++)
        {
            var file = random.GetItems(files, 1)[0].ToArray();
            for (var i = random.Next(1, 5); i > 0; i--)
            {
                file[random.Next(file.Length)] = (byte)(random.Next(3) switch { 0 => 0, 1 => 255, _ => random.Next(256) });
            }

            var (_, status, left) = Read(file, [file.Length]);
            Assert.NotEqual(ReadStatus.Packet, status);
            Assert.InRange(left, 0, file.Length);
        }
    }

    [Fact]
    public void TryRead_SteadyState_AllocatesNothing()
    {
        var reader = new CaptureFileReader();
        byte[] start = [.. Little.Section(), .. Little.Interface(1), .. Little.EnhancedPacket([1])];
        var record = Little.EnhancedPacket([1, 2, 3]);
        reader.TryRead(start, out _, out _);
        reader.TryRead(record, out _, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            reader.TryRead(record, out _, out _);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void PcapWriter_Packets_AreReadBackWhole()
    {
        var output = new ArrayBufferWriter<byte>();
        PcapWriter.WriteFileHeader(output, LinkType.LinuxSll2);
        PcapWriter.WritePacket(output, new Timestamp(1_700_000_000_123_456_789), [1, 2, 3], 1500);
        PcapWriter.WritePacket(output, new Timestamp(4_294_967_295_999_999_999), [], 0);
        Assert.Equal(
            ("LinuxSll2 1700000000.123456789 010203/1500 if0; LinuxSll2 4294967295.999999999 /0 if0", ReadStatus.NeedMore, 0),
            Read(output.WrittenSpan.ToArray(), [output.WrittenCount]));
    }

    /// <summary>Reads <paramref name="file"/> as if it arrived up to each of <paramref name="arrivals"/> in turn.</summary>
    private static (string Packets, ReadStatus Status, int LeftOver) Read(byte[] file, IEnumerable<int> arrivals)
    {
        var reader = new CaptureFileReader();
        var packets = new List<string>();
        var done = 0;
        var status = ReadStatus.NeedMore;
        foreach (var arrived in arrivals)
        {
            do
            {
                status = reader.TryRead(file.AsSpan(done, arrived - done), out var consumed, out var packet);
                done += consumed;
                if (status == ReadStatus.Packet)
                {
                    var seconds = Math.DivRem(packet.Time.Nanoseconds, 1_000_000_000, out var fraction);
                    var octets = Convert.ToHexString(packet.Octets);
                    packets.Add($"{packet.Link} {seconds}.{fraction:D9} {octets}/{packet.OriginalLength} if{packet.InterfaceIndex}");
                }
            }
            while (status == ReadStatus.Packet);
        }

        return (string.Join("; ", packets), status, file.Length - done);
    }
}
