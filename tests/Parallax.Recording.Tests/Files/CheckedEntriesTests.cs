using System.Text;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Recording.Plx;
using Parallax.Recording.Tests.Plx;
using Parallax.Traffic.Exchanges;

namespace Parallax.Recording.Tests.Files;

/// <summary>Entries that hold more than a request, or less.</summary>
public sealed class CheckedEntriesTests
{
    private const string Post = "POST / HTTP/1.1\r\nHost: a\r\n";
    private const string Second = "DELETE /all HTTP/1.1\r\nHost: a\r\n\r\n";

    // What stands after the end that the request's own framing tells.
    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n" + Second)]
    [InlineData(Post + "Content-Length: 2\r\n\r\nok" + Second)]
    [InlineData(Post + "Content-Length: 2\r\n\r\nok\r\n" + Second)]
    [InlineData(Post + "Content-Length: 0\r\n\r\n" + Second)]
    [InlineData(Post + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n" + Second)]
    [InlineData(Post + "\r\nx")]
    [InlineData("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n" + Second)]
    [InlineData("GET / HTTP/1.1\nHost: a\n\n" + Second)]
    public void Read_MoreThanARequest_IsLeftOutAndCounted(string request)
    {
        var entries = Read(out var leftOut, Entry(request), Entry("GET /next HTTP/1.1\r\n\r\n"));

        Assert.StartsWith("GET /next", Encoding.Latin1.GetString(Assert.Single(entries).Request!), StringComparison.Ordinal);
        Assert.Equal(1, leftOut[(int)LeftOutReason.SeveralRequests]);
    }

    [Fact]
    public void Read_EntriesWithoutNumber_AreNumberedByTheirPlace()
    {
        const string Get = "GET / HTTP/1.1\r\n\r\n";
        var entries = Read(out _, Entry(Get), Numbered(Entry(Get), 9), Entry(Get + Second), Entry(Get));

        Assert.Equal([1, 9, 4], entries.Select(entry => entry.Facts.Id));

        static StoredEntry Numbered(StoredEntry entry, long id) => new() { Facts = entry.Facts with { Id = id }, Request = entry.Request };
    }

    // What would take its missing octets from the request after it on the connection, or ends elsewhere for somebody else.
    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n")]
    [InlineData("GET /")]
    [InlineData("")]
    [InlineData(Post + "Content-Length: 3\r\n\r\nok")]
    [InlineData(Post + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")]
    [InlineData(Post + "Transfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n")]
    [InlineData(Post + "Content-Length: 2\r\nContent-Length: 0\r\n\r\n")]
    [InlineData(Post + "Transfer-Encoding: gzip\r\n\r\n")]
    public void Read_LessThanARequestOrADoubtfulOne_IsIncomplete(string request)
    {
        var entry = Assert.Single(Read(out var leftOut, Entry(request)));

        Assert.True(entry.Facts.Flags.HasFlag(ExchangeFlags.RequestIncomplete));
        Assert.Equal(request, Encoding.Latin1.GetString(entry.Request!));
        Assert.All(leftOut, count => Assert.Equal(0, count));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData(Post + "Content-Length: 2\r\n\r\nok")]
    [InlineData(Post + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nT: 1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\nHost: a\n\n")]
    public void Read_ARequest_IsAsItWasWithoutEmptyLinesAfterIt(string request)
    {
        var entries = Read(out _, Entry(request), Entry(request + "\r\n"));

        Assert.Equal([request, request], entries.Select(entry => Encoding.Latin1.GetString(entry.Request!)));
        Assert.All(entries, entry => Assert.Equal(ExchangeFlags.None, entry.Facts.Flags));
    }

    [Fact]
    public void Read_ResponseWithoutRequest_IsGiven()
    {
        var lone = new StoredEntry { Response = "HTTP/1.1 200 OK\r\n\r\nany"u8.ToArray() };

        Assert.Equal(lone.Response, Assert.Single(Read(out _, lone)).Response);
    }

    // In any format, also one that says nothing of completeness.
    [Fact]
    public void Open_GorRecordWithTwoRequests_IsLeftOut()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("parallax-checked-").FullName, "a.gor");
        File.WriteAllText(path, $"1 a 1 0\nGET / HTTP/1.1\r\n\r\n{Second}\n🐵🙈🙉\n1 b 2 0\nGET /b HTTP/1.1\r\n\r\n\n🐵🙈🙉\n");
        using var reader = RecordingFormats.Open(path);

        Assert.Equal("b", Encoding.ASCII.GetString(Assert.Single(PlxOctets.All(reader)).Label));
        Assert.Equal(1, reader.LeftOut[(int)LeftOutReason.SeveralRequests]);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    private static StoredEntry Entry(string request) => new() { Request = Encoding.Latin1.GetBytes(request) };

    private static List<StoredEntry> Read(out IReadOnlyList<long> leftOut, params StoredEntry[] entries)
    {
        using var reader = new CheckedEntries(new PlxReader(new MemoryStream(PlxOctets.Write(entries)), "a.plx"));
        var read = PlxOctets.All(reader);
        leftOut = reader.LeftOut;
        return read;
    }
}
