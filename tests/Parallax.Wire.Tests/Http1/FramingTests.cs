using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Wire.Tests.Http1;

public sealed class FramingTests
{
    [Theory]
    [InlineData("", BodyFraming.None, 0)]
    [InlineData("Content-Length: 5\r\n", BodyFraming.Length, 5)]
    [InlineData("Content-Length: 05\r\nContent-Length: 5\r\n", BodyFraming.Length, 5)]
    [InlineData("Content-Length: 9223372036854775807\r\n", BodyFraming.Length, long.MaxValue)]
    [InlineData("Transfer-Encoding: Chunked\r\n", BodyFraming.Chunked, 0)]
    public void OfRequest_SoundFields_BothPoliciesAgree(string fields, BodyFraming framing, long length)
    {
        Assert.Equal((framing, length, Http1Error.None), OfRequest($"POST / HTTP/1.1\r\n{fields}\r\n", Transcript.Strict));
        Assert.Equal((framing, length, Http1Error.None), OfRequest($"POST / HTTP/1.1\r\n{fields}\r\n", Transcript.Loose));
    }

    [Theory]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", Http1Error.LengthAndTransferEncoding, BodyFraming.Chunked, 0)]
    [InlineData("Content-Length: 5\r\nContent-Length: 6\r\n", Http1Error.ConflictingContentLengths, BodyFraming.Length, 6)]
    [InlineData("Content-Length: 5, 5\r\n", Http1Error.InvalidContentLength, BodyFraming.Length, 5)]
    [InlineData("Content-Length: x, 6\r\n", Http1Error.InvalidContentLength, BodyFraming.Length, 6)]
    [InlineData("Content-Length: +5\r\n", Http1Error.InvalidContentLength, BodyFraming.None, 0)]
    [InlineData("Content-Length: 9223372036854775808\r\n", Http1Error.InvalidContentLength, BodyFraming.None, 0)]
    [InlineData("Content-Length: \r\n", Http1Error.InvalidContentLength, BodyFraming.None, 0)]
    [InlineData("Transfer-Encoding: chunked, gzip\r\n", Http1Error.InvalidTransferEncoding, BodyFraming.Chunked, 0)]
    [InlineData("Transfer-Encoding: gzip, chunked\r\n", Http1Error.UnsupportedTransferCoding, BodyFraming.Chunked, 0)]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Http1Error.InvalidTransferEncoding, BodyFraming.Chunked, 0)]
    [InlineData("Transfer-Encoding: identity\r\n", Http1Error.UnsupportedTransferCoding, BodyFraming.None, 0)]
    [InlineData("Transfer-Encoding: \r\n", Http1Error.InvalidTransferEncoding, BodyFraming.None, 0)]
    [InlineData("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", Http1Error.LengthAndTransferEncoding, BodyFraming.Length, 5)]
    public void OfRequest_DoubtfulFields_RefusedOrRead(string fields, Http1Error strictly, BodyFraming framing, long length)
    {
        var head = $"POST / HTTP/1.1\r\n{fields}\r\n";
        Assert.Equal([strictly], Transcript.OfEverySplit(MessageKind.Request, Transcript.Strict, head).Errors);
        Assert.Equal((framing, length, Http1Error.None), OfRequest(head, Transcript.Loose));
    }

    [Fact]
    public void OfRequest_TransferEncodingInHttp10_IsRefused() =>
        Assert.Equal(
            Http1Error.TransferEncodingInHttp10,
            OfRequest("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", Transcript.Strict).Error);

    [Fact]
    public void OfRequest_ConnectWithBody_IsRefusedOrIgnored()
    {
        const string Connect = "CONNECT a:1 HTTP/1.1\r\nContent-Length: 5\r\n\r\n";
        Assert.Equal(Http1Error.ConnectWithBody, OfRequest(Connect, Transcript.Strict).Error);
        Assert.Equal((BodyFraming.None, 0, Http1Error.None), OfRequest(Connect, Transcript.Loose));
    }

    [Fact]
    public void OfRequest_LargerThanAllowed_IsRefused() =>
        Assert.Equal(
            Http1Error.BodyTooLarge,
            OfRequest("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", Transcript.Strict with { MaxBodyBytes = 4 }).Error);

    [Theory]
    [InlineData("200", "", KnownMethod.Get, BodyFraming.UntilClose)]
    [InlineData("200", "Content-Length: 5\r\n", KnownMethod.Get, BodyFraming.Length)]
    [InlineData("200", "Transfer-Encoding: chunked\r\n", KnownMethod.Get, BodyFraming.Chunked)]
    [InlineData("200", "Content-Length: 5\r\n", KnownMethod.Head, BodyFraming.None)]
    [InlineData("304", "Content-Length: 5\r\n", KnownMethod.Get, BodyFraming.None)]
    [InlineData("204", "Content-Length: 5\r\n", KnownMethod.Get, BodyFraming.None)]
    [InlineData("100", "", KnownMethod.Get, BodyFraming.None)]
    [InlineData("103", "Content-Length: 5\r\n", KnownMethod.Get, BodyFraming.None)]
    [InlineData("101", "", KnownMethod.Get, BodyFraming.Tunnel)]
    [InlineData("200", "Content-Length: 5\r\n", KnownMethod.Connect, BodyFraming.Tunnel)]
    [InlineData("405", "Content-Length: 5\r\n", KnownMethod.Connect, BodyFraming.Length)]
    public void OfResponse_StatusAndMethod_Decide(string status, string fields, KnownMethod method, BodyFraming framing)
    {
        var head = Read($"HTTP/1.1 {status} x\r\n{fields}\r\n", MessageKind.Response, Transcript.Strict);
        Assert.Equal(framing, Framing.OfResponse(head, method, Transcript.Strict, out _, out var error));
        Assert.Equal(Http1Error.None, error);
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked, gzip\r\nContent-Length: 5\r\n", BodyFraming.UntilClose)]
    [InlineData("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", BodyFraming.Length)]
    public void OfResponse_OddCodings_ReadLoosely(string fields, BodyFraming framing)
    {
        var head = Read($"HTTP/1.1 200 x\r\n{fields}\r\n", MessageKind.Response, Transcript.Loose);
        Assert.Equal(framing, Framing.OfResponse(head, KnownMethod.Get, Transcript.Loose, out _, out _));
    }

    private static (BodyFraming Framing, long Length, Http1Error Error) OfRequest(string octets, Http1Policy policy)
    {
        var framing = Framing.OfRequest(Read(octets, MessageKind.Request, policy), policy, out var length, out var error);
        return (framing, length, error);
    }

    private static MessageHead Read(string octets, MessageKind kind, Http1Policy policy)
    {
        var head = new MessageHead();
        Assert.Equal(HeadStatus.Complete, HeadReader.TryRead(Encoding.Latin1.GetBytes(octets), kind, policy, head, out _));
        return head;
    }
}
