using System.Text;
using Parallax.Shadows.Clients;
using Parallax.Wire.Http1;

namespace Parallax.Shadows.Tests.Clients;

public sealed class ResponseReaderTests
{
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
                    seen.Append(Encoding.Latin1.GetString(readEvent.ContentOctets));
                    break;
                case ReadEventKind.End:
                    return seen.Append('.').ToString();
                default:
                    return seen.ToString();
            }
        }
    }
}
