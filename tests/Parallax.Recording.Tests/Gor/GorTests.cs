using System.IO.Compression;
using System.Text;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Recording.Gor;
using Parallax.Recording.Tests.Files;
using Parallax.Recording.Tests.Plx;
using Parallax.TestKit;

namespace Parallax.Recording.Tests.Gor;

public sealed class GorTests
{
    private const string End = "\n🐵🙈🙉\n";

    [Fact]
    public void Write_WhatWasReadOfARealRecording_IsByteForByteTheSame()
    {
        var file = File.ReadAllBytes(Captured("datadog-ecommerce-requests_0.gor"));

        var entries = Read(file, out var losses);

        Assert.Equal(file, Write(entries));
        Assert.Equal(default, losses);
    }

    [Fact]
    public void Write_ThroughPlxAndBack_IsByteForByteTheSame()
    {
        var file = File.ReadAllBytes(Captured("datadog-ecommerce-requests_0.gor"));

        Assert.Equal(file, Write(PlxOctets.Read(PlxOctets.Write(Read(file, out _)))));
    }

    [Fact]
    public void Read_TruthTable_Agrees()
    {
        var entries = Read(File.ReadAllBytes(Captured("datadog-ecommerce-requests_0.gor")), out _);
        var rows = File.ReadAllLines(Captured("datadog-ecommerce-requests_0.truth.tsv")).Skip(1).Select(row => row.Split('\t'));

        Assert.Equal(
            rows.Select(row => (row[1], row[2], $"{row[4]} {row[5]} ")),
            entries.Zip(rows, (entry, row) => (
                Encoding.ASCII.GetString(entry.Label),
                $"{entry.Facts.RequestFirst.Nanoseconds}",
                Encoding.ASCII.GetString(entry.Request!)[..($"{row[4]} {row[5]} ".Length)])));
    }

    // The forms the format has: old without duration, request, response, shadow's response, dummy input's duration, empty payload.
    [Theory]
    [InlineData("1 a 5\nGET / HTTP/1.1\r\n\r\n")]
    [InlineData("1 a 5 7\nGET / HTTP/1.1\r\n\r\n" + End + "2 a 20 3\nHTTP/1.1 200 OK\r\n\r\n" + End + "3 a 30 9\nHTTP/1.1 500 No\r\n\r\n")]
    [InlineData("1 a 5 -1\nGET / HTTP/1.1\r\n\r\n")]
    [InlineData("1 a 5 0\n")]
    [InlineData("2 a 5 0\nHTTP/1.1 200 OK\r\n\r\n")]
    [InlineData("1 a 5 0\nfirst" + End + "1 a 6 0\nsecond" + End + "2 b 7 0\nof another")]
    public void Write_EveryForm_IsByteForByteTheSame(string text)
    {
        var file = Encoding.UTF8.GetBytes(text + End);

        Assert.Equal(text + End, Encoding.UTF8.GetString(Write(Read(file, out var losses))));
        Assert.Equal(default, losses);
    }

    [Fact]
    public void Read_PipelinedRequestsWithOneId_PairsInOrder()
    {
        var text = string.Join(End, "1 a 1 0\nr1", "1 a 1 0\nr2", "2 a 2 0\ns1", "2 a 2 0\ns2", "");

        var entries = Read(Encoding.UTF8.GetBytes(text), out _);

        Assert.Equal([("r1", "s1"), ("r2", "s2")], entries.Select(entry => (Text(entry.Request), Text(entry.Response))));
    }

    [Fact]
    public void Read_MoreShadowResponsesThanAnEntryHolds_AreOfAnotherEntry()
    {
        var records = string.Concat(Enumerable.Repeat("3 a 1\nx\n🐵🙈🙉\n", RecordedShadows.MaxCount + 1));

        Assert.Equal([RecordedShadows.MaxCount, 1], Read(Encoding.UTF8.GetBytes(records), out _).Select(entry => entry.ShadowCount));
    }

    [Fact]
    public void Read_ResponsesInAnotherOrder_StayWithTheirRequests()
    {
        var text = string.Join(End, "1 a 1 0\nr1", "1 b 1 0\nr2", "2 b 2 0\ns2", "2 a 2 0\ns1", "");

        var entries = Read(Encoding.UTF8.GetBytes(text), out _);

        Assert.Equal([("r1", "s1"), ("r2", "s2")], entries.Select(entry => (Text(entry.Request), Text(entry.Response))));
    }

    [Fact]
    public void Read_LastRecordWithoutItsEnd_IsLeftOutAndCounted()
    {
        var entries = Read(Encoding.UTF8.GetBytes("1 a 1 0\nr1" + End + "1 b 1 0\nr2"), out var losses);

        Assert.Single(entries);
        Assert.Equal(10, losses.LeftOutBytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("9 a 1\nx" + End)]
    public void Read_SomethingElse_SaysSo(string text) =>
        Assert.Throws<RecordingException>(() => Read(Encoding.UTF8.GetBytes(text), out _));

    [Theory]
    [InlineData("a" + End + "b")]
    [InlineData("🐵🙈🙉\nb")]
    [InlineData("a\n🐵🙈🙉")]
    [InlineData("🐵🙈🙉")]
    public void TryWrite_PayloadWithASeparator_IsRefused(string payload)
    {
        using var writer = new GorWriter(new MemoryStream());

        Assert.False(writer.TryWrite(new() { HasRequest = true, Request = Encoding.UTF8.GetBytes(payload) }));
    }

    [Fact]
    public void Read_PlxThroughGor_KeepsOctetsTimesAndShadows()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var entries = StoredEntry.Many(seed, 30).Where(entry => entry.Request is not null || entry.Response is not null).ToList();

            var read = Read(Write(entries), out _);

            Assert.Equal(entries.Select(Carried), read.Select(Carried));
        }
    }

    [Fact]
    public void Open_UnfinishedGzip_KeepsWhatIsThere()
    {
        var path = Path.GetTempFileName();
        try
        {
            var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            {
                for (var record = 0; record < 1000; record++)
                {
                    gzip.Write(Encoding.UTF8.GetBytes($"1 {Guid.NewGuid():n} 1 0\nGET /{record} HTTP/1.1\r\n\r\n{End}"));
                }
            }

            File.WriteAllBytes(path, packed.ToArray()[..^500]);
            using var reader = RecordingFormats.Open(path);

            Assert.InRange(PlxOctets.All(reader).Count, 900, 999);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static (string?, string?, long, long, int) Carried(StoredEntry entry) => (
        entry.Request is null ? null : Convert.ToHexString(entry.Request),
        entry.Response is null ? null : Convert.ToHexString(entry.Response),
        entry.Request is null ? 0 : entry.Facts.RequestFirst.Nanoseconds + entry.Facts.RequestLast.Nanoseconds,
        entry.Response is null ? 0 : entry.Facts.ResponseFirst.Nanoseconds + entry.Facts.ResponseLast.Nanoseconds,
        ShadowsWithOctets(entry));

    private static int ShadowsWithOctets(StoredEntry entry)
    {
        var count = 0;
        foreach (var shadow in entry.View.Shadows)
        {
            count += shadow.Response.IsEmpty ? 0 : 1;
        }

        return count;
    }

    private static string? Text(byte[]? octets) => octets is null ? null : Encoding.UTF8.GetString(octets);

    private static List<StoredEntry> Read(byte[] file, out RecordingLosses losses)
    {
        using var reader = new GorReader(new MemoryStream(file), "test.gor");
        var entries = PlxOctets.All(reader);
        losses = reader.Losses;
        return entries;
    }

    private static byte[] Write(IEnumerable<StoredEntry> entries)
    {
        var file = new MemoryStream();
        using var writer = new GorWriter(file);
        foreach (var entry in entries)
        {
            Assert.True(writer.TryWrite(entry.View));
        }

        writer.Finish();
        return file.ToArray();
    }

    private static string Captured(string name)
    {
        var path = RealData.PathOf("gor", name);
        Assert.SkipWhen(path is null, $"gor/{name} is not there; set PARALLAX_REALDATA");
        return path;
    }
}
