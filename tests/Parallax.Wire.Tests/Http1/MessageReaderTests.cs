using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Wire.Tests.Http1;

public sealed class MessageReaderTests
{
    private const string Post = "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
    private const string Get = "GET /g HTTP/1.1\r\nHost: h\r\n\r\n";
    private const string Chunked = "PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";

    private readonly MessageReader _requests = new(MessageKind.Request, Http1Policy.Passive);
    private readonly MessageReader _responses = new(MessageKind.Response, Http1Policy.Passive);
    private readonly Transcript _said = new();

    [Fact]
    public void Read_Pipelined_EverySplitBothPolicies_GivesEachMessage()
    {
        foreach (var policy in (Http1Policy[])[Http1Policy.Active, Transcript.Loose])
        {
            var transcript = Transcript.OfEverySplit(MessageKind.Request, policy, Post + "\r\n" + Get + Chunked + Get);
            Assert.Equal(
                ["/p hello", "/g ", "/c abc", "/g "],
                transcript.Messages.Select(message => $"{message.Target} {message.Content}"));
            Assert.Equal(Post[..^5], transcript.Messages[0].RawHead);
            Assert.All(transcript.Messages, message => Assert.True(message.HasEnded && !message.IsIncomplete));
        }
    }

    [Fact]
    public void Read_HeadInOnePiece_IsAViewOverTheInput()
    {
        var octets = Latin(Get);
        var read = _requests.Read(octets, out var consumed);
        Assert.Equal((ReadEventKind.Head, Get.Length), (read.Kind, consumed));
        Assert.True(read.RawOctets == octets.AsSpan());
    }

    [Fact]
    public void Read_Responses_InterimHeadNotModifiedAndUntilClose()
    {
        const string Octets = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
            + "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
            + "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"
            + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"
            + "HTTP/1.1 520 \r\n\r\nuntil close";
        var transcript = Transcript.OfEverySplit(
            MessageKind.Response, Transcript.Loose, Latin(Octets), index => index == 2 ? KnownMethod.Head : KnownMethod.Get);
        Assert.Equal(
            ["100 ", "103 ", "200 ", "304 ", "200 ab", "520 until close"],
            transcript.Messages.Select(message => $"{message.Status} {message.Content}"));
        Assert.All(transcript.Messages, message => Assert.True(message.HasEnded && !message.IsIncomplete));
    }

    [Fact]
    public void Read_SwitchingProtocols_TheRestIsOpaque()
    {
        var transcript = Transcript.OfEverySplit(
            MessageKind.Response, Transcript.Strict, "HTTP/1.1 101 Switching\r\n\r\nGET / HTTP/1.1\r\n\r\n\0");
        Assert.Equal("GET / HTTP/1.1\r\n\r\n\0", transcript.Opaque.ToString());
        Assert.Single(transcript.Messages);
    }

    [Fact]
    public void EnterTunnel_BehindAConnect_TheRestIsOpaque()
    {
        Feed(_requests, "CONNECT h:1 HTTP/1.1\r\n\r\n");
        _requests.EnterTunnel();
        Feed(_requests, Get);
        _requests.SkipGap(5);
        Feed(_requests, "x");
        Assert.Equal(Get + "x", _said.Opaque.ToString());
    }

    [Fact]
    public void Read_ActiveBehindConnectionClose_ThrowsTheRestAway()
    {
        var transcript = Transcript.OfEverySplit(
            MessageKind.Request, Http1Policy.Active, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" + Get);
        Assert.Single(transcript.Messages);
        Assert.Empty(transcript.Errors);
    }

    [Fact]
    public void WithholdBody_ExpectationRefused_TheNextRequestFollows()
    {
        Feed(_requests, "PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 99\r\n\r\n");
        Assert.True(_requests.WithholdBody());
        Feed(_requests, Get);
        Assert.Equal([true, false], _said.Messages.Select(message => message.IsIncomplete));
    }

    [Theory]
    [InlineData(Get)]
    [InlineData("PUT / HTTP/1.1\r\nContent-Length: 99\r\n\r\nx")]
    [InlineData("PUT / HTTP/1.1\r\n")]
    public void WithholdBody_NoneToWithhold_DoesNothing(string octets)
    {
        Feed(_requests, octets);
        Assert.False(_requests.WithholdBody());
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHo", "!Truncated")]
    [InlineData(Post, "hello")]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhel", "hel?")]
    [InlineData("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "abc?")]
    public void Finish_InsideAMessage_SaysWhatIsThere(string octets, string expected)
    {
        var transcript = Transcript.OfEverySplit(MessageKind.Request, Transcript.Strict, octets);
        var message = transcript.Messages.SingleOrDefault();
        var said = message is null ? $"!{transcript.Errors.Single()}" : $"{message.Content}{(message.IsIncomplete ? "?" : "")}";
        Assert.Equal(expected, said);
    }

    [Fact]
    public void SkipGap_InsideALengthBody_CountsAndGoesOn()
    {
        Feed(_requests, "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nab");
        _requests.SkipGap(7);
        Feed(_requests, "j" + Get);
        Assert.Equal([true, false], _said.Messages.Select(message => message.IsIncomplete));
        Assert.Equal("/g", _said.Messages[1].Target);
    }

    [Fact]
    public void SkipGap_UpToTheEndOfTheBody_TheNextMessageFollows()
    {
        Feed(_requests, "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n");
        _requests.SkipGap(10);
        Assert.Equal(10, _requests.BodyOctets);
        Feed(_requests, Get);
        Assert.Equal([true, false], _said.Messages.Select(message => message.IsIncomplete));
    }

    [Fact]
    public void SkipGap_BeyondTheBody_LooksForTheNextMessageAtASegmentStart()
    {
        Feed(_requests, "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nab");
        _requests.SkipGap(9);
        Feed(_requests, "text " + Get);
        Feed(_requests, Get);
        Assert.Equal([true, false], _said.Messages.Select(message => message.IsIncomplete));
        Assert.Empty(_said.Errors);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nA", 1)]
    [InlineData("GET /abc HT", 1)]
    [InlineData("GET /abc", 0)]
    [InlineData("", 0)]
    [InlineData("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", 1)]
    [InlineData(Post, 1)]
    public void SkipGap_Elsewhere_Resynchronises(string before, int messagesBefore)
    {
        Feed(_requests, before);
        _requests.SkipGap(3);
        Feed(_requests, "ab\r\n" + Get);
        Feed(_requests, Get);
        Assert.Equal(messagesBefore + 1, _said.Messages.Count);
        Assert.True(_said.Messages[^1].HasEnded && !_said.Messages[^1].IsIncomplete);
        Assert.Equal(messagesBefore == 1 && before != Post, _said.Messages[0].IsIncomplete);
    }

    [Fact]
    public void SkipGap_UntilCloseBody_GoesOnIncomplete()
    {
        Feed(_responses, "HTTP/1.1 200 OK\r\n\r\nab");
        _responses.SkipGap(4);
        Feed(_responses, "HTTP/1.1 200 OK\r\n\r\n");
        _said.Take(_responses.Finish(), _responses);
        Assert.True(Assert.Single(_said.Messages).IsIncomplete);
        Assert.Equal(2 + 4 + 19, _responses.BodyOctets);
    }

    [Fact]
    public void SkipGap_BeforeTheBodyOfAHeadResponse_IsNoPartOfIt()
    {
        var transcript = new Transcript { RequestMethodOf = _ => KnownMethod.Head };
        var octets = Latin("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
        transcript.Take(_responses.Read(octets, out _), _responses);
        _responses.SkipGap(5);
        transcript.Feed(_responses, []);
        Assert.False(Assert.Single(transcript.Messages).IsIncomplete);
        Assert.False(_responses.AtMessageStart);
    }

    [Fact]
    public void Read_PassiveNotHttp_IsMalformedOnceThenSkipped()
    {
        Feed(_requests, "\x16\x03\x01 hello");
        Feed(_requests, "more");
        Feed(_requests, Get[..10]);
        Feed(_requests, Get[10..]);
        Assert.Equal([Http1Error.NotHttp], _said.Errors);
        Assert.Equal("/g", Assert.Single(_said.Messages).Target);
    }

    [Fact]
    public void StartResynchronising_FalseStart_IsSkippedSilently()
    {
        _requests.StartResynchronising();
        Feed(_requests, "GET /one two three");
        Feed(_requests, " four\r\n" + Get);
        Feed(_requests, "lower case\r\n");
        Feed(_requests, Get);
        Assert.Empty(_said.Errors);
        Assert.Equal("/g", Assert.Single(_said.Messages).Target);
    }

    [Fact]
    public void StartResynchronising_RequestTextInsideASegment_IsNoRequest()
    {
        _requests.StartResynchronising();
        Feed(_requests, "the body said\r\n" + Get);
        Assert.Empty(_said.Messages);
        Feed(_requests, "\r\n" + Post + Get);
        Assert.Equal(2, _said.Messages.Count);
    }

    [Fact]
    public void StartResynchronising_ActivePolicy_ThrowsEverythingAway()
    {
        var reader = new MessageReader(MessageKind.Request, Http1Policy.Active);
        reader.StartResynchronising();
        Feed(reader, Get);
        Assert.Empty(_said.Messages);
    }

    [Fact]
    public void Reset_AfterAnything_ReadsLikeNew()
    {
        Feed(_requests, "\0");
        _requests.Reset();
        Feed(_requests, Get);
        Assert.Single(_said.Messages);
        Assert.True(_requests.AtMessageStart);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n", MessageLook.Request)]
    [InlineData("\r\nMKCOL /x y HTTP/1.0\n", MessageLook.Request)]
    [InlineData("HTTP/1.1 200", MessageLook.Response)]
    [InlineData("HTTP/1.0 404 Not Found\r\n", MessageLook.Response)]
    [InlineData("HTTP/1.1 20", MessageLook.Undecided)]
    [InlineData("", MessageLook.Undecided)]
    [InlineData("H", MessageLook.Undecided)]
    [InlineData("GET /a", MessageLook.Undecided)]
    [InlineData("GET /a\0", MessageLook.Neither)]
    [InlineData("GET /a\r\n", MessageLook.Neither)]
    [InlineData("HTTP/2.0 200 OK\r\n", MessageLook.Neither)]
    [InlineData("HTTP/1.1\r\n", MessageLook.Neither)]
    [InlineData("some text here\r\nGET / HTTP/1.1\r\n", MessageLook.Neither)]
    [InlineData("\x16\x03\x01", MessageLook.Neither)]
    [InlineData("\x05\x01", MessageLook.Neither)]
    public void Looks_Beginnings_AreToldApart(string octets, MessageLook look) => Assert.Equal(look, MessageStart.Looks(Latin(octets)));

    private void Feed(MessageReader reader, string octets) => _said.Feed(reader, Latin(octets));

    private static byte[] Latin(string text) => Encoding.Latin1.GetBytes(text);
}
