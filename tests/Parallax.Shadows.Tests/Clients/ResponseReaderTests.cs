using System.Text;
using Parallax.Shadows.Clients;
using Parallax.Wire.Http1;

namespace Parallax.Shadows.Tests.Clients;

public sealed class ResponseReaderTests
{
    private const string Chunks = "1\r\na\r\n0\r\nT: 1\r\n\r\n";
    private const string Interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";

    [Theory]
    [InlineData(KnownMethod.Get, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "200 abc.", true)]
    [InlineData(KnownMethod.Get, Interim + Interim + "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "103 103 200 abc.", true)]
    [InlineData(KnownMethod.Get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Chunks, "200 " + Chunks + ".", true)]
    [InlineData(KnownMethod.Head, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "200 .", true)]
    [InlineData(KnownMethod.Get, "HTTP/1.1 204 No Content\r\n\r\n", "204 .", true)]
    [InlineData(KnownMethod.Get, "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "304 .", true)]
    [InlineData(KnownMethod.Get, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na", "200 a.", false)]
    [InlineData(KnownMethod.Get, "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", "200 a.", false)]
    [InlineData(KnownMethod.Get, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab", "200 a.", false)]
    [InlineData(KnownMethod.Get, "HTTP/1.1 200 OK\r\n\r\nto the end", "200 to the end.", false)]
    public void Read_AnySplit_ReadsTheSame(KnownMethod method, string response, string expected, bool isReusable)
    {
        var octets = Encoding.Latin1.GetBytes(response).AsSpan();
        for (var split = 0; split <= octets.Length; split++)
        {
            var reader = new ResponseReader(Http1Policy.Active);
            reader.Begin(method);
            var seen = Read(reader, octets[..split]) + (reader.IsAwaitingResponse ? Read(reader, octets[split..]) : "");
            if (reader.IsAwaitingResponse)
            {
                Assert.True(reader.TryFinish());
                seen += ".";
            }

            Assert.Equal(expected, seen);

            // Octets after the end that come later are met by the connection, not by the reader.
            var isExcessLate = response.EndsWith("ab", StringComparison.Ordinal) && split == octets.Length - 1;
            Assert.Equal(isReusable || isExcessLate, reader.IsReusable);
        }
    }

    [Fact]
    public void Read_AnySplit_TellsInterimHeadsAndOneEnd()
    {
        var octets = Encoding.Latin1.GetBytes(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"
            + "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok").AsSpan();
        for (var split = 0; split <= octets.Length; split++)
        {
            var reader = Awaiting(KnownMethod.Post);
            Assert.Equal("100 103 201 ok.", Read(reader, octets[..split]) + (split < octets.Length ? Read(reader, octets[split..]) : ""));
            Assert.True(reader is { IsFinal: true, IsReusable: true, IsAwaitingResponse: false, BodyOctets: 2 });
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false)]
    public void Read_ToTheEnd_SaysWhetherTheConnectionCarriesAnother(string response, bool isReusable)
    {
        var reader = Awaiting(KnownMethod.Get);
        Assert.EndsWith(".", Read(reader, Encoding.Latin1.GetBytes(response)), StringComparison.Ordinal);
        Assert.Equal(isReusable, reader.IsReusable);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", false)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nto the end", true)]
    public void TryFinish_EndsOnlyAFinalResponseThatGoesToTheEnd(string response, bool ends)
    {
        var reader = Awaiting(KnownMethod.Get);
        Read(reader, Encoding.Latin1.GetBytes(response));
        Assert.Equal(ends, reader.TryFinish());
        Assert.False(reader.IsAwaitingResponse);
    }

    [Fact]
    public void Begin_ForTheNextRequest_ReadsByItsMethod()
    {
        var reader = Awaiting(KnownMethod.Head);
        Assert.Equal("200 .", Read(reader, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"u8));
        reader.Begin(KnownMethod.Get);
        Assert.False(reader.HasBegun || reader.IsFinal || reader.IsReusable);
        Assert.Equal("200 a.", Read(reader, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"u8));
    }

    private static ResponseReader Awaiting(KnownMethod method)
    {
        var reader = new ResponseReader(Http1Policy.Relayed);
        reader.Begin(method);
        return reader;
    }

    private static string Read(ResponseReader reader, ReadOnlySpan<byte> octets)
    {
        var seen = new StringBuilder();
        while (true)
        {
            var readEvent = reader.Read(octets, out var consumed);
            octets = octets[consumed..];
            switch (readEvent.Kind)
            {
                case ReadEventKind.Head:
                    seen.Append(reader.Head.StatusCode).Append(' ');
                    break;
                case ReadEventKind.Body:
                    seen.Append(Encoding.Latin1.GetString(readEvent.RawOctets));
                    break;
                case ReadEventKind.End:
                    return seen.Append('.').ToString();
                default:
                    return seen.ToString();
            }
        }
    }
}
