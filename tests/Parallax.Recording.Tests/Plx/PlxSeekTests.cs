using Parallax.Recording.Entries;
using Parallax.Recording.Plx;
using Parallax.Recording.Tests.Files;
using Parallax.Wire;

namespace Parallax.Recording.Tests.Plx;

/// <summary>What is outside of a time is not read.</summary>
public class PlxSeekTests
{
    private const int Entries = 1000;
    private const long Begin = 1_700_000_000_000_000_000;

    // 50 blocks or so.
    private static readonly byte[] File = PlxOctets.Write(Enumerable.Range(0, Entries).Select(Entry), new() { BlockBytes = 4096 });

    [Theory]
    [InlineData(900, 950)]
    [InlineData(0, 10)]
    [InlineData(500, null)]
    [InlineData(null, 30)]
    public void Read_ARange_GivesAllOfItAndReadsLittleElse(int? from, int? to)
    {
        using var reader = new PlxReader(new MemoryStream(File), "a.plx", new(At(from), At(to)));
        var read = PlxOctets.All(reader).Select(entry => (int)entry.Facts.Id).ToList();
        var (first, last) = (from ?? 0, (to ?? Entries) - 1);
        Assert.Empty(Enumerable.Range(first, last - first + 1).Except(read));
        Assert.Equal(read.Order().Distinct(), read);
        Assert.True(read.Count <= last - first + 1 + (2 * EntriesOfBlock), "neighbours in the two blocks at the borders at most");
        Assert.True(reader.Blocks <= ((last - first + 1) / EntriesOfBlock) + 2, $"{reader.Blocks} blocks were read");
        Assert.Equal((default, true), (reader.Losses, reader.WasClosed));
    }

    [Fact]
    public void Read_BehindTheEnd_ReadsNoBlock()
    {
        using var reader = new PlxReader(new MemoryStream(File), "a.plx", new(At(Entries + 5), default));
        Assert.Empty(PlxOctets.All(reader));
        Assert.Equal(0, reader.Blocks);
    }

    [Fact]
    public void Read_NoIndex_ReadsEverything()
    {
        var torn = PlxOctets.Write(Enumerable.Range(0, 100).Select(Entry), new() { BlockBytes = 4096 }, finish: false);
        using var reader = new PlxReader(new MemoryStream(torn), "a.plx", new(At(90), default));
        var all = PlxOctets.All(new PlxReader(new MemoryStream(torn), "a.plx"));
        Assert.Equal(all, PlxOctets.All(reader));
    }

    [Fact]
    public void Read_DamagedBlockInTheRange_IsLeftOutAndNothingComesTwice()
    {
        var damaged = (byte[])File.Clone();
        var row = PlxIndex.Read(new MemoryStream(File)).Rows[20];
        damaged[row.Offset + PlxBlockHeader.Length + 5] ^= 1;
        var range = new TimeRange(At((int)row.FirstEntry - 40), At((int)row.FirstEntry + 60));
        using var reader = new PlxReader(new MemoryStream(damaged), "a.plx", range);
        var read = PlxOctets.All(reader).Select(entry => (int)entry.Facts.Id).ToList();
        Assert.Equal(read.Distinct(), read);
        Assert.DoesNotContain((int)row.FirstEntry, read);
        Assert.Contains((int)row.FirstEntry + row.Entries, read);
        Assert.Equal(row.Entries, reader.Losses.LostEntries);
    }

    private static int EntriesOfBlock => PlxIndex.Read(new MemoryStream(File)).Rows[0].Entries + 1;

    private static Timestamp At(int? entry) => entry is { } number ? new(Begin + (number * 1_000_000L)) : default;

    private static StoredEntry Entry(int at) => new()
    {
        Facts = new() { Id = at, SequenceInSession = -1, Vni = -1, RequestFirst = At(at) },
        Request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(),
    };
}
