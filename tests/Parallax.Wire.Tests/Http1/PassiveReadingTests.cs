using Parallax.Wire.Http1;

namespace Parallax.Wire.Tests.Http1;

/// <summary>What only the passive policy takes: broken on purpose or by age, but a server or client in production took it.</summary>
public sealed class PassiveReadingTests
{
    private const string Chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked";

    [Theory]
    [InlineData("GET /a?b\r\n\r\n", "GET", "/a?b", "")]
    [InlineData("GET /a\r\nHost: h\r\n\r\n", "GET", "/a", "h")]
    [InlineData("CCM_POST /a\nHost: h\n\n", "CCM_POST", "/a", "h")]
    [InlineData("OPTIONS HTTP/1.1\r\n\r\n", "OPTIONS", "HTTP/1.1", "")]
    [InlineData("HEAD /a HTTP/1.\r\n\r\n", "HEAD", "/a", "")]
    public void Request_WithoutVersion_IsRead(string octets, string method, string target, string host)
    {
        var request = Assert.Single(Read(MessageKind.Request, octets).Messages);
        Assert.Equal((method, target, host), (request.Method, request.Target, request.Host));
        Assert.True(request.HasEnded && !request.KeepAlive);
    }

    [Fact]
    public void RequestWithoutVersion_BehindAGap_IsNone()
    {
        var reader = new MessageReader(MessageKind.Request, Http1Policy.Passive);
        var said = new Transcript();
        reader.StartResynchronising();
        said.Feed(reader, "GET /a\r\n\r\n"u8);
        Assert.Empty(said.Messages);
    }

    [Theory]
    [InlineData("HTTP/1.0 2XX OK\r\nContent-Length: 1\r\n\r\na", 2)]
    [InlineData("HTTP/1.1 2\x00" + "00 ok\r\nContent-Length: 1\r\n\r\na", 2)]
    [InlineData("HTTP/1\x00.1 200 ok\r\nContent-Length: 1\r\n\r\na", 200)]
    [InlineData("HTTP/1.1 2000 ok\r\nContent-Length: 1\r\n\r\na", 200)]
    public void StatusLine_Odd_IsReadAsFarAsItGoes(string octets, int status)
    {
        var response = Assert.Single(Read(MessageKind.Response, octets).Messages);
        Assert.Equal((status, "a"), (response.Status, response.Content.ToString()));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\rA: b\rTransfer-Encoding: chunked\r\n\n1\r\nx\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\rTransfer-Encoding: chunked\r\r1\r\nx\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunkedx\r\n\r\n1\r\nx\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked x\r\n\r\n1\r\nx\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\x00\r\n\r\n1\r\nx\r\n0\r\n\r\n")]
    public void Response_OddHead_BodyIsFound(string octets)
    {
        var response = Assert.Single(Read(MessageKind.Response, octets).Messages);
        Assert.Equal(("x", true, false), (response.Content.ToString(), response.HasEnded, response.IsIncomplete));
    }

    [Fact]
    public void Request_LoneCarriageReturn_EndsNoLine() => Assert.Equal(
        [("A", "b\rC: d")], Assert.Single(Read(MessageKind.Request, "GET / HTTP/1.1\r\nA: b\rC: d\r\n\r\n").Messages).Fields);

    /// <summary>Readers disagree about these heads; the body begins where Wireshark sees it begin.</summary>
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n \r\n\r\nabc", " \r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\n\x0b\n\nabc", "\x0b\n\nab")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\n\r\r\nabc", "\r\nabc")]
    public void Response_LineThatShowsNothing_BeginsTheBody(string octets, string body) => Assert.Equal(
        body, Read(MessageKind.Response, octets).Messages[0].Content.ToString());

    [Theory]
    [InlineData(Chunked + "\r\n \r\nConnection: close\r\n\r\n1\r\nx\r\n0\r\n\r\n", "")]
    [InlineData(Chunked + "\r\n x\r\nConnection: close\r\n\r\n1\r\nx\r\n0\r\n\r\n", "")]
    [InlineData(Chunked + "\r\n\r\n1\r\nx\r\nz\r\n", "x")]
    [InlineData(Chunked + "\r\n\r\n1\nx\n1\ny\n0\n\n", "x")]
    [InlineData(Chunked + "\r\n\r\n\r\n1\r\nx\r\n", "")]
    [InlineData(Chunked + "\r\n\r\nf\r\r\nX5O!P%@AP[4\\PZX\r\n0\r\n\r\n", "\r\nX5O!P%@AP[4\\P")]
    public void Response_BrokenChunks_CountAsFarAsTheyGo(string octets, string content)
    {
        var reader = new MessageReader(MessageKind.Response, Http1Policy.Passive);
        var said = new Transcript();
        said.Feed(reader, System.Text.Encoding.Latin1.GetBytes(octets));
        Assert.Equal((content, true), (Assert.Single(said.Messages).Content.ToString(), reader.IsBroken && reader.IsIncomplete));
        Assert.Equal(content.Length, reader.BodyOctets);
    }

    [Theory]
    [InlineData("0\r\nfoobar\r\n", true)]
    [InlineData("3\r\nab", true)]
    [InlineData("0\r\n\r\n", false)]
    public void Finish_StreamClosed_TellsTheSendersFaultFromLoss(string body, bool isBroken)
    {
        foreach (var isClosed in (bool[])[true, false])
        {
            var reader = new MessageReader(MessageKind.Response, Http1Policy.Passive);
            new Transcript().Feed(reader, System.Text.Encoding.Latin1.GetBytes(Chunked + "\r\n\r\n" + body));
            reader.Finish(isClosed);
            Assert.Equal(isBroken && isClosed, reader.IsBroken);
        }
    }

    [Theory]
    [InlineData("GET /abc HTTP/1.1\r\nHost: h\r\nCook", "/abc", "h")]
    [InlineData("GET /abc HTTP/1.1", "/abc", "")]
    [InlineData("GET /abc ", "/abc", "")]
    public void SkipGap_InAHead_TellsWhatThereIs(string octets, string target, string host)
    {
        var reader = new MessageReader(MessageKind.Request, Http1Policy.Passive);
        var said = new Transcript();
        said.Feed(reader, System.Text.Encoding.Latin1.GetBytes(octets));
        reader.SkipGap(10);
        said.Feed(reader, []);
        var request = Assert.Single(said.Messages);
        Assert.Equal((target, host, octets, true), (request.Target, request.Host, request.RawHead, request.IsIncomplete));
        Assert.True(reader.IsLost);
    }

    private static Transcript Read(MessageKind kind, string octets) => Transcript.OfEverySplit(kind, Transcript.Loose, octets);
}
