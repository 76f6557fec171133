using Parallax.TestKit;

namespace Parallax.Capture.Tests.Pipeline;

/// <summary>What becomes of a connection when a message cannot be read, or nobody can tell where it ends.</summary>
public sealed class DoubtTests
{
    private const string Inner = "DELETE /all HTTP/1.1\r\nHost: h\r\n\r\n";

    private static string Get(string path) => $"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n";

    private static string Answer(string body) => $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    private static FlowScript Begin() => new FlowScript().Handshake();

    public static TheoryData<string> Unreadable =>
    [
        "HTTP/1.1 000 Error\r\nContent-Length: 2\r\n\r\nno",
        "<html>worker crashed</html>\r\n",
        "HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Range(0, 1100).Select(i => $"X-{i}: a\r\n")) + "Content-Length: 2\r\n\r\nno",
        $"HTTP/1.1 200 OK\r\nX: {new string('a', 300_000)}\r\n\r\n",
        "ICY 200 OK\r\n\r\nmusic",
    ];

    [Theory]
    [MemberData(nameof(Unreadable))]
    public void UnreadableResponse_MovesNobodyElsesPairing(string unreadable) => Assert.Equal(
        ["GET /1 > - PairingUncertain", "GET /2 > 200 [2]", "GET /3 > 200 [3]"],
        Tap.Watch(Begin().Client(Get("/1")).Server(unreadable).Client(Get("/2")).Server(Answer("2"))
            .Client(Get("/3")).Server(Answer("3")).Fin()).Exchanges);

    [Fact]
    public void UnreadableResponseToOneOfTwoSentTogether_TheOtherKeepsItsOwnAndIsMarked() => Assert.Equal(
        ["GET /1 > - PairingUncertain", "GET /2 > 200 [2] PairingUncertain", "GET /3 > 200 [3]"],
        Tap.Watch(Begin().Client(Get("/1")).Client(Get("/2")).Server("HTTP/1.1 000 no\r\n\r\n").Server(Answer("2"))
            .Client(Get("/3")).Server(Answer("3")).Fin()).Exchanges);

    [Fact]
    public void ResponseWithBrokenChunks_TheNextIsPairedAsBefore() => Assert.Equal(
        ["GET /1 > 200 [0 octets]!", "GET /2 > 200 [2]"],
        Tap.Watch(Begin().Client(Get("/1")).Server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
            .Client(Get("/2")).Server(Answer("2")).Fin()).Exchanges);

    [Fact]
    public void UnreadableRequest_ItsResponseIsAnOrphan() => Assert.Equal(
        ["- > 200 [1]", "GET /2 > 200 [2] PairingUncertain"],
        Tap.Watch(Begin().Client("G@T /1 HTTP/1.1\r\n\r\n").Server(Answer("1")).Client(Get("/2")).Server(Answer("2")).Fin()).Exchanges);

    [Theory]
    [InlineData("Content-Length: 2\r\nContent-Length: 34\r\n")]
    [InlineData("Content-Length: 34\r\nContent-Length: 2\r\n")]
    [InlineData("content-length: 2\r\nCONTENT-LENGTH: 1000\r\n")]
    [InlineData("Content-Length: 2, 34\r\n")]
    [InlineData("Content-Length: +2\r\n")]
    [InlineData("Content-Length: -2\r\n")]
    [InlineData("Content-Length: 0x2\r\n")]
    [InlineData("Content-Length: two\r\n")]
    [InlineData("Content-Length: 99999999999999999999\r\n")]
    public void RequestWithDoubtfulLength_NothingIsMadeOfItsBodyAndItIsNotComplete(string lengths)
    {
        var tap = Tap.Watch(Begin().Client($"POST /1 HTTP/1.1\r\n{lengths}\r\nhi{Inner}").Client(Inner).Server(Answer("1"))
            .Client(Get("/2")).Server(Answer("2")).Fin());
        Assert.Equal(["POST /1", "GET /2"], tap.Requests.Select(request => request.Split(' ', '[', '!', '?') is var words
            ? $"{words[0]} {words[1]}" : ""));
        Assert.Equal((1, 1), (tap.Counters.RequestsComplete, tap.Counters.RequestsIncomplete));
        Assert.StartsWith("GET /2 > 200 [2]", tap.Exchanges[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void DoubtfulLengthAndInterimResponse_TheBodyAfterItIsNoRequest() => Assert.Equal(
        ["POST /1 > 200 [1] InterimSeen", "GET /2 > 200 [2] PairingUncertain"],
        Tap.Watch(Begin().Client("POST /1 HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 0\r\nContent-Length: x\r\n\r\n")
            .Server("HTTP/1.1 100 Continue\r\n\r\n").Client(Inner).Server(Answer("1")).Client(Get("/2")).Server(Answer("2"))
            .Fin()).Exchanges.Select(line => line.Replace("!", "", StringComparison.Ordinal)));

    [Theory]
    [InlineData("Content-Length: 2\r\nContent-Length: 2\r\n")]
    [InlineData("Content-Length: 2, 2\r\n")]
    [InlineData("Content-Length: 2,\r\n")]
    public void RequestWithTheSameLengthAgain_IsComplete(string lengths) => Assert.Equal(
        ["POST /1 [hi] > 200 [1]", "GET /2 > 200 [2]"],
        Tap.Watch(Begin().Client($"POST /1 HTTP/1.1\r\n{lengths}\r\nhi").Server(Answer("1"))
            .Client(Get("/2")).Server(Answer("2")).Fin()).Exchanges);

    [Theory]
    [InlineData("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 100\r\n")]
    [InlineData("Transfer-Encoding: chunked, identity\r\n")]
    [InlineData("Transfer-Encoding: chunkedx\r\n")]
    public void RequestWithDoubtfulCoding_WhatFollowsIsShownButNotComplete(string fields)
    {
        var tap = Tap.Watch(Begin().Client($"POST /1 HTTP/1.1\r\n{fields}\r\n0\r\n\r\n{Inner}").Server(Answer("1"))
            .Client(Get("/2")).Server(Answer("2")).Fin());
        Assert.Equal(["POST /1 [0 octets]!", "DELETE /all!", "GET /2"], tap.Requests);
        Assert.Contains(tap.Exchanges, line => line.StartsWith("GET /2 > 200 [2]", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(12)]
    [InlineData(2)]
    public void LengthBesideChunksTellsTheSameEndOrTheContent_TheRequestIsComplete(int length) => Assert.Equal(
        ["POST /1", "GET /2"],
        Tap.Watch(Begin().Client($"POST /1 HTTP/1.1\r\nContent-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
            .Server(Answer("1")).Client(Get("/2")).Server(Answer("2")).Fin())
            .Requests.Select(request => request.Split(" [")[0]));

    [Theory]
    [InlineData("Content-Length: 2\r\nContent-Length: 5\r\n")]
    [InlineData("Content-Length: 5x\r\n")]
    [InlineData("Content-Length: 2, 5\r\n")]
    public void ResponseWithDoubtfulLength_IsIncompleteAndTheNextIsFound(string lengths)
    {
        var tap = Tap.Watch(Begin().Client(Get("/1")).Server($"HTTP/1.1 200 OK\r\n{lengths}\r\nhello")
            .Server("HTTP/1.1 404 of the body\r\n\r\n").Client(Get("/2")).Server(Answer("2")).Fin());
        Assert.Equal(2, tap.Exchanges.Count);
        Assert.Matches(@"(?s)^GET /1 > 200 \[hello.*[!?]", tap.Exchanges[0]);
        Assert.StartsWith("GET /2 > 200 [2]", tap.Exchanges[1], StringComparison.Ordinal);
    }

    [Fact]
    public void SnapLengthCutsEverySegmentOfAKeptConnection_EveryMessageIsShown()
    {
        var script = Begin().Client(Get("/one")).Server(Answer("1")).Client("POST /two HTTP/1.1\r\nHost: h\r\n\r\n")
            .Server(Answer("2")).Client(Get("/three")).Server(Answer("3"));
        Assert.Equal(
            ["GET /one? > 200?", "POST /two? > 200?", "GET /three? > 200?"],
            Tap.Watch(script.Segments.Select(each => Cut(each, 16))).Exchanges.Select(line => line.Split(" GapInFlow")[0]));
    }

    [Fact]
    public void SnapLengthCutsABody_ItsTextAtTheStartOfASegmentIsNoRequest() => Assert.Equal(
        ["POST /one?", "GET /two?"],
        Tap.Watch(Begin().Client("POST /one HTTP/1.1\r\nContent-Length: 100\r\n\r\n").Client("GET /index of the body, and more of it")
            .Server(Answer("1")).Client(Get("/two")).Segments.Select(each => Cut(each, 16))).Requests);

    private static ScriptedSegment Cut(ScriptedSegment segment, int to) => segment.Payload.Length <= to
        ? segment
        : segment with { Payload = segment.Payload[..to], MissingOctets = segment.Payload.Length - to };

    [Fact]
    public void ResponseToHead_SeveralLengthsRaiseNoDoubt() => Assert.Equal(
        ["HEAD /1 > 200", "GET /2 > 200 [2]"],
        Tap.Watch(Begin().Client("HEAD /1 HTTP/1.1\r\n\r\n").Server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\n")
            .Client(Get("/2")).Server(Answer("2")).Fin()).Exchanges);
}
