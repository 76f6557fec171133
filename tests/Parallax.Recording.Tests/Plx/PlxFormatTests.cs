using System.Text;
using Parallax.Recording.Entries;
using Parallax.Recording.Plx;
using Parallax.Recording.Tests.Files;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;

namespace Parallax.Recording.Tests.Plx;

public sealed class PlxFormatTests
{
    public static TheoryData<PlxCoding, int> Codings
    {
        get
        {
            var data = new TheoryData<PlxCoding, int>();
            foreach (var coding in Enum.GetValues<PlxCoding>())
            {
                for (var seed = 0; seed < 20; seed++)
                {
                    data.Add(coding, seed);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public void Read_WhatWasWritten_IsTheSame(PlxCoding coding, int seed)
    {
        var entries = StoredEntry.Many(seed, 100);

        var file = PlxOctets.Write(entries, new() { Coding = coding, BlockBytes = 1 << (8 + (seed % 10)) });
        var read = PlxOctets.Read(file, out var losses, out var closed);

        Assert.Equal(entries, read);
        Assert.Equal(default, losses);
        Assert.True(closed);
    }

    [Fact]
    public void Crc_OfTheUsualExample_IsTheStandards() => Assert.Equal(0xE3069283, Crc32C.Of("123456789"u8));

    [Fact]
    public void Read_EmptyRecording_HasNoEntries() => Assert.Empty(PlxOctets.Read(PlxOctets.Write([])));

    [Theory]
    [InlineData("")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    public void Read_SomethingElse_SaysSo(string text) =>
        Assert.Throws<RecordingException>(() => PlxOctets.Read(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Read_LaterMajorVersion_SaysWhichIsRead()
    {
        var file = PlxOctets.Write(StoredEntry.Many(1, 3));
        file[8] = 2;
        Reseal(file);

        var refusal = Assert.Throws<RecordingException>(() => PlxOctets.Read(file));
        Assert.Contains("version 2", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_LaterMinorVersion_IsRead()
    {
        var entries = StoredEntry.Many(1, 3);
        var file = PlxOctets.Write(entries);
        file[10] = 99;
        Reseal(file);

        Assert.Equal(entries, PlxOctets.Read(file));
    }

    [Fact]
    public void TryWrite_MessagesInBlocks_ReadsAsOnePiece()
    {
        var pool = new OctetPool();
        var body = new byte[3 * Message.BlockBytes];
        new Random(1).NextBytes(body);
        using var request = Messages.Request(pool, $"POST / HTTP/1.1\r\nContent-Length: {body.Length}\r\n\r\n", body);
        var file = new MemoryStream();
        using var writer = new PlxWriter(file, new(), TimeProvider.System);
        Assert.True(writer.TryWrite(new EntryFacts { Id = 7 }, request, response: null));
        writer.Finish();

        var entry = Assert.Single(PlxOctets.Read(file.ToArray()));
        Assert.Equal(Messages.RawOctets(request), entry.Request);
        Assert.Null(entry.Response);
    }

    [Fact]
    public void TryWrite_SmallExchanges_AllocatesNothingInSteadyState()
    {
        var pool = new OctetPool();
        using var request = Messages.Request(pool, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        using var writer = new PlxWriter(Stream.Null, new() { BlockBytes = 32 << 10 }, TimeProvider.System);
        Write(writer, request, 1000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Write(writer, request, 1000);

        // The index grows by a row for each of the blocks.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4000);
    }

    [Fact]
    public void Index_OfAClosedFile_IsTheOneMadeFromItsBlocks()
    {
        var file = PlxOctets.Write(StoredEntry.Many(3, 200));

        var stored = PlxIndex.Read(new MemoryStream(file));
        var rebuilt = PlxIndex.Rebuild(new MemoryStream(file));

        Assert.Equal(rebuilt.Rows, stored.Rows);
        Assert.Equal(200, stored.Entries);
        Assert.True(stored.Rows.Count > 5);
    }

    [Fact]
    public void Flags_OfExchanges_HaveTheNumbersOfTheFormat() => Assert.Equal(
        Enumerable.Range(0, 14).Select(bit => 1 << bit), Enum.GetValues<ExchangeFlags>().Skip(1).Select(flag => (int)flag));

    private static void Write(PlxWriter writer, Message request, int times)
    {
        for (var time = 0; time < times; time++)
        {
            writer.TryWrite(new EntryFacts { Id = time, RequestFirst = new(time + 1) }, request, response: null);
        }
    }

    private static void Reseal(byte[] file) =>
        BitConverter.GetBytes(Crc32C.Of(file.AsSpan(0, PlxFileHeader.Length - 4))).CopyTo(file, PlxFileHeader.Length - 4);
}
