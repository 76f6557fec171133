using System.Text;
using System.Text.Json.Nodes;
using Parallax.Recording.Entries;
using Parallax.Recording.Har;
using Parallax.Recording.Tests.Files;
using Parallax.Recording.Tests.Plx;

namespace Parallax.Recording.Tests.Har;

/// <summary>HAR files that try to write lines of their own into requests.</summary>
public sealed class HarLineEndsTests
{
    private const string Injected = "\r\nInjected: yes\r\n\r\nDELETE /all HTTP/1.1\r\nHost: a";

    [Theory]
    [InlineData("GET / HTTP/1.1" + Injected, "http://a/")]
    [InlineData("G\0T", "http://a/")]
    [InlineData("G\tT", "http://a/")]
    [InlineData("GET", "http://a" + Injected + "/")]
    [InlineData("GET", "http://a\rb/")]
    [InlineData("GET", "http://a\0/")]
    public void Read_LineEndsInMethodOrHost_LeaveTheEntryOut(string method, string url)
    {
        using var reader = HarTexts.Open(HarTexts.Entry(method, url), HarTexts.Entry());

        Assert.Single(PlxOctets.All(reader));
        Assert.Equal((1, 0), (reader.LeftOut[(int)LeftOutReason.NotARequest], reader.Losses.LostEntries));
    }

    [Theory]
    [InlineData("Y Z", "1")]
    [InlineData("é", "1")]
    [InlineData(":authority", "a" + Injected)]
    [InlineData(":authority", "a\0")]
    public void Read_NamesAndAuthoritiesThatAreNone_AreLeftOut(string name, string value)
    {
        var entry = HarTexts.Entry(url: "http://shop.example/x");
        entry["request"]!["headers"] = new JsonArray(new JsonObject { ["name"] = name, ["value"] = value });

        Assert.Equal("GET /x HTTP/1.1\r\nHost: shop.example\r\n\r\n", HarTexts.Request(entry));
    }

    // Browsers put several lines of one field into one value, with line feeds between them.
    [Theory]
    [InlineData("b\nInjected: yes")]
    [InlineData("b\n\nDELETE /all HTTP/1.1")]
    public void Read_LinesInAValue_StayValuesOfTheField(string value)
    {
        var lines = HarTexts.Request(HarTexts.Entry("GET", "http://a/", "", "X: " + value)).Split("\r\n");

        Assert.All(lines[1..^3], line => Assert.StartsWith("X: ", line, StringComparison.Ordinal));
        Assert.Equal(lines.Length - 2, Array.FindIndex(lines, line => line.Length == 0));
    }

    [Theory]
    [InlineData("X", "b" + Injected)]
    [InlineData("X", "b\rInjected: yes")]
    [InlineData("X", "b\r\nc")]
    [InlineData("Y" + Injected, "1")]
    [InlineData("Y\n", "1")]
    [InlineData("Y\0", "1")]
    public void Read_LineEndsThatNoBrowserWrites_LeaveTheEntryOut(string name, string value)
    {
        var entry = HarTexts.Entry();
        entry["request"]!["headers"] = new JsonArray(new JsonObject { ["name"] = name, ["value"] = value });
        using var reader = HarTexts.Open(entry, HarTexts.Entry());

        Assert.Single(PlxOctets.All(reader));
        Assert.Equal(1, reader.LeftOut[(int)LeftOutReason.NotARequest]);
    }

    [Theory]
    [InlineData("http://a/x HTTP/1.1" + Injected)]
    [InlineData("http://a/x?q=1 2\0")]
    public void Read_AnythingInAPath_IsEncoded(string url)
    {
        var line = HarTexts.Request(HarTexts.Entry("GET", url)).Split("\r\n")[0].Split(' ');

        Assert.Equal(3, line.Length);
        Assert.DoesNotContain(line[1], letter => letter is <= ' ' or '\u007F');
    }

    [Fact]
    public void Read_LineEndsInStatusTextAndTypes_AreNoLines()
    {
        var entry = HarTexts.Entry("POST", "http://a/", """{"mimeType":"text/plain\r\nInjected: yes","text":"x"}""");
        entry["response"]!["statusText"] = "OK\r\nInjected: yes\0";
        var read = Assert.Single(HarTexts.Read(entry));

        Assert.DoesNotContain("\nInjected", Encoding.Latin1.GetString(read.Request!), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 OK  Injected: yes \r\n", Encoding.Latin1.GetString(read.Response!), StringComparison.Ordinal);
    }

    // "_parallax" says that the file is our own, and then nothing is encoded or trimmed; anybody can write that.
    [Theory]
    [InlineData("target", "/ HTTP/1.1" + Injected)]
    [InlineData("target", "/\0")]
    [InlineData("name", "Y: 1\r\nInjected")]
    [InlineData("value", "1\r\nInjected: yes")]
    [InlineData("value", "1\nInjected: yes")]
    [InlineData("method", "GET / HTTP/1.1\r\nInjected: yes\r\n\r\nGET")]
    public void Read_LineEndsInAFileThatSaysItIsOurs_LeaveTheEntryOut(string place, string text)
    {
        var entry = HarTexts.Entry(place == "method" ? text : "GET", "http://a/").With(
            "_parallax", new JsonObject { ["id"] = 1, ["target"] = place == "target" ? text : "/" });
        entry["request"]!["headers"] = new JsonArray(new JsonObject
        {
            ["name"] = place == "name" ? text : "X",
            ["value"] = place == "value" ? text : "1",
        });
        using var reader = HarTexts.Open(entry);

        Assert.Empty(PlxOctets.All(reader));
        Assert.Equal(1, reader.LeftOut[(int)LeftOutReason.NotARequest]);
    }

    [Fact]
    public void Read_FoldedFieldOfOurOwn_IsOneLine()
    {
        var folded = new StoredEntry { Request = "GET / HTTP/1.1\r\nX: a\r\n  b\r\nY: 1\r\n\r\n"u8.ToArray() };
        var file = new MemoryStream();
        using var writer = new HarWriter(file);
        Assert.True(writer.TryWrite(folded.View));
        writer.Finish();
        using var reader = new HarReader(new MemoryStream(file.ToArray()), "a.har");

        Assert.Equal("GET / HTTP/1.1\r\nX: a b\r\nY: 1\r\n\r\n", Encoding.ASCII.GetString(Assert.Single(PlxOctets.All(reader)).Request!));
    }
}
