using System.Buffers;
using System.Text;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Tests.Rewriting;

public sealed class ProxiedHeadTests
{
    private const string Added = "x-forwarded-for: 192.0.2.1\r\nx-forwarded-proto: http\r\nx-request-id: id-1\r\n";

    private static readonly string Copied =
        "x-forwarded-for: 192.0.2.1, 10.0.0.9\r\nx-forwarded-proto: http\r\nx-request-id: id-1\r\n"
        + "x-envoy-internal: true\r\nx-parallax-shadow: blue\r\n"
        + $"x-parallax-shadow-proof: {ShadowMark.OfThisProcess.ProofOf("blue")}\r\n";

    private static readonly RewriteConfig Plain = new() { Leg = HeadLeg.Request, TargetAuthority = "cluster:8000" };
    private static readonly RewriteConfig Shadow = Plain with { MirrorName = "blue" };

    [Fact]
    public void Primary_NothingNamed_KeepsEveryOctet()
    {
        const string odd = "POST /a?b=%zz HTTP/1.1\r\nhOST: a:1\r\nX-A:  1 \r\nx-a:\t2\r\nX-Odd: \u00FF\u00E9\r\nEmpty:\r\nX-A: 1\r\n"
            + "Transfer-Encoding: chunked\r\nTrailer: x\r\nProxy-Authorization: y\r\n";
        Assert.Equal(odd + Added + "\r\n", Rewrite(Plain, odd + "\r\n"));
    }

    [Fact]
    public void Primary_AddedHeaders_AreKeptOrContinued() => Assert.Equal(
        "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: b\r\nX-Request-Id: mine\r\nX-Forwarded-Proto: https\r\n"
        + "x-forwarded-for: c, 192.0.2.1\r\n\r\n",
        Rewrite(
            Plain,
            "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: b\r\nX-Request-Id: mine\r\nX-Forwarded-Proto: https\r\n"
            + "x-forwarded-for: c\r\n\r\n",
            isTrusted: true));

    [Theory]
    [InlineData("Connection: close\r\n", "")]
    [InlineData("Connection: keep-alive\r\nKeep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\n", "")]
    [InlineData("A: b\r\nX-Hop: 1\r\nConnection: x-hop\r\nx-HOP: 2\r\nC: d\r\n", "A: b\r\nC: d\r\n")]
    [InlineData("Connection: X-1,,X-2 ,\tX-3\r\nX-2: a\r\nX-1: b\r\nX-3: c\r\nX-4: d\r\n", "X-4: d\r\n")]
    [InlineData("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n", "")]
    [InlineData("Upgrade: websocket\r\n", "")]
    [InlineData("TE: gzip\r\nConnection: TE\r\n", "")]
    [InlineData("TE: gzip;q=0.5, Trailers\r\nConnection: TE\r\n", "TE: trailers\r\nConnection: TE\r\n")]
    [InlineData("Expect: 100-continue\r\n", "Expect: 100-continue\r\n")]
    public void Primary_FieldsOfTheConnection_EndHere(string fields, string kept) =>
        Assert.Equal($"GET / HTTP/1.1\r\nHost: a\r\n{kept}{Added}\r\n", Rewrite(Plain, $"GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));

    // Named by Connection, such a field would let a client reframe its body, hide its address or slip through the loop guard.
    [Fact]
    public void Primary_FieldsWeRelyOn_AreNotRemovedByBeingNamed()
    {
        const string fields = "Host: a\r\nContent-Length: 0\r\nx-request-id: i\r\nX-Forwarded-Proto: http\r\n"
            + "x-parallax-shadow: m\r\nx-parallax-shadow-proof: 1\r\n";
        const string named = "Connection: host, content-length, x-forwarded-for, x-request-id, x-forwarded-proto, x-parallax-shadow, "
            + "x-parallax-shadow-proof\r\n";
        Assert.Equal(
            $"GET / HTTP/1.1\r\n{fields}X-Forwarded-For: b, 192.0.2.1\r\n\r\n",
            Rewrite(Plain, $"GET / HTTP/1.1\r\n{named}{fields}X-Forwarded-For: b\r\n\r\n", isShadow: true));
    }

    // As Envoy does at the edge: anybody can write these.
    [Theory]
    [InlineData("X-Forwarded-Proto: https\r\n", "X-Forwarded-Proto: http\r\n")]
    [InlineData("x-forwarded-proto:\r\nx-Forwarded-proto: https\r\n", "x-forwarded-proto: http\r\n")]
    [InlineData("x-forwarded-proto:http\r\n", "x-forwarded-proto:http\r\n")]
    [InlineData("X-Envoy-Internal: true\r\nx-forwarded-proto: http\r\nx-envoy-internal: x\r\n", "x-forwarded-proto: http\r\n")]
    [InlineData("X-Envoy-Original-Path: /a\r\nx-forwarded-proto: http\r\nX-ENVOY-retry-on: 5xx\r\n", "x-forwarded-proto: http\r\n")]
    [InlineData("X-Forwarded-Client-Cert: Hash=1\r\nx-forwarded-proto: http\r\n", "x-forwarded-proto: http\r\n")]
    [InlineData("x-parallax-shadow: m\r\nx-parallax-shadow-proof: 1\r\nx-forwarded-proto: http\r\n", "x-forwarded-proto: http\r\n")]
    [InlineData("x-envoyed: 1\r\nx-env: 2\r\nx-forwarded-proto: http\r\n", "x-envoyed: 1\r\nx-env: 2\r\nx-forwarded-proto: http\r\n")]
    public void Primary_WhatAClientSaysOfItself_IsNotBelieved(string fields, string kept) => Assert.Equal(
        $"GET / HTTP/1.1\r\nHost: a\r\n{kept}x-forwarded-for: 192.0.2.1\r\nx-request-id: id-1\r\n\r\n",
        Rewrite(Plain, $"GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));

    [Fact]
    public void Primary_WhatATrustedProxySays_Stays()
    {
        const string fields = "x-forwarded-proto: https\r\nx-envoy-internal: true\r\n"
            + "x-envoy-retry-on: 5xx\r\nx-forwarded-client-cert: a\r\n";
        Assert.Equal(
            $"GET / HTTP/1.1\r\nHost: a\r\n{fields}x-forwarded-for: 192.0.2.1\r\nx-request-id: id-1\r\n\r\n",
            Rewrite(Plain, $"GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n", isTrusted: true));
    }

    [Fact]
    public void Primary_Tunnel_KeepsTheUpgrade() => Assert.Equal(
        $"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\nConnection: Upgrade\r\n{Added}\r\n",
        Rewrite(
            Plain,
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n",
            isUpgrade: true));

    [Theory]
    [InlineData("GET http://b:81/p?q HTTP/1.1\r\nHost: a", "GET /p?q HTTP/1.1\r\nHost: b:81")]
    [InlineData("GET http://b?q HTTP/1.1\r\nHost: a", "GET /?q HTTP/1.1\r\nHost: b")]
    [InlineData("OPTIONS http://b HTTP/1.1\r\nHost: a", "OPTIONS * HTTP/1.1\r\nHost: b")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: a", "OPTIONS * HTTP/1.1\r\nHost: a")]
    [InlineData("GET http://b/ HTTP/1.0", "GET / HTTP/1.1\r\nHost: b")]
    [InlineData("GET /x HTTP/1.0", "GET /x HTTP/1.1\r\nHost: cluster:8000")]
    [InlineData("GET /x HTTP/1.0\r\nHost: a\r\nConnection: keep-alive", "GET /x HTTP/1.1\r\nHost: a")]
    [InlineData("GET /x HTTP/1.2\r\nHost: a", "GET /x HTTP/1.1\r\nHost: a")]
    [InlineData("GET http://b/ HTTP/1.9\r\nHost: a", "GET / HTTP/1.1\r\nHost: b")]
    [InlineData("CONNECT b:443 HTTP/1.1\r\nHost: b:443", "CONNECT b:443 HTTP/1.1\r\nHost: b:443")]
    public void Primary_TargetAndVersion_AreThoseOfAnOrigin(string start, string written) =>
        Assert.Equal($"{written}\r\n{Added}\r\n", Rewrite(Plain, $"{start}\r\n\r\n"));

    [Fact]
    public void Primary_Http10WithoutAnyAuthority_IsGivenAnEmptyHost() => Assert.Equal(
        $"GET / HTTP/1.1\r\nHost: \r\n{Added}\r\n", Rewrite(Plain with { TargetAuthority = "" }, "GET / HTTP/1.0\r\n\r\n"));

    [Theory]
    [InlineData("suffix", "GET / HTTP/1.1\r\nHost: a:1", "a-shadow:1")]
    [InlineData("same", "GET / HTTP/1.1\r\nHost: a:1", "a:1")]
    [InlineData("target", "GET / HTTP/1.1\r\nHost: a:1", "cluster:8000")]
    [InlineData("literal:x.y", "GET / HTTP/1.1\r\nHost: a:1", "x.y")]
    [InlineData("suffix", "GET http://b:2/ HTTP/1.1\r\nHost: a:1", "b-shadow:2")]
    [InlineData("suffix", "GET / HTTP/1.0", "cluster-shadow:8000")]
    public void Shadow_Host_FollowsItsRule(string rule, string start, string host)
    {
        Assert.True(ShadowHost.TryParse(rule, out var shadowHost, out _));
        Assert.Equal($"GET / HTTP/1.1\r\nHost: {host}\r\n{Copied}\r\n", Rewrite(Shadow with { Host = shadowHost }, $"{start}\r\n\r\n"));
    }

    [Fact]
    public void Shadow_RewrittenAuthority_GetsTheSuffix() => Assert.Equal(
        $"GET / HTTP/1.1\r\nHost: new-shadow\r\n{Copied}\r\n",
        Rewrite(Shadow with { Authority = "new" }, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));

    [Fact]
    public void Shadow_Expect_IsRemoved() => Assert.Equal(
        $"PUT / HTTP/1.1\r\nHost: a-shadow\r\nContent-Length: 1\r\n{Copied}\r\n",
        Rewrite(Shadow, "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"));

    [Fact]
    public void Edits_LaterOnes_UndoEarlierOnes()
    {
        HeaderEdit[] route =
        [
            Edit(HeaderEditKind.Set, "a: 1"), Edit(HeaderEditKind.Add, "b: 2"), Edit(HeaderEditKind.Add, "x-request-id: r"),
        ];
        HeaderEdit[] mirror =
        [
            Edit(HeaderEditKind.Remove, "B"), Edit(HeaderEditKind.Add, "a: 3"), Edit(HeaderEditKind.Set, "x-request-id: m"),
        ];
        Assert.Equal(
            "GET / HTTP/1.1\r\nHost: a\r\nx-forwarded-for: 192.0.2.1\r\nx-forwarded-proto: http\r\na: 1\r\na: 3\r\nx-request-id: m\r\n\r\n",
            Rewrite(Plain with { Edits = [.. route, .. mirror] }, "GET / HTTP/1.1\r\nHost: a\r\nB: 0\r\n\r\n"));
    }

    [Theory]
    [InlineData("/new", false, 2, "/a/b?q", "/new/b?q")]
    [InlineData("/", false, 2, "/a/b", "//b")]
    [InlineData("/", true, 2, "/a/b", "/b")]
    [InlineData("/", true, 2, "/a?q", "/?q")]
    [InlineData("/new", true, 2, "/a", "/new")]
    [InlineData("/new/", true, 2, "/a", "/new/")]
    [InlineData("/new/", true, 2, "/a/b", "/new/b")]
    [InlineData("/new", true, 0, "/b", "/new/b")]
    [InlineData("/new", true, 0, "/", "/new/")]
    [InlineData("", true, 2, "/a", "/")]
    [InlineData("", false, 1, "/http://b/", "/http://b/")]
    [InlineData("new", false, 1, "/a", "/newa")]
    [InlineData("", false, 2, "/a", "/")]
    [InlineData("/new", false, 4, "/a/b", "/new")]
    public void Path_Prefix_IsReplaced(string prefix, bool isSegment, int matched, string target, string written)
    {
        var path = isSegment ? PathRewrite.ToSegmentPrefix(prefix) : PathRewrite.ToPrefix(prefix);
        Assert.StartsWith(
            $"GET {written} HTTP/1.1\r\n",
            Rewrite(Plain with { Path = path }, $"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n", matched: matched));
    }

    [Theory]
    [InlineData("^/service/([^/]+)(/.*)$", @"\2/instance/\1", "/service/foo/v1/api?x", "/v1/api/instance/foo?x")]
    [InlineData("one", "two", "/xxx/one/yyy/one/zzz", "/xxx/two/yyy/two/zzz")]
    [InlineData("(?P<a>o)(n)", @"\2$1\\", "/on", @"/n$1\")]
    [InlineData("absent", "x", "/a", "/a")]
    public void Path_Regex_EveryOccurrenceIsReplaced(string expression, string replacement, string target, string written)
    {
        Assert.True(PathRewrite.TryRegex(expression, replacement, out var path, out var error), error);
        Assert.StartsWith($"GET {written} HTTP/1.1\r\n", Rewrite(Plain with { Path = path }, $"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
    }

    [Fact]
    public void Path_Whole_KeepsTheQuery() => Assert.StartsWith(
        "GET /new?q HTTP/1.1\r\n",
        Rewrite(Plain with { Path = PathRewrite.ToPath("/new") }, "GET http://a/old/x?q HTTP/1.1\r\nHost: a\r\n\r\n"));

    [Fact]
    public void Write_AnyHeadTheStrictReaderTakes_IsOneItTakesAgain()
    {
        string[] parts =
        [
            "X: y\r\n", "Connection: close\r\n", "Connection: x, te\r\n", "TE: trailers\r\n", "Upgrade: a\r\n", "Expect: 100-continue\r\n",
            "x-forwarded-for: z\r\n", "X-Forwarded-For:\r\n", "x-request-id: q\r\n", "Keep-Alive: 5\r\n",
            "Content-Length: 0\r\n", "connection:\r\n",
        ];
        string[] starts =
        [
            "GET / HTTP/1.1\r\nHost: a\r\n", "GET http://b:1?x HTTP/1.1\r\nHost: a\r\n", "GET /a HTTP/1.0\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: \r\n",
        ];
        var random = new Random(7);
        for (var time = 0; time < 20_000; time++)
        {
            var fields = string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => parts[random.Next(parts.Length)]));
            var request = starts[random.Next(starts.Length)] + fields + "\r\n";
            var written = Encoding.Latin1.GetBytes(Rewrite(time % 2 == 0 ? Plain : Shadow, request, isUpgrade: time % 3 == 0));
            var head = new MessageHead();
            var status = HeadReader.TryRead(written, MessageKind.Request, Http1Policy.Active, head, out var error);
            Assert.True(status == HeadStatus.Complete, $"{error}: {request} -> {Encoding.Latin1.GetString(written)}");
            Assert.Equal(written.Length, head.Length);
        }
    }

    private static HeaderEdit Edit(HeaderEditKind kind, string text)
    {
        Assert.True(HeaderEdit.TryParse(kind, text, out var edit, out var error), error);
        return edit;
    }

    private static string Rewrite(
        RewriteConfig config,
        string request,
        bool isUpgrade = false,
        int matched = 0,
        bool isTrusted = false,
        bool isShadow = false)
    {
        var octets = Encoding.Latin1.GetBytes(request);
        var head = new MessageHead();
        var policy = Http1Policy.Active with { LooseFields = true };
        Assert.Equal(HeadStatus.Complete, HeadReader.TryRead(octets, MessageKind.Request, policy, head, out _));
        var inputs = new HeadInputs
        {
            ClientAddress = "192.0.2.1"u8,
            OwnAddress = "10.0.0.9"u8,
            RequestId = "id-1"u8,
            IsUpgrade = isUpgrade,
            IsTrusted = isTrusted,
            IsShadow = isShadow,
            MatchedPrefix = matched,
        };
        var output = new ArrayBufferWriter<byte>();
        new HeadRewriter(config).Write(head, octets, inputs, new Latin1Scratch(), output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }
}
