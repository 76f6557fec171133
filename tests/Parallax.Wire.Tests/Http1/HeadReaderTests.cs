using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Wire.Tests.Http1;

public sealed class HeadReaderTests
{
    private const string Get = "GET /a?b=c HTTP/1.1\r\nHost: h.example:80\r\nAccept:*/*\r\nX-Empty:\r\nX: \t v w \t\r\n\r\n";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TryRead_WholeHead_GivesPlacesAndFacts(bool strict)
    {
        var octets = Latin(Get + "body");
        var head = new MessageHead();
        Assert.Equal(HeadStatus.Complete, HeadReader.TryRead(octets, MessageKind.Request, Policy(strict), head, out _));
        Assert.Equal(Get.Length, head.Length);
        Assert.Equal("GET", Text(head.Method, octets));
        Assert.Equal("/a?b=c", Text(head.Target, octets));
        Assert.Equal("h.example:80", Text(head.Host, octets));
        Assert.Equal((KnownMethod.Get, 1, -1L, true), (head.KnownMethod, head.VersionMinor, head.ContentLength, head.KeepAlive));
        Assert.Equal(4, head.FieldCount);
        Assert.Equal("v w", Text(head[3].Value, octets));
        Assert.True(head.TryFind(octets, "x-EMPTY"u8, out var empty) && empty.IsEmpty);
        Assert.False(head.TryFind(octets, "x-none"u8, out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TryRead_EveryPrefix_NeedsMoreAndEndsTheSame(bool strict)
    {
        var octets = Latin(Get);
        var head = new MessageHead();
        for (var length = 0; length < octets.Length; length++)
        {
            var status = HeadReader.TryRead(octets.AsSpan(0, length), MessageKind.Request, Policy(strict), head, out _);
            Assert.Equal(HeadStatus.NeedMore, status);
        }

        Assert.Equal(HeadStatus.Complete, HeadReader.TryRead(octets, MessageKind.Request, Policy(strict), head, out _));
        Assert.Equal((octets.Length, 4), (head.Length, head.FieldCount));
    }

    /// <summary>What a server may have accepted; the policy of the capture reads all of it.</summary>
    [Theory]
    [InlineData("PURGE /x HTTP/1.1\r\n\r\n", "PURGE", "/x", 1, "")]
    [InlineData("M-SEARCH * HTTP/1.1\r\n\r\n", "M-SEARCH", "*", 1, "")]
    [InlineData("get /x http/1.0\r\n\r\n", "get", "/x", 0, "")]
    [InlineData("GET /x HTTP/1.9\r\n\r\n", "GET", "/x", 1, "")]
    [InlineData("GET /a b\tc HTTP/1.1\r\n\r\n", "GET", "/a b\tc", 1, "")]
    [InlineData("GET \t /x  HTTP/1.1 \r\n\r\n", "GET", "/x", 1, "")]
    [InlineData("GET /\xe4\xff\x01 HTTP/1.1\r\n\r\n", "GET", "/\xe4\xff\x01", 1, "")]
    [InlineData("GET http://h/x HTTP/1.1\r\n\r\n", "GET", "http://h/x", 1, "")]
    [InlineData("CONNECT h:443 HTTP/1.1\r\n\r\n", "CONNECT", "h:443", 1, "")]
    [InlineData("\r\n\n\r\nGET / HTTP/1.1\r\n\r\n", "GET", "/", 1, "")]
    [InlineData("GET / HTTP/1.1\nA: b\n\n", "GET", "/", 1, "A=b")]
    [InlineData("GET / HTTP/1.1\r\nA: b\n\r\n", "GET", "/", 1, "A=b")]
    [InlineData("GET / HTTP/1.1\r\nA : b\r\n\r\n", "GET", "/", 1, "A=b")]
    [InlineData("GET / HTTP/1.1\r\n A: b\r\n\r\n", "GET", "/", 1, "A=b")]
    [InlineData("GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET", "/", 1, "no colon=")]
    [InlineData("GET / HTTP/1.1\r\n: b\r\n\r\n", "GET", "/", 1, "=b")]
    [InlineData("GET / HTTP/1.1\r\nA: b\r\n\tc\r\n \r\nB: d\r\n\r\n", "GET", "/", 1, "A=b\r\n\tc,B=d")]
    [InlineData("GET / HTTP/1.1\r\nA:\r\n c\r\n\r\n", "GET", "/", 1, "A=c")]
    [InlineData("GET / HTTP/1.1\r\nA: \0\x1b\xff\rb\r\r\n\r\n", "GET", "/", 1, "A=\0\x1b\xff\rb")]
    public void TryRead_LooseRequest_IsRead(string octets, string method, string target, int minor, string fields)
    {
        var message = Assert.Single(Transcript.OfEverySplit(MessageKind.Request, Transcript.Loose, octets).Messages);
        Assert.Equal((method, target, minor), (message.Method, message.Target, message.Minor));
        Assert.Equal(fields, string.Join(',', message.Fields.Select(field => $"{field.Name}={field.Value}")));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", 200, "OK")]
    [InlineData("HTTP/1.1 301\r\n\r\n", 301, "")]
    [InlineData("HTTP/1.0 499 \r\n\r\n", 499, "")]
    [InlineData("http/1.1  999  Odd\xe9\x01\n\n", 999, "Odd\xe9\x01")]
    [InlineData("HTTP/1.1\t200ok\r\n\r\n", 200, "ok")]
    public void TryRead_LooseResponse_IsRead(string octets, int status, string reason)
    {
        var message = Assert.Single(Transcript.OfEverySplit(MessageKind.Response, Transcript.Loose, octets).Messages);
        Assert.Equal((status, reason), (message.Status, message.Reason));
    }

    [Theory]
    [InlineData("\x16\x03\x01\x02", Http1Error.NotHttp)]
    [InlineData("SSH-2.0-x\r\n", Http1Error.InvalidMethod)]
    [InlineData("abcdefghijabcdefghijabcdefghijabc", Http1Error.InvalidMethod)]
    [InlineData("EHLO example.com\r\n", Http1Error.InvalidVersion)]
    [InlineData("RETR /\r\n", Http1Error.InvalidVersion)]
    [InlineData("GET key\r\n", Http1Error.InvalidVersion)]
    [InlineData("GET  HTTP/1.1\r\n", Http1Error.InvalidTarget)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Http1Error.UnsupportedVersion)]
    [InlineData("HTTP/1.1 200 OK\r\n", Http1Error.InvalidMethod)]
    public void TryRead_NoHttpRequest_IsRefusedByBoth(string octets, Http1Error error)
    {
        Assert.Equal([error], Transcript.OfEverySplit(MessageKind.Request, Transcript.Loose, octets).Errors);
        Assert.NotEmpty(Transcript.OfEverySplit(MessageKind.Request, Transcript.Strict, octets).Errors);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nA: b\n\r\n", Http1Error.BareLineFeed)]
    [InlineData("GET / HTTP/1.1\nHost: h\r\n\r\n", Http1Error.BareLineFeed)]
    [InlineData("\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", Http1Error.BareLineFeed)]
    [InlineData("\rGET / HTTP/1.1\r\nHost: h\r\n\r\n", Http1Error.BareCarriageReturn)]
    [InlineData("GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", Http1Error.BareCarriageReturn)]
    [InlineData("GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", Http1Error.InvalidFieldValue)]
    [InlineData("GET / HTTP/1.1\r\nA: b\x7f\r\n\r\n", Http1Error.InvalidFieldValue)]
    [InlineData("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", Http1Error.ObsoleteFold)]
    [InlineData("GET / HTTP/1.1\r\n A: b\r\n\r\n", Http1Error.LeadingWhitespace)]
    [InlineData("GET / HTTP/1.1\r\nA : b\r\n\r\n", Http1Error.WhitespaceBeforeColon)]
    [InlineData("GET / HTTP/1.1\r\nA(: b\r\n\r\n", Http1Error.InvalidFieldName)]
    [InlineData("GET / HTTP/1.1\r\n: b\r\n\r\n", Http1Error.InvalidFieldName)]
    [InlineData("GET / HTTP/1.1\r\nAb\r\n\r\n", Http1Error.MissingColon)]
    [InlineData("GET / HTTP/1.1\r\n\r\n", Http1Error.MissingHost)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", Http1Error.DuplicateHost)]
    [InlineData("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", Http1Error.InvalidHost)]
    [InlineData("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", Http1Error.InvalidHost)]
    [InlineData("GET / HTTP/1.1\r\nHost: a:80:b\r\n\r\n", Http1Error.InvalidHost)]
    [InlineData("GET / HTTP/1.1\r\nHost: a:80x\r\n\r\n", Http1Error.InvalidHost)]
    [InlineData("GET / HTTP/1.1\r\nHost: [::1]a\r\n\r\n", Http1Error.InvalidHost)]
    [InlineData("GET / HTTP/1.1\r\nHost: [::1]:8x\r\n\r\n", Http1Error.InvalidHost)]
    [InlineData("GET / HTTP/1.1\r\nHost: a]\r\n\r\n", Http1Error.InvalidHost)]
    [InlineData("GET http://a:b/ HTTP/1.1\r\nHost: a\r\n\r\n", Http1Error.InvalidTarget)]
    [InlineData("GET / HTTP/0.9\r\nHost: a\r\n\r\n", Http1Error.UnsupportedVersion)]
    [InlineData("GET / HTTP/1.2\r\n\r\n", Http1Error.MissingHost)]
    [InlineData("GET / HTTP/3.1\r\nHost: a\r\n\r\n", Http1Error.UnsupportedVersion)]
    [InlineData("GET / HTTP/2.0\r\nHost: a\r\n\r\n", Http1Error.UnsupportedVersion)]
    [InlineData("GET / HTTP/1.10\r\nHost: a\r\n\r\n", Http1Error.InvalidVersion)]
    [InlineData("GET / http/1.1\r\nHost: a\r\n\r\n", Http1Error.InvalidVersion)]
    [InlineData("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", Http1Error.InvalidVersion)]
    [InlineData("GET /\t HTTP/1.1\r\nHost: a\r\n\r\n", Http1Error.InvalidTarget)]
    [InlineData("GET a HTTP/1.1\r\nHost: a\r\n\r\n", Http1Error.InvalidTarget)]
    [InlineData("GET * HTTP/1.1\r\nHost: a\r\n\r\n", Http1Error.InvalidTarget)]
    [InlineData("GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", Http1Error.InvalidTarget)]
    [InlineData("CONNECT /x HTTP/1.1\r\nHost: a\r\n\r\n", Http1Error.InvalidTarget)]
    [InlineData("GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", Http1Error.InvalidTarget)]
    [InlineData("GET http://a\\b/ HTTP/1.1\r\nHost: a\r\n\r\n", Http1Error.InvalidTarget)]
    [InlineData("GET http://a|b HTTP/1.1\r\nHost: a\r\n\r\n", Http1Error.InvalidTarget)]
    [InlineData("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", Http1Error.InvalidTarget)]
    [InlineData("GET http://?x HTTP/1.1\r\nHost: a\r\n\r\n", Http1Error.InvalidTarget)]
    [InlineData("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", Http1Error.InvalidMethod)]
    public void TryRead_StrictRequest_IsRefused(string octets, Http1Error error) =>
        Assert.Equal([error], Transcript.OfEverySplit(MessageKind.Request, Http1Policy.Active, octets).Errors);

    [Theory]
    [InlineData("GET / HTTP/1.0\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost:\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a:\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a:80\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: ::1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n")]
    [InlineData("GET http://h:80/x?y HTTP/1.1\r\nHost: [::1]:80\r\n\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n")]
    [InlineData("\r\n\r\nPROPFIND /|{} HTTP/1.1\r\nHost: a\r\nX: \xe4\t\"\r\n\r\n")]
    public void TryRead_StrictRequest_IsRead(string octets)
    {
        var transcript = Transcript.OfEverySplit(MessageKind.Request, Http1Policy.Active, octets);
        Assert.Empty(transcript.Errors);
        Assert.Single(transcript.Messages);
    }

    [Theory]
    [InlineData("HTTP/1.0", 0)]
    [InlineData("HTTP/1.1", 1)]
    [InlineData("HTTP/1.2", 1)]
    [InlineData("HTTP/1.9", 1)]
    public void VersionMinor_AboveTheHighestWeKnow_IsThat(string version, int minor)
    {
        foreach (var policy in (Http1Policy[])[Http1Policy.Active, Http1Policy.Relayed, Http1Policy.Passive])
        {
            var head = new MessageHead();
            var request = Latin($"GET / {version}\r\nHost: a\r\n\r\n");
            Assert.Equal(HeadStatus.Complete, HeadReader.TryRead(request, MessageKind.Request, policy, head, out _));
            Assert.Equal(minor, head.VersionMinor);
            var response = Latin($"{version} 200 OK\r\n\r\n");
            Assert.Equal(HeadStatus.Complete, HeadReader.TryRead(response, MessageKind.Response, policy, head, out _));
            Assert.Equal(minor, head.VersionMinor);
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 20 OK\r\n\r\n", Http1Error.InvalidStatusCode)]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n", Http1Error.InvalidStatusCode)]
    [InlineData("HTTP/1.1 099 OK\r\n\r\n", Http1Error.InvalidStatusCode)]
    [InlineData("HTTP/1.1  200 OK\r\n\r\n", Http1Error.InvalidStatusCode)]
    [InlineData("HTTP/1.1\r\n\r\n", Http1Error.InvalidStatusCode)]
    [InlineData("HTTP/1.1 200 O\x01K\r\n\r\n", Http1Error.InvalidReason)]
    [InlineData("HTTP/3.0 200 OK\r\n\r\n", Http1Error.UnsupportedVersion)]
    [InlineData("ICY 200 OK\r\n\r\n", Http1Error.NotHttp)]
    public void TryRead_StrictResponse_IsRefused(string octets, Http1Error error) =>
        Assert.Equal([error], Transcript.OfEverySplit(MessageKind.Response, Http1Policy.Active, octets).Errors);

    [Fact]
    public void TryRead_OverTheLimits_SaysWhichOne()
    {
        var policy = Transcript.Strict with { MaxHeadBytes = 300, MaxTargetBytes = 100, MaxFields = 3 };
        var longLine = new string('x', 400);
        Assert.Equal([Http1Error.TargetTooLong], ErrorsOf(policy, $"GET /{longLine} HTTP/1.1\r\n\r\n"));
        Assert.Equal([Http1Error.TargetTooLong], ErrorsOf(policy, $"GET /{longLine[..100]} HTTP/1.1\r\n\r\n"));
        Assert.Equal([Http1Error.HeadTooLarge], ErrorsOf(policy, $"GET / HTTP/1.1\r\nA: {longLine}\r\n\r\n"));
        Assert.Equal([Http1Error.TooManyFields], ErrorsOf(policy, "GET / HTTP/1.1\r\nA:\r\nB:\r\nC:\r\nD:\r\n\r\n"));
        Assert.Equal([Http1Error.HeadTooLarge], ErrorsOf(policy with { LooseFields = true }, $"GET / HTTP/1.1\r\nA: {longLine}\r\n\r\n"));
        Assert.Empty(ErrorsOf(policy, $"GET /{longLine[..99]} HTTP/1.1\r\nA:\r\nB:\r\nC:\r\n\r\n"));
    }

    [Theory]
    [InlineData("HTTP/1.1", "", true)]
    [InlineData("HTTP/1.2", "", true)]
    [InlineData("HTTP/1.1", "Connection: x, CLOSE\r\n", false)]
    [InlineData("HTTP/1.1", "Connection: keep-alive\r\nConnection: close\r\n", false)]
    [InlineData("HTTP/1.0", "", false)]
    [InlineData("HTTP/1.0", "Connection: Keep-Alive\r\n", true)]
    public void KeepAlive_VersionAndConnection_Decide(string version, string fields, bool expected) =>
        Assert.Equal(expected, Read($"GET / {version}\r\n{fields}\r\n").KeepAlive);

    [Fact]
    public void Facts_ExpectAndUpgrade_AreFound()
    {
        Assert.True(Read("GET / HTTP/1.1\r\nExpect: 100-Continue\r\n\r\n").ExpectsContinue);
        Assert.True(Read("GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\r\n").HasUpgrade);
        Assert.False(Read("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n").HasUpgrade);
    }

    [Theory]
    [InlineData(Http1Error.TargetTooLong, 414)]
    [InlineData(Http1Error.TooManyFields, 431)]
    [InlineData(Http1Error.BodyTooLarge, 413)]
    [InlineData(Http1Error.UnsupportedVersion, 505)]
    [InlineData(Http1Error.UnsupportedTransferCoding, 501)]
    [InlineData(Http1Error.LengthAndTransferEncoding, 400)]
    public void ResponseStatus_PerError_IsTheExactOne(Http1Error error, int status) => Assert.Equal(status, error.ResponseStatus());

    private static List<Http1Error> ErrorsOf(Http1Policy policy, string octets) =>
        Transcript.OfEverySplit(MessageKind.Request, policy, octets).Errors;

    private static MessageHead Read(string octets)
    {
        var head = new MessageHead();
        Assert.Equal(HeadStatus.Complete, HeadReader.TryRead(Latin(octets), MessageKind.Request, Transcript.Strict, head, out _));
        return head;
    }

    private static Http1Policy Policy(bool strict) => strict ? Http1Policy.Active : Http1Policy.Passive;

    private static byte[] Latin(string text) => Encoding.Latin1.GetBytes(text);

    private static string Text(OctetRange range, byte[] octets) => Encoding.Latin1.GetString(range.Of(octets));
}
