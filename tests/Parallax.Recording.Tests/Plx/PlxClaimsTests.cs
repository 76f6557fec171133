using System.Buffers.Binary;
using System.IO.Compression;
using Parallax.Recording.Entries;
using Parallax.Recording.Plx;
using Parallax.Recording.Tests.Files;

namespace Parallax.Recording.Tests.Plx;

/// <summary>Files whose checksums are right and whose numbers lie: somebody made them.</summary>
public sealed class PlxClaimsTests
{
    private const long FewBytes = 16 << 20;

    private static readonly byte[] File = PlxOctets.Write(StoredEntry.Many(7, 200), new() { BlockBytes = 4096 });

    [Fact]
    public void Rows_OfAFileThatIsRight_AreTaken() => Assert.NotNull(PlxIndex.ReadStored(new MemoryStream(File)));

    // Each is a row that cannot follow upon those before it, so the file is read without its index.
    [Theory]
    [InlineData("same block again")]
    [InlineData("backwards")]
    [InlineData("before the file")]
    [InlineData("after the file")]
    [InlineData("at the index")]
    [InlineData("overlap")]
    [InlineData("length -1")]
    [InlineData("entries -1")]
    [InlineData("first entry 2^62")]
    [InlineData("half a row")]
    public void Rows_ThatCannotBe_MakeNoIndex(string lie)
    {
        var rows = PlxIndex.ReadStored(new MemoryStream(File))!.Rows.ToList();
        var (index, last) = (IndexOffset, rows[^1]);
        rows = lie switch
        {
            "same block again" => [.. Enumerable.Repeat(rows[0], 100)],
            "backwards" => [.. Enumerable.Reverse(rows)],
            "before the file" => [rows[0] with { Offset = -5 }],
            "after the file" => [rows[0] with { Offset = 1L << 62 }],
            "at the index" => [.. rows[..^1], last with { Offset = index }],
            "overlap" => [rows[0], rows[1] with { Offset = rows[1].Offset - 1 }],
            "length -1" => [rows[0] with { StoredLength = -1 }],
            "entries -1" => [rows[0] with { Entries = -1 }],
            "first entry 2^62" => [rows[0] with { FirstEntry = long.MaxValue }],
            _ => rows,
        };
        var file = WithIndex(rows, cut: lie == "half a row" ? 20 : 0);

        Assert.Null(PlxIndex.ReadStored(new MemoryStream(file)));
        using var reader = new PlxReader(new MemoryStream(file), "a.plx", new(new(1), default));
        Assert.Equal(PlxOctets.Read(File).Count, PlxOctets.All(reader).Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(64)]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    public void Footer_OfALargeFileThatPointsAnywhere_CostsNoMemory(long offset)
    {
        using var file = new LargeFile(File[..PlxFileHeader.Length], 3L << 30, Footer(offset));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Null(PlxIndex.ReadStored(file));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, FewBytes);
    }

    [Theory]
    [InlineData(PlxCoding.Gzip)]
    [InlineData(PlxCoding.Brotli)]
    [InlineData((PlxCoding)9)]
    public void Block_ThatClaimsFarMoreThanItHolds_CostsLittle(PlxCoding coding)
    {
        var stored = new MemoryStream();
        using (Stream coded = coding == PlxCoding.Gzip
            ? new GZipStream(stored, CompressionLevel.Optimal, leaveOpen: true)
            : new BrotliStream(stored, CompressionLevel.Optimal, leaveOpen: true))
        {
            coded.Write(new byte[100]);
        }

        var file = File[..PlxFileHeader.Length]
            .Concat(Enumerable.Repeat(Block(coding, RecordingLimits.MaxBlockBytes, stored.ToArray(), 5), 50).SelectMany(octets => octets));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Empty(PlxOctets.Read([.. file], out var losses, out _));
        Assert.Equal(250, losses.LostEntries);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, FewBytes);
    }

    [Theory]
    [InlineData(int.MaxValue, 0)]
    [InlineData(1 << 20, 0)]
    [InlineData(1, long.MaxValue)]
    [InlineData(1, -1)]
    public void Block_WithMoreEntriesThanFit_IsNone(int entries, long first)
    {
        var block = Block(PlxCoding.None, 100, new byte[100], entries, first);
        byte[] file = [.. File[..PlxFileHeader.Length], .. block, .. File[PlxFileHeader.Length..]];

        Assert.Equal(200, PlxOctets.Read(file, out var losses, out _).Count);
        Assert.Equal(new RecordingLosses(PlxBlockHeader.Length + 100, 0), losses);
    }

    [Theory]
    [InlineData(3, 0, 0)]
    [InlineData(9, 0, 5)]
    [InlineData(4, 2, 2)]
    [InlineData(1, 2, 0)]
    public void Block_WithAnotherNumberOfEntriesThanItHolds_LosesWhatIsNotThere(int entries, int damaged, int lost)
    {
        // Four whole entries, of which the last may be spoilt.
        var file = PlxOctets.Write(StoredEntry.Many(3, 4), new() { BlockBytes = 1 << 20 });
        var length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(PlxFileHeader.Length + 40));
        var content = file.AsSpan(PlxFileHeader.Length + PlxBlockHeader.Length, length).ToArray();
        var at = 0;
        for (var whole = 4 - damaged; damaged > 0 && whole > 0; whole--)
        {
            at += PlxEntry.FrameLength + BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(at));
        }

        content[at + 8] ^= (byte)(damaged > 0 ? 1 : 0);
        byte[] spoilt = [.. File[..PlxFileHeader.Length], .. Block(PlxCoding.None, length, content, entries)];

        Assert.Equal(4 - damaged, PlxOctets.Read(spoilt, out var losses, out _).Count);
        Assert.Equal(lost, losses.LostEntries);
    }

    [Fact]
    public void TryWrite_MoreShadowsThanTheFormatCounts_IsRefused()
    {
        using var writer = new PlxWriter(new MemoryStream(), new(), TimeProvider.System);

        Assert.False(writer.TryWrite(new() { HasRequest = true, Shadows = new([], RecordedShadows.MaxCount + 1) }));
        Assert.False(writer.TryWrite(new() { HasRequest = true, Label = new byte[256] }));
        Assert.True(writer.TryWrite(new() { HasRequest = true, Shadows = new([], RecordedShadows.MaxCount) }));
    }

    private static uint Tag => BinaryPrimitives.ReadUInt32LittleEndian(File.AsSpan(24));

    private static long IndexOffset => BinaryPrimitives.ReadInt64LittleEndian(File.AsSpan(File.Length - PlxFooter.Length + 8));

    private static byte[] WithIndex(List<PlxIndexRow> rows, int cut)
    {
        var octets = new byte[rows.Count * PlxIndex.RowLength - cut];
        for (var row = 0; row < rows.Count; row++)
        {
            var to = new byte[PlxIndex.RowLength];
            BinaryPrimitives.WriteInt64LittleEndian(to, rows[row].Offset);
            BinaryPrimitives.WriteInt64LittleEndian(to.AsSpan(8), rows[row].FirstEntry);
            BinaryPrimitives.WriteInt64LittleEndian(to.AsSpan(16), rows[row].Earliest.Nanoseconds);
            BinaryPrimitives.WriteInt64LittleEndian(to.AsSpan(24), rows[row].Latest.Nanoseconds);
            BinaryPrimitives.WriteInt32LittleEndian(to.AsSpan(32), rows[row].Entries);
            BinaryPrimitives.WriteInt32LittleEndian(to.AsSpan(36), rows[row].StoredLength);
            var at = row * PlxIndex.RowLength;
            to.AsSpan(0, Math.Min(to.Length, octets.Length - at)).CopyTo(octets.AsSpan(at));
        }

        var block = Header(PlxBlockKind.Index, PlxCoding.None, octets.Length, octets, rows.Count, 0);
        return [.. File[..(int)IndexOffset], .. block, .. octets, .. Footer(IndexOffset)];
    }

    private static byte[] Footer(long offset)
    {
        var footer = new byte[PlxFooter.Length];
        PlxFooter.Magic.CopyTo(footer);
        BinaryPrimitives.WriteUInt32LittleEndian(footer.AsSpan(4), Tag);
        BinaryPrimitives.WriteInt64LittleEndian(footer.AsSpan(8), offset);
        BinaryPrimitives.WriteUInt32LittleEndian(footer.AsSpan(28), Crc32C.Of(footer.AsSpan(0, 28)));
        return footer;
    }

    private static byte[] Block(PlxCoding coding, int plainLength, byte[] stored, int entries, long first = 0) =>
        [.. Header(PlxBlockKind.Entries, coding, plainLength, stored, entries, first), .. stored];

    private static byte[] Header(PlxBlockKind kind, PlxCoding coding, int plainLength, byte[] stored, int entries, long first)
    {
        var header = new byte[PlxBlockHeader.Length];
        new PlxBlockHeader
        {
            Tag = Tag,
            Kind = kind,
            Coding = coding,
            Entries = entries,
            FirstEntry = first,
            StoredLength = stored.Length,
            PlainLength = plainLength,
            StoredCrc = Crc32C.Of(stored),
        }.Write(header);
        return header;
    }

    /// <summary>A file of a beginning, zeros and an end.</summary>
    private sealed class LargeFile(byte[] begin, long length, byte[] end) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var read = (int)Math.Min(buffer.Length, length - Position);
            for (var at = 0; at < read; at++, Position++)
            {
                buffer[at] = Position < begin.Length ? begin[Position]
                    : Position >= length - end.Length ? end[Position - length + end.Length]
                    : (byte)0;
            }

            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }
    }
}
