using System.Text;
using System.Text.Json.Nodes;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Recording.JsonLines;
using Parallax.Recording.Tests.Files;
using Parallax.Recording.Tests.Plx;

namespace Parallax.Recording.Tests.JsonLines;

/// <summary>Lines that somebody changed, or that break off: told with their number, and never sent as something else.</summary>
public sealed class BrokenLinesTests
{
    private static readonly string Good = Encoding.UTF8.GetString(JsonLinesTests.Write(new StoredEntry
    {
        Request = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok"u8.ToArray(),
        Response = "HTTP/1.1 200 OK\r\n\r\nok"u8.ToArray(),
    }));

    private static readonly string Chunked = Encoding.UTF8.GetString(JsonLinesTests.Write(new StoredEntry
    {
        Request = "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"u8.ToArray(),
    }));

    [Theory]
    [InlineData("id", "\"1\"", "id must be a whole number of 64 bits")]
    [InlineData("sequence", "2147483648", "sequence must be a whole number, -2147483648 to 2147483647")]
    [InlineData("requestFirst", "1.5", "requestFirst must be a whole number of 64 bits")]
    [InlineData("client", "\"nowhere\"", "client must be an address with its port, such as 192.0.2.1:80 or [2001:db8::1]:80, or null")]
    [InlineData("flags", "[\"Odd\"]", "flags must be an array of RequestIncomplete, RequestTruncated, ")]
    [InlineData("flags", "[\"1\"]", "flags must be an array of RequestIncomplete, RequestTruncated, ")]
    [InlineData("marks", "\"Shadow\"", "marks must be an array of names")]
    [InlineData("method", "1", "method must be a string or null")]
    [InlineData("status", "1000", "status must be a whole number, 0 to 999")]
    [InlineData("requestVersion", "\"h2\"", "requestVersion must be HTTP/1.0, HTTP/1.1 or null")]
    [InlineData("requestHeaders", "{\"a\":\"b\"}", "requestHeaders must be an array of arrays of a name and a value")]
    [InlineData("requestHeaders", "[[\"a\"]]", "requestHeaders must be an array of arrays of a name and a value")]
    [InlineData("requestBodyBase64", "\"b2s=\"", "requestBodyBase64 must be null, as the content stands there already")]
    [InlineData("requestRaw", "\"?\"", "requestRaw must be Base64 or null")]
    [InlineData("requestRaw", "\"R0VUIC8gSFRUUC8xLjENCg0K\"",
        "requestRaw must be the message that the other properties tell of; leave it out when they were changed")]
    [InlineData("requestBody", "\"\\ud800\"", "holds half a character; text must be whole")]
    [InlineData("shadows", "{}", "shadows must be an array of objects, 65,535 at most")]
    [InlineData("requestHeaders", null, "requestHeaders is missing; the line is none of a recording")]
    [InlineData("kind", null, "kind is missing; it must be exchange, or request")]
    [InlineData("schema", null, "schema is missing; a line that parallax wrote begins with {\"schema\":")]
    public void Read_WrongProperty_IsToldAndTheOtherLinesAreGiven(string name, string? value, string problem)
    {
        var file = Good + Changed(Good, name, value) + "\n" + Good;

        Assert.Equal(2, JsonLinesTests.Read(Encoding.UTF8.GetBytes(file), out var losses).Count);
        Assert.StartsWith("test.jsonl:2: " + problem, losses.Problem, StringComparison.Ordinal);
        Assert.Equal(1, losses.LostEntries);
    }

    // The same text as a request of its own would be sent, though the line says that there is none.
    [Theory]
    [InlineData("method", "null")]
    [InlineData("requestHeaders", "[]")]
    public void Read_RawSaysSomethingElse_IsBroken(string name, string value)
    {
        var file = Chunked + Changed(Chunked, name, value);

        Assert.Single(JsonLinesTests.Read(Encoding.UTF8.GetBytes(file), out var losses));
        Assert.Equal(1, losses.LostEntries);
    }

    [Fact]
    public void Read_BodyThatIsARequest_IsBroken()
    {
        var line = """{"schema":1,"kind":"exchange","method":null,"requestHeaders":[],"requestBody":"GET / HTTP/1.1\r\n\r\n"}""";

        Assert.Single(JsonLinesTests.Read(Encoding.UTF8.GetBytes(Good + line), out var losses));
        Assert.Equal("test.jsonl:2: method is missing, though requestBody begins with the head of a message", losses.Problem);
    }

    // Octets of which a server would read another request.
    [Theory]
    [InlineData("method", "\"GET / HTTP/1.1\\r\\nA: b\\r\\n\\r\\nGET\"")]
    [InlineData("method", "\"GET /b\"")]
    [InlineData("method", "\"\"")]
    [InlineData("target", "\"/ HTTP/1.1\\r\\nA: b\\r\\n\\r\\n\"")]
    [InlineData("reason", "\"OK\\r\\nA: b\"")]
    [InlineData("requestHeaders", "[[\"A\",\"b\\r\\nC: d\"]]")]
    [InlineData("requestHeaders", "[[\"A\",\"b\\nC: d\"]]")]
    [InlineData("requestHeaders", "[[\"A\\r\\nB\",\"b\"]]")]
    [InlineData("requestHeaders", "[[\"A:\",\"b\"]]")]
    [InlineData("requestHeaders", "[[\" A\",\"b\"]]")]
    [InlineData("requestHeaders", "[[\"\",\"b\"]]")]
    [InlineData("requestHeaders", "[[\"A\",\"b\\u0000\"]]")]
    public void Read_WhatHttpCannotCarry_IsLeftOutAndCounted(string name, string value)
    {
        using var reader = Open(Good + Changed(Good, name, value) + "\n" + Good);

        Assert.Equal(2, PlxOctets.All(reader).Count);
        Assert.Equal((1, default), (reader.LeftOut[(int)LeftOutReason.NotARequest], reader.Losses));
    }

    // Fields that say how long the body is are made by the content, whoever wrote what.
    [Theory]
    [InlineData("[[\"Content-Length\",\"0\"]]", "Content-Length: 2\r\n")]
    [InlineData("[[\"Content-Length\",\"0\"],[\"Content-Length\",\"9\"]]", "Content-Length: 2\r\nContent-Length: 2\r\n")]
    [InlineData("[[\"Transfer-Encoding\",\"chunked\"]]", "Content-Length: 2\r\n")]
    [InlineData("[[\"Content-Encoding\",\"gzip\"]]", "Content-Length: 2\r\n")]
    [InlineData("[]", "Content-Length: 2\r\n")]
    public void Read_FieldsThatLie_AreSetRight(string fields, string expected)
    {
        using var reader = new CheckedEntries(Open(Changed(Good, "requestHeaders", fields)));

        var entry = Assert.Single(PlxOctets.All(reader));
        Assert.Equal($"POST /a HTTP/1.1\r\n{expected}\r\nok", Encoding.Latin1.GetString(entry.Request!));
    }

    [Theory]
    [InlineData("{\"schema\":1,\"schema\":1,", "schema")]
    [InlineData("{\"id\":2,\"schema\":1,", "id stands twice")]
    [InlineData("{\"method\":\"GET\",\"schema\":1,", "a property of the request stands twice")]
    public void Read_PropertyTwice_IsBroken(string begin, string problem)
    {
        var twice = string.Concat(begin, Good.AsSpan("{\"schema\":1,".Length));

        JsonLinesTests.Read(Encoding.UTF8.GetBytes(Good + twice), out var losses);
        Assert.Contains(problem, losses.Problem ?? "schema", StringComparison.Ordinal);
    }

    [Fact]
    public void Read_UnknownSchema_IsRefused()
    {
        using var reader = Open(Good + Changed(Good, "schema", "2"));

        var fault = Assert.Throws<RecordingException>(() => PlxOctets.All(reader));
        Assert.Equal("test.jsonl:2: schema is 2, a form of another version of parallax; this one reads schema 1", fault.Message);
    }

    [Theory]
    [InlineData("{\"a\":1}", "schema is missing")]
    [InlineData("{", "is no JSON at byte 2")]
    [InlineData("[]", "is no JSON object")]
    [InlineData("x", "is no JSON at byte 1")]
    public void Read_FileOfSomethingElse_IsRefused(string file, string problem)
    {
        using var reader = Open(file + "\n" + Good);

        var fault = Assert.Throws<RecordingException>(() => PlxOctets.All(reader));
        Assert.StartsWith("test.jsonl:1: " + problem, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FileCutAnywhere_LosesTheCutLineOnly()
    {
        var file = Encoding.UTF8.GetBytes(Good + Chunked);
        for (var cut = Good.Length; cut < file.Length; cut++)
        {
            var entries = JsonLinesTests.Read(file[..cut], out var losses);
            var isWhole = cut == Good.Length || cut == file.Length - 1;
            Assert.Equal(isWhole ? default : cut - Good.Length, losses.LeftOutBytes);
            Assert.Equal(cut == file.Length - 1 ? 2 : 1, entries.Count);
        }
    }

    private static JsonLinesReader Open(string file) => new(new MemoryStream(Encoding.UTF8.GetBytes(file)), "test.jsonl");

    private static string Changed(string line, string name, string? value)
    {
        var changed = JsonNode.Parse(line)!.AsObject();
        const string Place = "\"\\u0001\"";
        changed[name] = JsonNode.Parse(Place);
        if (value is null)
        {
            changed.Remove(name);
        }

        return changed.ToJsonString().Replace(Place, value, StringComparison.Ordinal);
    }
}
