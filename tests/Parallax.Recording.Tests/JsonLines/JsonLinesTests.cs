using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parallax.Recording.Entries;
using Parallax.Recording.JsonLines;
using Parallax.Recording.Tests.Files;
using Parallax.Recording.Tests.Plx;

namespace Parallax.Recording.Tests.JsonLines;

/// <summary>What is written as JSON lines is read again as it was, and the lines are what databases and people expect.</summary>
public sealed class JsonLinesTests
{
    private const string Head = "POST /a HTTP/1.1\r\nHost: a\r\n";

    [Fact]
    public void WriteAndRead_AnyEntries_AreTheSame()
    {
        var entries = StoredEntry.Many(5, 300);

        Assert.Equal(entries, Read(Write([.. entries]), out _));
    }

    // Whether its octets can be made of the other properties or not.
    [Theory]
    [InlineData(Head + "Content-Length: 2\r\n\r\nok", true)]
    [InlineData(Head + "content-length: 2\r\nSet: 1\r\nSet: 2\r\nset: \u00e9\r\n\r\n\u00c3\u00a9", true)]
    [InlineData(Head + "\r\n", true)]
    [InlineData("GET / HTTP/1.0\r\n\r\n", true)]
    [InlineData(Head + "Content-Length: 2\r\n\r\n\u00ff\u0000", true)]
    [InlineData(Head + "Content-Length: 3\r\n\r\nok", false)]
    [InlineData(Head + "Content-Length: 1\r\n\r\nok", false)]
    [InlineData(Head + "Content-Length:2\r\n\r\nok", false)]
    [InlineData(Head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok", false)]
    [InlineData(Head + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nT: 1\r\n\r\n", false)]
    [InlineData(Head + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok", false)]
    [InlineData(Head + "Folded: a\r\n b\r\n\r\n", false)]
    [InlineData("GET / HTTP/1.1\nHost: a\n\n", false)]
    [InlineData("GET /a b HTTP/1.1\r\nA b: c\r\n\r\n", true)]
    [InlineData("GET / HTTP/1.1\r\nHost", false)]
    [InlineData("GET /", true)]
    [InlineData("no HTTP", true)]
    [InlineData("\u00ff\u00fe", true)]
    [InlineData("", true)]
    public void WriteAndRead_Requests_AreTheSameAndRawOnlyWhereNeeded(string request, bool isMade)
    {
        var entry = new StoredEntry { Request = Latin1(request) };

        var file = Write(entry);

        Assert.Equal(entry, Assert.Single(Read(file, out _)));
        var raw = JsonDocument.Parse(file).RootElement.GetProperty("requestRaw");
        Assert.Equal(isMade && request.Length > 0, raw.ValueKind == JsonValueKind.Null);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true)]
    [InlineData("HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n", true)]
    [InlineData("HTTP/1.0 404 Not Found\r\nContent-Length: 9\r\n\r\n", true)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nuntil close", true)]
    [InlineData("HTTP/1.1 200\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", false)]
    public void WriteAndRead_Responses_AreTheSameAndRawOnlyWhereNeeded(string response, bool isMade)
    {
        var entry = new StoredEntry { Response = Latin1(response) };

        var file = Write(entry);

        Assert.Equal(entry, Assert.Single(Read(file, out _)));
        Assert.Equal(isMade, JsonDocument.Parse(file).RootElement.GetProperty("responseRaw").ValueKind == JsonValueKind.Null);
    }

    [Fact]
    public void Write_AnyEntries_AreOneObjectALineWithTheSameProperties()
    {
        var lines = Encoding.UTF8.GetString(Write([.. StoredEntry.Many(5, 50)])).TrimEnd('\n').Split('\n');

        Assert.Equal(50, lines.Length);
        Assert.Single(lines.Select(line => string.Join(',', JsonDocument.Parse(line).RootElement.EnumerateObject()
            .Select(property => property.Name).Order(StringComparer.Ordinal))).Distinct());
    }

    // Whoever changes a line need not count: lengths and framing are made for the content.
    [Fact]
    public void Read_ChangedBody_HasItsLength()
    {
        var chunked = new StoredEntry { Request = Latin1(Head + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n") };
        var line = JsonNode.Parse(Write(chunked))!.AsObject();
        line["requestBody"] = "fine";
        line.Remove("requestRaw");

        var entry = Assert.Single(Read(Encoding.UTF8.GetBytes(line.ToJsonString()), out _));

        Assert.Equal(Head + "Content-Length: 4\r\n\r\nfine", Encoding.Latin1.GetString(entry.Request!));
    }

    [Fact]
    public void Read_LinesOfOtherKinds_ArePassedOver()
    {
        var line = Write(new StoredEntry { Request = "GET / HTTP/1.1\r\n\r\n"u8.ToArray() });
        byte[] file = [.. "\uFEFF\n"u8, .. line, .. "{\"schema\":7,\"kind\":\"account\",\"session\":{}}\n \r\n"u8, .. line];

        Assert.Equal(2, Read(file, out var losses).Count);
        Assert.Equal(default, losses);
    }

    [Fact]
    public void Read_RequestWrittenBeforeItsExchangeWasOver_IsOneEntry()
    {
        var entry = new StoredEntry
        {
            Facts = StoredEntry.Any(new(2), 7).Facts,
            Request = "GET / HTTP/1.1\r\n\r\n"u8.ToArray(),
            Response = "HTTP/1.1 204 No\r\n\r\n"u8.ToArray(),
        };
        var never = new StoredEntry { Facts = entry.Facts with { Id = 8 }, Request = entry.Request };
        var file = new MemoryStream();
        using var writer = new JsonLinesWriter(file);
        writer.WriteRequest(entry.View);
        writer.WriteRequest(never.View);
        writer.TryWrite(entry.View);
        writer.Finish();

        Assert.Equal([entry, never], Read(file.ToArray(), out _));
    }

    [Fact]
    public void Read_RequestThatHasWaitedForManyLines_IsGivenOnceInItsPlace()
    {
        var late = new StoredEntry { Facts = new() { Id = 1, Vni = -1 }, Request = "GET /late HTTP/1.1\r\n\r\n"u8.ToArray() };
        var file = new MemoryStream();
        using var writer = new JsonLinesWriter(file);
        writer.WriteRequest(late.View);
        for (var id = 2; id <= 5000; id++)
        {
            writer.TryWrite(new StoredEntry { Facts = new() { Id = id, Vni = -1 }, Request = "GET / HTTP/1.1\r\n\r\n"u8.ToArray() }.View);
        }

        writer.TryWrite(late.View);
        writer.Finish();
        var entries = Read(file.ToArray(), out _);

        Assert.Equal(5000, entries.Count);
        Assert.InRange(entries.IndexOf(late), 4000, 4100);
    }

    internal static byte[] Write(params StoredEntry[] entries)
    {
        var file = new MemoryStream();
        using var writer = new JsonLinesWriter(file);
        foreach (var entry in entries)
        {
            Assert.True(writer.TryWrite(entry.View));
        }

        writer.Finish();
        return file.ToArray();
    }

    internal static List<StoredEntry> Read(byte[] file, out RecordingLosses losses)
    {
        using var reader = new JsonLinesReader(new MemoryStream(file), "test.jsonl");
        var entries = PlxOctets.All(reader);
        losses = reader.Losses;
        return entries;
    }

    private static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);
}
