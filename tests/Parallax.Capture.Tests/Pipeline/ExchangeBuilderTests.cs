using Parallax.Capture.Pipeline;
using Parallax.TestKit;

namespace Parallax.Capture.Tests.Pipeline;

/// <summary>What an out-of-band capture makes of one connection.</summary>
public sealed class ExchangeBuilderTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static string Get(string path) => $"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n";

    private static FlowScript Begin() => new FlowScript().Handshake();

    [Fact]
    public void KeepAlive_EachRequestHasItsResponse() => Assert.Equal(
        ["GET /1 > 200 [ok]", "GET /2 > 404 [no]"],
        Tap.Watch(Begin().Client(Get("/1")).Server(Ok).Client(Get("/2")).Server("HTTP/1.1 404 x\r\nContent-Length: 2\r\n\r\nno").Fin())
            .Exchanges);

    [Fact]
    public void PipelinedInOneSegment_EachRequestHasItsResponse() => Assert.Equal(
        ["GET /1 > 200 [ok]", "POST /2 [abc] > 499", "GET /3 > 200 [ok]"],
        Tap.Watch(Begin()
            .Client(Get("/1") + "POST /2 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc" + Get("/3"))
            .Server(Ok + "HTTP/1.1 499 \r\nContent-Length: 0\r\n\r\n" + Ok).Fin()).Exchanges);

    [Fact]
    public void AnyMethod_IsARequest() => Assert.Equal(
        ["PURGE /1", "PROPFIND /2", "QUERY /3"],
        Tap.Watch(Begin()
            .Client("PURGE /1 HTTP/1.1\r\n\r\n")
            .Client("PROPFIND /2 HTTP/1.1\r\n\r\n").Client("QUERY /3 HTTP/1.1\r\n\r\n").Fin()).Requests);

    [Fact]
    public void Request_IsAnnouncedBeforeItsResponseIsThere()
    {
        var tap = Tap.Watch(Begin().Client(Get("/1")));
        Assert.Equal(["GET /1"], tap.Requests);
        Assert.Equal(["GET /1 > -"], tap.Exchanges);
        Assert.Equal(1, tap.SessionsEnded);
    }

    [Theory]
    [InlineData("GET /cut HTTP/1.1\r\nHost: h", 1)]
    [InlineData("GET /cut HT", 1)]
    [InlineData("GET /c", 0)] // not even the target is certain
    public void CaptureEndsInAHead_IsAnIncompleteRequest(string octets, int requests)
    {
        var tap = Tap.Watch(Begin().Client(Get("/1")).Server(Ok).Client(octets));
        Assert.Equal((1, requests, 0), (tap.Counters.RequestsComplete, tap.Counters.RequestsIncomplete, tap.Counters.Malformed));
        Assert.Equal(["GET /1 > 200 [ok]", "GET /cut? > -"], tap.Exchanges.Concat(requests == 0 ? ["GET /cut? > -"] : []));
    }

    [Fact]
    public void LongPauseInBody_LosesNothing() => Assert.Equal(
        ["POST / [abcdef] > 200 [ok]"],
        Tap.Watch(Begin().Client("POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc").Wait(TimeSpan.FromMinutes(2))
            .Client("def").Server(Ok).Fin()).Exchanges);

    [Theory]
    [InlineData("3\r\nabc\r\n0\r\nUnannounced: t\r\n\r\n")]
    [InlineData("8\r\n0\r\n\r\n0\r\n\r\n0\r\n\r\n")] // the end of a chunked body, as chunk data at the end of a segment
    public void ChunkedRequest_EndsAtItsLastChunk(string body)
    {
        var (before, after) = (body[..10], body[10..]);
        var tap = Tap.Watch(Begin().Client("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + before).Client(after)
            .Server(Ok).Client(Get("/2")).Fin());
        Assert.Equal([$"POST / [{body}] > 200 [ok]", "GET /2 > -"], tap.Exchanges);
    }

    [Fact]
    public void BodyOfZeroOctets_IsData() => Assert.Equal(
        ["POST / [\0\0\0\0\0\0] > 200 [ok]"],
        Tap.Watch(Begin().Client("POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\n").Client("\0\0\0\0\0\0").Server(Ok).Fin()).Exchanges);

    [Fact]
    public void ResponseBeforeTheRequestIsComplete_IsItsResponse() => Assert.Equal(
        ["POST / [abcdef] > 413 EarlyResponse", "GET /2 > 200 [ok]"],
        Tap.Watch(Begin().Client("POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc").Server("HTTP/1.1 413 x\r\nContent-Length: 0\r\n\r\n")
            .Client("def").Client(Get("/2")).Server(Ok).Fin()).Exchanges);

    [Theory]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", "200")]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200")]
    [InlineData("GET", "HTTP/1.1 304 x\r\nContent-Length: 100\r\n\r\n", "304")]
    [InlineData("GET", "HTTP/1.1 204 x\r\nTransfer-Encoding: chunked\r\n\r\n", "204")]
    [InlineData("GET", "HTTP/1.1 520 x\r\nContent-Length: 1\r\n\r\na", "520 [a]")]
    public void ResponseWithoutBody_IsFollowedByTheNext(string method, string response, string told) => Assert.Equal(
        [$"{method} /1 > {told}", "GET /2 > 200 [ok]"],
        Tap.Watch(Begin().Client($"{method} /1 HTTP/1.1\r\n\r\n").Server(response).Client(Get("/2")).Server(Ok).Fin()).Exchanges);

    [Fact]
    public void ResponseUntilClose_EndsWithTheFin() => Assert.Equal(
        ["GET / > 200 [abcdef]"],
        Tap.Watch(Begin().Client(Get("/")).Server("HTTP/1.0 200 OK\r\n\r\nabc").Wait(TimeSpan.FromSeconds(5)).Server("def").ServerFin())
            .Exchanges);

    [Fact]
    public void ResponseUntilCloseWhoseEndWasNotSeen_IsIncomplete() => Assert.Equal(
        ["GET / > 200 [abc]?"],
        Tap.Watch(Begin().Client(Get("/")).Server("HTTP/1.0 200 OK\r\n\r\nabc")).Exchanges);

    [Fact]
    public void ResponseItsSenderBreaksOff_IsBroken() => Assert.Equal(
        ["GET / > 200 [abc]!"],
        Tap.Watch(Begin().Client(Get("/")).Server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").Fin()).Exchanges);

    [Fact]
    public void InterimResponses_AreNotTheResponse() => Assert.Equal(
        ["GET /1 > 200 [ok] InterimSeen", "GET /2 > 200 [ok]"],
        Tap.Watch(Begin().Client(Get("/1")).Server("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + Ok).Client(Get("/2")).Server(Ok).Fin())
            .Exchanges);

    [Fact]
    public void ExpectContinue_AnyReasonPhrase_RequestIsWhole() => Assert.Equal(
        ["PUT / [abc] > 200 [ok] InterimSeen"],
        Tap.Watch(Begin().Client("PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            .Server("HTTP/1.1 100 Go on then\r\n\r\n").Client("abc").Server(Ok).Fin()).Exchanges);

    [Fact]
    public void ExpectContinue_RefusedAndNotSent_NextRequestIsFound() => Assert.Equal(
        ["PUT /1? > 417", "GET /2 > 200 [ok]"],
        Tap.Watch(Begin().Client("PUT /1 HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 300\r\n\r\n")
            .Server("HTTP/1.1 417 x\r\nContent-Length: 0\r\n\r\n").Client(Get("/2")).Server(Ok).Fin()).Exchanges);

    [Fact]
    public void ExpectContinue_RefusedAndSentAllTheSame_IsTheBody() => Assert.Equal(
        ["PUT /1 [abc] > 401 EarlyResponse", "GET /2 > 200 [ok]"],
        Tap.Watch(Begin().Client("PUT /1 HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            .Server("HTTP/1.1 401 x\r\nContent-Length: 0\r\n\r\n").Client("abc").Client(Get("/2")).Server(Ok).Fin()).Exchanges);

    [Fact]
    public void Upgrade_WhatFollowsIsOpaque()
    {
        var tap = Tap.Watch(Begin()
            .Client("GET /chat HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n")
            .Server("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n\x81\x02hi").Client(Get("/no")).Server(Ok).Fin());
        Assert.Equal(["GET /chat > 101 Upgraded"], tap.Exchanges);
        Assert.Equal(4 + Get("/no").Length + Ok.Length, tap.Counters.TunnelOctets);
    }

    [Fact]
    public void UpgradeRefused_ConnectionGoesOn() => Assert.Equal(
        ["GET /chat > 200 [ok]", "GET /2 > 200 [ok]"],
        Tap.Watch(Begin().Client("GET /chat HTTP/1.1\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n").Server(Ok)
            .Client(Get("/2")).Server(Ok).Fin()).Exchanges);

    [Fact]
    public void Connect_TunnelOfAnotherProtocol_IsPassedOver()
    {
        var tap = Tap.Watch(Begin().Client("CONNECT h:443 HTTP/1.1\r\n\r\n").Server("HTTP/1.1 200 OK\r\n\r\n")
            .Client("\x16\x03\x01 hello").Server("\x16\x03\x03 hello").Fin());
        Assert.Equal(["CONNECT h:443 > 200 Tunnelled"], tap.Exchanges);
        Assert.Equal((18, 0), (tap.Counters.TunnelOctets, tap.Counters.Malformed));
    }

    [Fact]
    public void Connect_ClearTextInTheTunnel_IsFoundButNotAnnounced()
    {
        var tap = Tap.Watch(Begin().Client("CONNECT h:80 HTTP/1.1\r\n\r\n").Server("HTTP/1.1 200 OK\r\n\r\n")
            .Client(Get("/in")).Server(Ok).Fin());
        Assert.Equal(["CONNECT h:80 > 200 Tunnelled", "GET /in > 200 [ok] Tunnelled"], tap.Exchanges);
        Assert.Equal(["CONNECT h:80"], tap.Requests);
    }

    [Fact]
    public void BodyBeyondTheLimit_IsTruncatedCountedAndDigestedWhole()
    {
        var script = Begin().Client("PUT / HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc").Client("def").Server(Ok).Client(Get("/2")).Fin();
        var tap = Tap.Watch(script.Segments, new ExtractionOptions { MaxBodyBytes = 4, DigestContent = true });
        Assert.Equal(["PUT / [abcd]… > 200", "GET /2 > -"], tap.Exchanges);
        Assert.Equal(["1f8ac10f23c5", "da39a3ee5e6b"], tap.Digests);
        Assert.Equal((1, 1), (tap.Counters.RequestsTruncated, tap.Counters.RequestsComplete));
    }

    [Fact]
    public void EmptyLinesBetweenMessages_ArePartOfNone() => Assert.Equal(
        ["GET /1 > 200 [ok]", "GET /2 > 200 [ok]"],
        Tap.Watch(Begin().Client("\r\n" + Get("/1") + "\r\n\n").Server(Ok + "\r\n").Client(Get("/2")).Server(Ok).Fin()).Exchanges);

    [Fact]
    public void OtherProtocol_IsNothing()
    {
        var tap = Tap.Watch(Begin().Server("220 mail ESMTP\r\n").Client("EHLO x\r\n").Server("250 ok\r\n").Fin());
        Assert.Empty(tap.Exchanges);
        Assert.True(tap.Counters.Malformed > 0);
    }
}
