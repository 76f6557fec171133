using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Wire.Tests.Http1;

/// <summary>The messages that an existing capture tool is known to lose or to cut, each read at every split.</summary>
public sealed class CommonLossesTests
{
    private const string Get = "GET / HTTP/1.1\r\n\r\n";

    [Theory]
    [InlineData("keep-alive and pipelined", Get + Get, 2)]
    [InlineData("HTTP/1.0, no space after the colon", "GET / HTTP/1.0\r\nA:b\r\n\r\n" + Get, 2)]
    [InlineData("Expect: 100-continue", "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx" + Get, 2)]
    [InlineData("upgrade that was refused", "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n" + Get, 2)]
    [InlineData("methods outside the nine", "PURGE / HTTP/1.1\r\n\r\nPROPFIND / HTTP/1.1\r\n\r\nQUERY / HTTP/1.1\r\n\r\n", 3)]
    [InlineData("announced trailer",
        "POST / HTTP/1.1\r\nTrailer: A\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n" + Get, 2)]
    [InlineData("unannounced trailer", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n" + Get, 2)]
    [InlineData("body of zero octets only", "POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\n\0\0\0\0\0\0" + Get, 2)]
    [InlineData("end of chunks inside a chunk",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n0\r\n\r\n\r\n0\r\n\r\n" + Get, 2)]
    public void Requests_EverySplit_AreAllThere(string what, string octets, int count) =>
        AssertAll(what, Transcript.OfEverySplit(MessageKind.Request, Transcript.Loose, octets), octets, count);

    [Theory]
    [InlineData("close-delimited body", "HTTP/1.1 200 OK\r\n\r\nbody", 1, KnownMethod.Get)]
    [InlineData("HEAD with Content-Length",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 2, KnownMethod.Head)]
    [InlineData("304 with Content-Length", "HTTP/1.1 304 x\r\nContent-Length: 9\r\n\r\nHTTP/1.1 304 x\r\n\r\n", 2, KnownMethod.Get)]
    [InlineData("unknown status codes",
        "HTTP/1.1 499 \r\nContent-Length: 0\r\n\r\nHTTP/1.1 520\r\nContent-Length: 0\r\n\r\n", 2, KnownMethod.Get)]
    [InlineData("103 and 200 together",
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 2, KnownMethod.Get)]
    [InlineData("100 with another phrase",
        "HTTP/1.1 100 Go ahead\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 2, KnownMethod.Get)]
    public void Responses_EverySplit_AreAllThere(string what, string octets, int count, KnownMethod method) =>
        AssertAll(
            what,
            Transcript.OfEverySplit(MessageKind.Response, Transcript.Loose, Encoding.Latin1.GetBytes(octets), _ => method),
            octets,
            count);

    private static void AssertAll(string what, Transcript transcript, string octets, int count)
    {
        Assert.True(count == transcript.Messages.Count, what);
        Assert.Empty(transcript.Errors);
        Assert.All(transcript.Messages, message => Assert.True(message.HasEnded && !message.IsIncomplete));
        Assert.Equal(octets, string.Concat(transcript.Messages.Select(message => message.RawHead + message.RawBody)));
    }
}
