using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Parallax.Recording.Entries;
using Parallax.Recording.Har;
using Parallax.Recording.Tests.Files;
using Parallax.Recording.Tests.Plx;
using Parallax.Traffic.Exchanges;

namespace Parallax.Recording.Tests.Har;

public sealed class HarTests
{
    [Theory]
    [InlineData("GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData("POST / HTTP/1.0\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("GET http://x/y HTTP/1.1\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\nuntil it is closed")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")]
    [InlineData(
        "PUT / HTTP/1.1\r\nHost: x\r\nX: \u00e9\u00ff\r\nContent-Length: 2\r\n\r\n\u00ff\u0000",
        "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n")]
    public void Read_WhatWasWritten_IsOctetForOctetTheSame(string request, string response)
    {
        var entry = Entry(Encoding.Latin1.GetBytes(request), Encoding.Latin1.GetBytes(response));

        var read = Assert.Single(Read(Write(entry)));

        Assert.Equal(request, Encoding.Latin1.GetString(read.Request!));
        Assert.Equal(response, Encoding.Latin1.GetString(read.Response!));
        Assert.Equal(entry.Facts, read.Facts);
        Assert.Equal(entry.Label, read.Label);
    }

    [Theory]
    [InlineData("\u001b[31m\u0005", 1)]
    [InlineData("tr\u001b", 1)]
    [InlineData("trace ", 10_000)]
    [InlineData("true_", 10_000)]
    public void Read_NoHar_IsRefusedInOneShortLine(string text, int times)
    {
        var file = Encoding.UTF8.GetBytes("{\"a\":" + string.Concat(Enumerable.Repeat(text, times)));

        var message = Assert.Throws<RecordingException>(() => Read(file)).Message;

        Assert.DoesNotContain(message, char.IsControl);
        Assert.InRange(message.Length, 1, 600);
    }

    [Fact]
    public void Read_RandomBodies_AreOctetForOctetTheSame()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var body = new byte[random.Next(2000)];
            random.NextBytes(body);
            body = random.Next(2) == 0 ? body : Encoding.UTF8.GetBytes(Convert.ToBase64String(body) + "\"\\\u0001é𝄞");
            var head = $"POST /{seed} HTTP/1.1\r\nHost: x\r\nContent-Length: {body.Length}\r\n\r\n";

            var read = Assert.Single(Read(Write(Entry([.. Encoding.ASCII.GetBytes(head), .. body], null))));

            Assert.Equal([.. Encoding.ASCII.GetBytes(head), .. body], read.Request!);
            Assert.Null(read.Response);
        }
    }

    [Fact]
    public void Read_HalfACharacter_LosesThatEntryOnly()
    {
        const string entry = """{"request":{"method":"GET","url":"http://x/REST","headers":[]}}""";
        var har = "{\"log\":{\"entries\":[" + entry.Replace("REST", "\\ud800") + "," + entry + "]}}";
        using var reader = new HarReader(new MemoryStream(Encoding.UTF8.GetBytes(har)), "test.har");

        Assert.True(reader.TryRead(out var read));
        Assert.StartsWith("GET /REST ", Encoding.UTF8.GetString(read.Request), StringComparison.Ordinal);
        Assert.False(reader.TryRead(out _));
        Assert.Equal(1, reader.Losses.LostEntries);
    }

    [Fact]
    public void Read_ChunkedAndCoded_HasTheContentWithItsLength()
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write("hello"u8);
        }

        byte[] response =
        [
            .. Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"),
            .. Encoding.ASCII.GetBytes($"{packed.Length:x}\r\n"), .. packed.ToArray(), .. "\r\n0\r\n\r\n"u8,
        ];

        var read = Assert.Single(Read(Write(Entry("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), response))));

        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", Encoding.ASCII.GetString(read.Response!));
    }

    [Fact]
    public void Write_Twice_IsJsonOfTheStandardsShape()
    {
        var entry = Entry(
            "GET /a?b=c%20d HTTP/1.1\r\nHost: x\r\nCookie: s=1; t=2\r\n\r\n"u8.ToArray(), "HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
        using var document = JsonDocument.Parse(Write(entry, entry));
        var har = document.RootElement.GetProperty("log").GetProperty("entries")[1];

        Assert.Equal("1.2", document.RootElement.GetProperty("log").GetProperty("version").GetString());
        Assert.Equal("http://x/a?b=c%20d", har.GetProperty("request").GetProperty("url").GetString());
        Assert.Equal("c d", har.GetProperty("request").GetProperty("queryString")[0].GetProperty("value").GetString());
        Assert.Equal(2, har.GetProperty("request").GetProperty("cookies").GetArrayLength());
        Assert.Equal(200, har.GetProperty("response").GetProperty("status").GetInt32());
        Assert.Equal("2023-11-14T22:13:20.123456Z", har.GetProperty("startedDateTime").GetString());
    }

    [Fact]
    public void Read_ABrowsersFile_MakesHttp1OfIt()
    {
        const string browser = """
            { "log": { "version": "1.2", "pages": [ { "entries": "no" } ], "entries": [ {
              "startedDateTime": "2026-03-01T10:00:00.500+01:00", "time": 12.5,
              "request": { "method": "POST", "url": "https://shop.example/cart?x=1#top", "httpVersion": "h2",
                "headers": [ { "name": ":authority", "value": "shop.example" }, { "name": "accept", "value": "*/*" } ],
                "postData": { "mimeType": "application/json", "text": "{\"é\":1}" } },
              "response": { "status": 200, "statusText": "", "httpVersion": "h2",
                "headers": [ { "name": "content-encoding", "value": "br" }, { "name": "set-cookie", "value": "a=1\nb=2" } ],
                "content": { "size": 3, "mimeType": "text/plain", "text": "YWJj", "encoding": "base64" } },
              "timings": { "blocked": -1, "send": 1, "wait": 2.5, "receive": 3 } } ] } }
            """;

        var read = Assert.Single(Read([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(browser)]));

        Assert.Equal(
            "POST /cart?x=1 HTTP/1.1\r\naccept: */*\r\nContent-Type: application/json\r\n"
            + "Content-Length: 8\r\nHost: shop.example\r\n\r\n{\"é\":1}",
            Encoding.UTF8.GetString(read.Request!));
        Assert.Equal(
            "HTTP/1.1 200 \r\nset-cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: 3\r\n\r\nabc", Encoding.UTF8.GetString(read.Response!));
        Assert.Equal(1_772_355_600_500_000_000, read.Facts.RequestFirst.Nanoseconds);
        Assert.Equal(6_500_000, read.Facts.ResponseLast.Since(read.Facts.RequestFirst));
    }

    [Fact]
    public void Read_CutAnywhere_KeepsWholeEntriesOrSaysItIsNoHar()
    {
        var whole = Write(Enumerable.Repeat(Entry("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), null), 3).ToArray());
        for (var cut = 0; cut < whole.Length; cut++)
        {
            try
            {
                Assert.InRange(Read(whole[..cut]).Count, 0, 3);
            }
            catch (RecordingException)
            {
                Assert.True(cut < 200, $"cut at {cut}");
            }
        }
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData(" \n", 0)]
    [InlineData("x", 1)]
    [InlineData("{\"log\":{\"entries\":[]}}", 22)]
    public void Read_SomethingAfterTheDocument_IsCountedAsLeftOut(string after, int leftOut)
    {
        var har = "{\"log\":{\"entries\":[{\"request\":{\"method\":\"GET\",\"url\":\"http://x\"}}],\"comment\":\"\"}}" + after;
        using var reader = new HarReader(new MemoryStream(Encoding.UTF8.GetBytes(har)), "x");

        Assert.Single(PlxOctets.All(reader));
        Assert.False(reader.TryRead(out _));
        Assert.Equal(leftOut, reader.Losses.LeftOutBytes);
    }

    [Fact]
    public void Read_EntriesOfWrongShape_AreCountedAsLost()
    {
        var har = """{"log":{"entries":[1,{},{"request":{"method":"GET","url":"http://x"}}]}}"""u8.ToArray();
        using var reader = new HarReader(new MemoryStream(har), "x");

        Assert.Equal("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Encoding.ASCII.GetString(Assert.Single(PlxOctets.All(reader)).Request!));
        Assert.Equal(2, reader.Losses.LostEntries);
    }

    [Fact]
    public void TryWrite_NoRequest_IsRefused()
    {
        using var writer = new HarWriter(new MemoryStream());

        Assert.False(writer.TryWrite(new() { HasResponse = true, Response = "HTTP/1.1 200 OK\r\n\r\n"u8 }));
    }

    private static StoredEntry Entry(byte[] request, byte[]? response) => new()
    {
        Facts = StoredEntry.Any(new(3), 9).Facts with
        {
            RequestFirst = new(1_700_000_000_123_456_789),
            Flags = response is null ? ExchangeFlags.NoResponse : ExchangeFlags.None,
        },
        Request = request,
        Response = response,
        Label = "abc"u8.ToArray(),
    };

    private static byte[] Write(params StoredEntry[] entries)
    {
        var file = new MemoryStream();
        using var writer = new HarWriter(file);
        foreach (var entry in entries)
        {
            Assert.True(writer.TryWrite(entry.View));
        }

        writer.Finish();
        return file.ToArray();
    }

    private static List<StoredEntry> Read(byte[] file)
    {
        using var reader = new HarReader(new MemoryStream(file), "test.har");
        return PlxOctets.All(reader);
    }
}
