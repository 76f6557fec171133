using System.Buffers;
using System.Net;
using System.Text;
using Parallax.TestKit;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Tests.Rewriting;

public sealed class HeadRewriterTests
{
    private static readonly string Proof = $"x-parallax-shadow-proof: {ShadowMark.OfThisProcess.ProofOf("blue")}\r\n";
    private static readonly string Marks = "x-envoy-internal: true\r\nx-parallax-shadow: blue\r\n" + Proof;

    [Theory]
    [InlineData("host", "host-shadow")]
    [InlineData("host:80", "host-shadow:80")]
    [InlineData("[::1]:80", "[::1]-shadow:80")]
    [InlineData("[::1]", "[::1]-shadow")]
    [InlineData("::1", "::1-shadow")]
    [InlineData("", "")]
    public void Write_Suffix_StandsBehindTheHost(string host, string shadow) =>
        Assert.Equal($"GET / HTTP/1.1\r\nHost: {shadow}\r\n{Marks}\r\n", Rewrite($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));

    [Theory]
    [InlineData("suffix", "a-shadow:1")]
    [InlineData("same", "a:1")]
    [InlineData("target", "staging:8080")]
    [InlineData("literal:b.example", "b.example")]
    public void Write_HostMode_ChangesHostAndAbsoluteForm(string mode, string shadow)
    {
        Assert.True(ShadowHost.TryParse(mode, out var host, out _));
        Assert.Equal(
            $"GET http://u@{shadow}/p?q HTTP/1.1\r\nhOST:{shadow}\r\n{Marks}\r\n",
            Rewrite("GET http://u@a:1/p?q HTTP/1.1\r\nhOST:a:1\r\n\r\n", config => config with { Host = host }));
    }

    [Fact]
    public void Write_NothingNamed_KeepsEveryOctet()
    {
        const string odd = "X-A:  1 \r\nx-a:\t2\r\nX-Odd: \u00FF\u0001\u00E9\r\nlone: lf\nfolded: a\r\n b\r\n"
            + "no colon here\r\nEmpty:\r\nX-A: 1\r\n";
        Assert.Equal(
            "PoSt  /\u00FF?a=%zz HTTP/1.1\r\n" + odd + Marks + "\r\n",
            Rewrite("PoSt  /\u00FF?a=%zz HTTP/1.1\r\n" + odd + "\r\n"));
    }

    [Fact]
    public void Write_EmptyLinesBefore_AreLeftOut() =>
        Assert.Equal($"GET / HTTP/1.1\r\n{Marks}\r\n", Rewrite("\r\n\r\nGET / HTTP/1.1\r\n\r\n"));

    [Fact]
    public void Write_LoneLineFeeds_AreKept() =>
        Assert.Equal($"GET / HTTP/1.1\nHost: a-shadow\n{Marks}\n", Rewrite("GET / HTTP/1.1\nHost: a\n\n"));

    [Fact]
    public void Write_OwnAddress_IsAppendedToTheLastForwardedFor()
    {
        static RewriteConfig Own(RewriteConfig config) => config with { OwnAddress = IPAddress.Parse("192.0.2.9") };
        Assert.Equal($"GET / HTTP/1.1\r\nx-forwarded-for: 192.0.2.9\r\n{Marks}\r\n", Rewrite("GET / HTTP/1.1\r\n\r\n", Own));
        Assert.Equal(
            $"GET / HTTP/1.1\r\nX-Forwarded-For: a\r\nA: b\r\nX-Forwarded-For: c, d, 192.0.2.9\r\n{Marks}\r\n",
            Rewrite("GET / HTTP/1.1\r\nX-Forwarded-For: a\r\nA: b\r\nX-Forwarded-For: c, d\r\n\r\n", Own));
    }

    [Theory]
    [InlineData("Connection: close\r\n", "")]
    [InlineData("Connection: Keep-Alive\r\n", "Connection: Keep-Alive\r\n")]
    [InlineData("Connection: keep-alive,  CLOSE ,TE\r\n", "Connection: keep-alive, TE\r\n")]
    [InlineData("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n", "")]
    [InlineData("Upgrade-Insecure-Requests: 1\r\nUpgrade: x\r\n", "Upgrade-Insecure-Requests: 1\r\nUpgrade: x\r\n")]
    [InlineData("Expect: 100-continue\r\nA: b\r\n", "A: b\r\n")]
    [InlineData("Connection:\r\n close\r\nA: b\r\n", "A: b\r\n")]
    public void Write_ConnectionHeaders_KeepOurConnectionOpen(string fields, string shadow) =>
        Assert.Equal($"GET / HTTP/1.1\r\n{shadow}{Marks}\r\n", Rewrite($"GET / HTTP/1.1\r\n{fields}\r\n"));

    [Fact]
    public void Write_Http10_KeepsItsLineAndAsksForKeepAlive()
    {
        Assert.Equal($"GET / HTTP/1.0\r\nConnection: keep-alive\r\n{Marks}\r\n", Rewrite("GET / HTTP/1.0\r\n\r\n"));
        Assert.Equal($"GET / HTTP/1.0\r\nConnection: keep-alive\r\n{Marks}\r\n", Rewrite("GET / HTTP/1.0\r\nConnection: close\r\n\r\n"));
        Assert.Equal(
            $"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n{Marks}\r\n",
            Rewrite("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
    }

    [Fact]
    public void Write_Http10WithoutHost_IsGivenOneOnlyWhenItIsKnown()
    {
        Assert.True(ShadowHost.TryParse("target", out var host, out _));
        Assert.Equal(
            $"GET / HTTP/1.0\r\nHost: staging:8080\r\nConnection: keep-alive\r\n{Marks}\r\n",
            Rewrite("GET / HTTP/1.0\r\n\r\n", config => config with { Host = host }));
    }

    [Fact]
    public void Write_EmptyValues_AreReplacedBeforeTheLineEnd()
    {
        Assert.True(ShadowHost.TryParse("target", out var host, out _));
        Assert.Equal(
            $"GET / HTTP/1.1\r\nHost: staging:8080\r\nX-Forwarded-For: 192.0.2.9\r\n{Marks}\r\n",
            Rewrite(
                "GET / HTTP/1.1\r\nHost:\r\nX-Forwarded-For: \r\n\r\n",
                config => config with { Host = host, OwnAddress = IPAddress.Parse("192.0.2.9") }));
    }

    [Fact]
    public void Write_Edits_SetInPlaceAddBehindRemoveAll() => Assert.Equal(
        $"GET / HTTP/1.1\r\nA: new\r\nB: 1\r\nD: 4\r\nd: 5\r\n{Marks}\r\n",
        Rewrite(
            "GET / HTTP/1.1\r\nA: 1\r\nB: 1\r\na:2\r\nC: 3\r\n folded\r\nc:\r\nD: 4\r\n\r\n",
            config => config with
            {
                Edits = [Edit(HeaderEditKind.Set, "a: new"), Edit(HeaderEditKind.Remove, "c"), Edit(HeaderEditKind.Add, "d: 5")],
            }));

    [Fact]
    public void Write_SetOfAbsentHeader_AddsIt() => Assert.Equal(
        $"GET / HTTP/1.1\r\nHost: mine\r\nX: y\r\n{Marks}\r\n",
        Rewrite(
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            config => config with { Edits = [Edit(HeaderEditKind.Set, "Host: mine"), Edit(HeaderEditKind.Set, "X: y")] }));

    [Fact]
    public void Write_MarksThere_AreReplacedNotRepeated() => Assert.Equal(
        $"GET / HTTP/1.1\r\nX-Envoy-Internal: true\r\nx-parallax-shadow: blue\r\n{Proof}\r\n",
        Rewrite("GET / HTTP/1.1\r\nX-Envoy-Internal: false\r\nX-Envoy-Internal: false\r\n\r\n"));

    [Theory]
    [InlineData("^/v1/=/v2/", "GET /v1/a?b=/v1/", "GET /v2/a?b=/v1/")]
    [InlineData("^/users/(\\d+)$=/people/$1/self", "GET /users/42", "GET /people/42/self")]
    [InlineData("^/v1/=/v2/", "GET /other", "GET /other")]
    [InlineData("a\\=b=c", "GET /a=b", "GET /c")]
    [InlineData("^/v1/=/v2/", "GET http://h/v1/a", "GET http://h-shadow/v2/a")]
    [InlineData(".*=", "GET /x", "GET /")]
    public void Write_PathRewrite_ChangesThePathOnly(string rule, string line, string shadow)
    {
        Assert.True(PathRewrite.TryParse(rule, out var path, out var error), error);
        Assert.Equal($"{shadow} HTTP/1.1\r\n{Marks}\r\n", Rewrite($"{line} HTTP/1.1\r\n\r\n", config => config with { Path = path }));
    }

    [Theory]
    [InlineData("/v1", "lacks the \"=\"")]
    [InlineData("=x", "holds no regular expression at column 1")]
    [InlineData("a=b c", "holds a character a path cannot hold")]
    [InlineData("a=b?c", "holds a character a path cannot hold")]
    [InlineData("(=b", "is not a regular expression")]
    public void TryParse_PathRewrite_SaysWhatIsWrong(string text, string error)
    {
        Assert.False(PathRewrite.TryParse(text, out _, out var told));
        Assert.Contains(error, told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HeaderEditKind.Set, "novalue", "write NAME: VALUE")]
    [InlineData(HeaderEditKind.Set, "a b: c", "write NAME: VALUE")]
    [InlineData(HeaderEditKind.Remove, "a: b", "write its name only")]
    [InlineData(HeaderEditKind.Set, "Content-Length: 5", "cannot be changed")]
    [InlineData(HeaderEditKind.Remove, "x-parallax-shadow", "cannot be changed")]
    [InlineData(HeaderEditKind.Set, "x-parallax-shadow-proof: 1", "cannot be changed")]
    [InlineData(HeaderEditKind.Set, "a: b\r\nc: d", "control character")]
    public void TryParse_HeaderEdit_SaysWhatIsWrong(HeaderEditKind kind, string text, string error)
    {
        Assert.False(HeaderEdit.TryParse(kind, text, out _, out var told));
        Assert.Contains(error, told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("literal:")]
    [InlineData("literal:a/b")]
    [InlineData("Suffix")]
    public void TryParse_ShadowHost_SaysWhatWouldBeRight(string text)
    {
        Assert.False(ShadowHost.TryParse(text, out _, out var error));
        Assert.Contains("suffix, same, target or literal:NAME", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_AnyHeadTheReaderTakes_NeverThrowsAndIsAHeadAgain()
    {
        var random = new Random(5);
        var rewriter = Rewriter(config => config with { OwnAddress = IPAddress.Loopback, Edits = [Edit(HeaderEditKind.Set, "a: b")] });
        string[] parts =
        [
            "GET", " ", "/", "http://", "@", "?", "HTTP/1.1", "HTTP/1.0", "\r\n", "\n", "\r\n", ":", "Host", "Host: a\r\n",
            "Connection: close\r\n", "Connection", "Upgrade: h2c\r\n", ",",
            "close", "a", "\t", "\r", "x-forwarded-for:", "Expect: 100-continue", "[", "]", "\u00FF", "\r\n\r\n",
        ];
        var read = 0;
        for (var time = 0; time < 100_000; time++)
        {
            var fields = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => parts[random.Next(parts.Length)]));
            read += Check(rewriter, Encoding.Latin1.GetBytes($"GET / HTTP/1.1\r\n{fields}\r\n\r\n")) ? 1 : 0;
        }

        Assert.True(read > 50_000);
    }

    [Fact]
    public void Write_SteadyState_AllocatesNothing()
    {
        var head = Messages.Head(
            "GET /a HTTP/1.1\r\nHost: a:80\r\nConnection: close, te\r\nX-Forwarded-For: b\r\nA: b\r\n\r\n", out var octets);
        var (rewriter, output, scratch) = (Rewriter(config => config), new ArrayBufferWriter<byte>(4096), new Latin1Scratch());
        Repeat(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Repeat(1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Repeat(int times)
        {
            for (var time = 0; time < times; time++)
            {
                output.ResetWrittenCount();
                rewriter.Write(head, octets, scratch, output);
            }
        }
    }

    private static bool Check(HeadRewriter rewriter, byte[] octets)
    {
        var head = new MessageHead();
        if (HeadReader.TryRead(octets, MessageKind.Request, Http1Policy.Passive, head, out _) != HeadStatus.Complete)
        {
            return false;
        }

        var output = new ArrayBufferWriter<byte>();
        rewriter.Write(head, octets, new Latin1Scratch(), output);
        var shadow = new MessageHead();
        Assert.Equal(HeadStatus.Complete, HeadReader.TryRead(output.WrittenSpan, MessageKind.Request, Http1Policy.Passive, shadow, out _));
        Assert.Equal(output.WrittenCount, shadow.Length);
        Assert.True(ShadowMark.OfThisProcess.Made(shadow, output.WrittenSpan), Encoding.Latin1.GetString(output.WrittenSpan));
        return true;
    }

    private static HeaderEdit Edit(HeaderEditKind kind, string text)
    {
        Assert.True(HeaderEdit.TryParse(kind, text, out var edit, out var error), error);
        return edit;
    }

    private static HeadRewriter Rewriter(Func<RewriteConfig, RewriteConfig> change) =>
        new(change(new RewriteConfig { MirrorName = "blue", TargetAuthority = "staging:8080" }));

    private static string Rewrite(string request, Func<RewriteConfig, RewriteConfig>? change = null)
    {
        var head = Messages.Head(request, out var octets);
        var output = new ArrayBufferWriter<byte>();
        Rewriter(change ?? (config => config)).Write(head, octets, new Latin1Scratch(), output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }
}
