using Parallax.Recording.Entries;
using Parallax.Recording.Plx;
using Parallax.Recording.Tests.Files;

namespace Parallax.Recording.Tests.Plx;

public sealed class PlxDamageTests
{
    private const int Flips = 2000;

    [Theory]
    [InlineData(PlxCoding.None)]
    [InlineData(PlxCoding.Gzip)]
    [InlineData(PlxCoding.Brotli)]
    public void Read_AnyBitFlipped_LosesOneBlockAtMostAndNeverLies(PlxCoding coding)
    {
        var entries = StoredEntry.Many(11, 60);
        var file = PlxOctets.Write(entries, new() { BlockBytes = 2048, Coding = coding });
        var largest = PlxIndex.Read(new MemoryStream(file)).Rows.Max(row => row.Entries);
        var random = new Random(5);
        for (var flip = 0; flip < Flips; flip++)
        {
            var bit = random.Next(file.Length * 8);
            var spoilt = (byte[])file.Clone();
            spoilt[bit / 8] ^= (byte)(1 << (bit % 8));

            var read = ReadOrExplain(spoilt, bit, out var losses);

            Assert.True(IsSubsequence(read, entries), $"bit {bit}: an entry that was not written");
            Assert.True(entries.Count - read.Count <= largest, $"bit {bit}: {entries.Count - read.Count} entries lost");
            Assert.True(losses.LeftOutBytes > 0, $"bit {bit}: nothing reported");
        }
    }

    [Fact]
    public void Read_CutAnywhere_KeepsTheBlocksBeforeTheCut()
    {
        var entries = StoredEntry.Many(13, 40);
        var file = PlxOctets.Write(entries, new() { BlockBytes = 1024 });
        var rows = PlxIndex.Read(new MemoryStream(file)).Rows;
        var random = new Random(6);
        for (var time = 0; time < 500; time++)
        {
            var cut = random.Next(PlxFileHeader.Length, file.Length);

            var read = PlxOctets.Read(file[..cut], out var losses, out var closed);

            var whole = rows.Where(row => row.Offset + PlxBlockHeader.Length + row.StoredLength <= cut).ToList();
            Assert.Equal(entries.Take(whole.Sum(row => row.Entries)), read);
            var end = whole.Count == 0 ? PlxFileHeader.Length : whole[^1].Offset + PlxBlockHeader.Length + whole[^1].StoredLength;
            Assert.False(closed);
            Assert.True(losses.LeftOutBytes <= cut - end, $"cut at {cut}");
            Assert.True(cut > file.Length - 5000 || losses.LeftOutBytes == cut - end, $"cut at {cut}: {losses.LeftOutBytes}");
        }
    }

    [Fact]
    public void Read_BlockLeftOut_TellsItsEntries()
    {
        var entries = StoredEntry.Many(17, 40);
        var file = PlxOctets.Write(entries, new() { BlockBytes = 1024 });
        var row = PlxIndex.Read(new MemoryStream(file)).Rows[1];
        file[row.Offset + PlxBlockHeader.Length + 3] ^= 1;

        PlxOctets.Read(file, out var losses, out _);

        Assert.Equal(new(PlxBlockHeader.Length + row.StoredLength, row.Entries), losses);
    }

    [Fact]
    public void Read_RecordingInsideAMessage_IsNotTakenForBlocks()
    {
        var inner = PlxOctets.Write(StoredEntry.Many(19, 20));
        var outer = StoredEntry.Any(new(1), 1);
        var file = PlxOctets.Write([new() { Facts = outer.Facts, Request = inner }, outer], new() { BlockBytes = 1 });
        file[PlxFileHeader.Length + 20] ^= 1; // the header of the block that holds the inner recording

        Assert.Equal([outer], PlxOctets.Read(file));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Append_AfterTheEnd_GoesOnAsOneRecording(bool wasClosed)
    {
        var entries = StoredEntry.Many(23, 60);
        var file = new MemoryStream();
        file.Write(PlxOctets.Write(entries.Take(30), finish: wasClosed));
        var kept = PlxOctets.Read(file.ToArray()).Count;

        using (var writer = PlxRecovery.Append(file, "test.plx", new(), out var cut))
        {
            Assert.Equal(0, cut);
            entries.Skip(30).ToList().ForEach(entry => writer.TryWrite(entry.View));
            writer.Finish();
        }

        var read = PlxOctets.Read(file.ToArray(), out var losses, out var closed);
        Assert.Equal(entries.Take(kept).Concat(entries.Skip(30)), read);
        Assert.Equal(default, losses);
        Assert.True(closed);
        Assert.Equal(kept + 30, PlxIndex.Read(new MemoryStream(file.ToArray())).Entries);
    }

    [Fact]
    public void Append_AfterATornTail_CutsItOff()
    {
        var entries = StoredEntry.Many(29, 30);
        var whole = PlxOctets.Write(entries, finish: false);
        var file = new MemoryStream();
        file.Write([.. whole, .. "PLXB and then nothing"u8]);

        using (var writer = PlxRecovery.Append(file, "test.plx", new(), out var cut))
        {
            Assert.Equal(21, cut);
            writer.Finish();
        }

        PlxOctets.Read(file.ToArray(), out var losses, out var closed);
        Assert.Equal((default, true), (losses, closed));
    }

    [Theory]
    [InlineData(RedactionState.Redacted, "raw")]
    public void Append_OtherRedaction_IsRefused(RedactionState wanted, string held)
    {
        var file = new MemoryStream();
        file.Write(PlxOctets.Write(StoredEntry.Many(31, 3)));

        var refusal = Assert.Throws<RecordingException>(
            () => PlxRecovery.Append(file, "test.plx", new() { Redaction = wanted }, out _));
        Assert.Contains(held, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_RandomOctetsBehindTheHeader_NeverThrows()
    {
        var file = PlxOctets.Write(StoredEntry.Many(37, 5));
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var octets = new byte[random.Next(2000)];
            random.NextBytes(octets);
            var at = random.Next(PlxFileHeader.Length, file.Length);
            PlxOctets.Read([.. file[..at], .. octets, .. file[at..]], out var losses, out _);
            Assert.True(octets.Length == 0 || losses.LeftOutBytes >= octets.Length, $"seed {seed}");
        }
    }

    private static List<StoredEntry> ReadOrExplain(byte[] file, int bit, out RecordingLosses losses)
    {
        try
        {
            return PlxOctets.Read(file, out losses, out _);
        }
        catch (Exception fault) when (fault is not Xunit.Sdk.XunitException)
        {
            throw new InvalidOperationException($"bit {bit}", fault);
        }
    }

    private static bool IsSubsequence(List<StoredEntry> part, List<StoredEntry> whole)
    {
        var at = 0;
        foreach (var entry in part)
        {
            while (at < whole.Count && !whole[at].Equals(entry))
            {
                at++;
            }

            if (at++ == whole.Count)
            {
                return false;
            }
        }

        return true;
    }
}
