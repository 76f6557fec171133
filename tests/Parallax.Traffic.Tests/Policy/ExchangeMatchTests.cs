using System.IO.Compression;
using System.Text;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Policy;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Tests.Policy;

public sealed class ExchangeMatchTests
{
    private const string Request =
        "POST /api/v1/users?id=7&name=J%C3%B6rg+B&empty=&flag HTTP/1.1\r\nHost: shop.example:80\r\n"
        + "Cookie: lang=; session=a1\r\nX-Env: blue\r\nX-Env: green\r\nUser-Agent: curl/8\r\n\r\n";

    [Theory]
    [InlineData("method:^POST$", true)]
    [InlineData("method:^(GET|HEAD)$", false)]
    [InlineData("path:^/api", true)]
    [InlineData("path:users$", true)]
    [InlineData("path:id=7", false)]
    [InlineData("header:x-env:^green$", true)]
    [InlineData("header:X-ENV:^red$", false)]
    [InlineData("header:absent:.*", false)]
    [InlineData("header:host:^shop\\.example:80$", true)]
    [InlineData("param:id:^7$", true)]
    [InlineData("param:ID:^7$", false)]
    [InlineData("param:name:^J\u00C3\u00B6rg B$", true)]
    [InlineData("param:empty:^$", true)]
    [InlineData("param:flag:^$", true)]
    [InlineData("param:nam:.*", false)]
    [InlineData("query:^id=7&", true)]
    [InlineData("query:api", false)]
    [InlineData("host:^shop\\.example$", true)]
    [InlineData("host:80", false)]
    [InlineData("cookie:session:^a1$", true)]
    [InlineData("cookie:Session:.*", false)]
    [InlineData("cookie:lang:^$", true)]
    [InlineData("body:.*", false)]
    [InlineData("json:/a=.*", false)]
    [InlineData("status:.*", false)]
    public void Allow_OneRule_DecidesByItsPart(string rule, bool matches)
    {
        Assert.Equal(matches, Matches(Request, [rule], []));
        Assert.Equal(!matches, Matches(Request, [], [rule]));
    }

    [Fact]
    public void Allow_SeveralOfOneKind_AreAlternatives() =>
        Assert.True(Matches(Request, ["path:^/other", "path:^/api"], []));

    [Fact]
    public void Allow_SeveralKinds_MustAllBeFulfilled()
    {
        Assert.True(Matches(Request, ["path:^/api", "method:POST"], []));
        Assert.False(Matches(Request, ["path:^/api", "method:GET"], []));
        Assert.False(Matches(Request, ["header:x-env:blue", "header:x-other:."], []));
        Assert.True(Matches(Request, ["header:x-env:red", "header:X-Env:blue"], []));
    }

    [Fact]
    public void Deny_AnyRule_Wins() => Assert.False(Matches(Request, ["path:^/api"], ["path:^/nothing", "header:user-agent:curl"]));

    [Fact]
    public void Any_EveryRequest_Matches() => Assert.True(Matches("GET * HTTP/1.0\r\n\r\n", [], []));

    [Fact]
    public void Path_AbsoluteForm_IsWhatStandsAfterTheAuthority()
    {
        Assert.True(Matches("GET http://u:p@host:80/a/b?c=d HTTP/1.1\r\n\r\n", ["path:^/a/b$", "param:c:^d$"], []));
        Assert.True(Matches("GET http://host HTTP/1.1\r\n\r\n", ["path:^$"], []));
    }

    [Theory]
    [InlineData("", "names no part of a request or response; write method:RE")]
    [InlineData("url:^/x", "names no part of a request or response")]
    [InlineData("cookie:a", "lacks the name or the expression after \"cookie:\"; write cookie:NAME:RE")]
    [InlineData("json:a=b", "has no JSON pointer after \"json:\"; write json:/NAME/NAME=RE")]
    [InlineData("json:/a", "has no JSON pointer")]
    [InlineData("json:/a~2=b", "has no JSON pointer")]
    [InlineData("response-json:/a=", "holds no regular expression at column 18")]
    [InlineData("header:x", "lacks the name or the expression")]
    [InlineData("header::x", "lacks the name or the expression")]
    [InlineData("path:", "holds no regular expression at column 6")]
    [InlineData("path:a(b", "is not a regular expression from column")]
    [InlineData("path:(a)\\1", "takes unbounded time|take unbounded time")]
    [InlineData("path:(?=a)", "take unbounded time")]
    public void TryParse_Wrong_SaysWhatAndWhere(string text, string error)
    {
        Assert.False(ExchangeRule.TryParse(text, out var rule, out var told));
        Assert.Null(rule);
        Assert.Matches(error, told);
    }

    [Theory]
    [InlineData("body:sum", true)]
    [InlineData("body:^\\{.*\\}$", true)]
    [InlineData("body:Caf\u00e9", true)]
    [InlineData("body:teapot", false)]
    [InlineData("json:/sum=^12\\.50$", true)]
    [InlineData("json:/name=^Caf\u00e9$", true)]
    [InlineData("json:/items/1/id=^b$", true)]
    [InlineData("json:/items/2/id=.*", false)]
    [InlineData("json:/items=^\\[\\{", true)]
    [InlineData("json:/a~1b/c~0d=^true$", true)]
    [InlineData("json:/name/x=.*", false)]
    [InlineData("status:^4", true)]
    [InlineData("status:^418$", true)]
    [InlineData("status:^5", false)]
    [InlineData("response-header:X-Why:^tea", true)]
    [InlineData("response-header:x-env:.*", false)]
    [InlineData("response-body:teapot", true)]
    [InlineData("response-body:sum", false)]
    [InlineData("response-json:/error=pot$", true)]
    [InlineData("response-json:/sum=.*", false)]
    public void Allow_RuleOnWhatComesAfterTheHead_DecidesByItsPart(string rule, bool matches)
    {
        foreach (var coding in new[] { "", "gzip", "br" })
        {
            foreach (var isChunked in new[] { false, true })
            {
                using var exchange = ExchangeOf(coding, isChunked);
                Assert.Equal(matches, MatchOf([rule], []).Matches(ExchangeFacts.Of(exchange), new MatchScratch()));
                Assert.Equal(!matches, MatchOf([], [rule]).Matches(ExchangeFacts.Of(exchange), new MatchScratch()));
            }
        }
    }

    [Fact]
    public void Matches_TheSameRoomForSeveralExchanges_LooksAtEachOne()
    {
        var match = MatchOf(["body:coupon", "response-body:no"], []);
        var scratch = new MatchScratch();
        (string Body, string Answer, bool Matches)[] exchanges =
            [("coupon=1", "no", true), ("", "no", false), ("coupon=2", "yes", false), ("a coupon", "no", true)];
        foreach (var (body, answer, matches) in exchanges)
        {
            using var exchange = ExchangeOf(Encoding.UTF8.GetBytes(body), Encoding.UTF8.GetBytes(answer), "", isChunked: false);
            Assert.Equal(matches, match.Matches(ExchangeFacts.Of(exchange), scratch));
        }
    }

    [Fact]
    public void Matches_ContentThatIsNotOfItsCoding_FulfilsNoRule()
    {
        using var exchange = ExchangeOf("not gzip"u8.ToArray(), "not gzip"u8.ToArray(), "gzip", isChunked: false, isCoded: true);
        Assert.False(MatchOf(["body:gzip"], []).Matches(ExchangeFacts.Of(exchange), new MatchScratch()));
        Assert.False(MatchOf(["response-json:=gzip"], []).Matches(ExchangeFacts.Of(exchange), new MatchScratch()));
    }

    [Theory]
    [InlineData(KnownFacts.RequestHead, "body:a", "status:5")]
    [InlineData(KnownFacts.Request, "status:5", "status:5")]
    [InlineData(KnownFacts.Exchange, null, null)]
    public void FindBeyond_GivesARuleThatCannotBeDecided(KnownFacts known, string? allow, string? deny)
    {
        Assert.Contains(MatchOf(["status:5", "body:a", "path:/"], []).FindBeyond(known)?.Text, new[] { allow, deny });
        Assert.Contains(MatchOf([], ["path:/", "body:a", "status:5"]).FindBeyond(known)?.Text, new[] { allow, deny });
    }

    [Fact]
    public void Matches_SteadyState_AllocatesNothing()
    {
        var match = MatchOf(["path:^/api", "header:x-env:green", "param:name:B$"], ["method:^PUT$"]);
        var head = Messages.Head(Request, out var octets);
        var scratch = new MatchScratch();
        Assert.True(Repeat(match, 100));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Repeat(match, 1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        bool Repeat(ExchangeMatch of, int times)
        {
            var all = true;
            for (var time = 0; time < times; time++)
            {
                all &= of.Matches(head, octets, scratch);
            }

            return all;
        }
    }

    private static bool Matches(string request, string[] allow, string[] deny)
    {
        var head = Messages.Head(request, out var octets);
        return MatchOf(allow, deny).Matches(head, octets, new MatchScratch());
    }

    private static Exchange ExchangeOf(string coding, bool isChunked) => ExchangeOf(
        """{"sum": 12.50, "name": "Café", "items": [{"id": "a"}, {"id": "b"}], "a/b": {"c~d": true}}"""u8.ToArray(),
        """{"error": "I am a teapot"}"""u8.ToArray(),
        coding,
        isChunked);

    private static Exchange ExchangeOf(byte[] request, byte[] response, string coding, bool isChunked, bool isCoded = false)
    {
        var pool = new OctetPool();
        var exchange = new Exchange { Id = 1, Session = 1, Client = default, Server = default };
        exchange.SetRequest(MessageOf(MessageKind.Request, "POST /cart HTTP/1.1\r\nHost: a\r\nX-Env: blue\r\n", request));
        exchange.SetResponse(MessageOf(MessageKind.Response, "HTTP/1.1 418 Short and stout\r\nX-Why: teapot\r\n", response));
        return exchange;

        Message MessageOf(MessageKind kind, string head, byte[] body)
        {
            var content = isCoded ? body : Coded(body, coding);
            var octets = isChunked
                ? [.. Encoding.ASCII.GetBytes($"{content.Length:x}\r\n"), .. content, .. "\r\n0\r\n\r\n"u8]
                : content;
            head += (coding.Length > 0 ? $"Content-Encoding: {coding}\r\n" : "")
                + (isChunked ? "Transfer-Encoding: chunked\r\n\r\n" : $"Content-Length: {content.Length}\r\n\r\n");
            var builder = default(MessageBuilder);
            builder.Begin(pool, kind);
            Assert.True(builder.AppendWhole([.. Encoding.ASCII.GetBytes(head), .. octets]));
            return builder.Seal(MessageState.Complete);
        }
    }

    private static byte[] Coded(byte[] content, string coding)
    {
        var coded = new MemoryStream();
        using (Stream coder = coding switch
        {
            "gzip" => new GZipStream(coded, CompressionLevel.Fastest),
            "br" => new BrotliStream(coded, CompressionLevel.Fastest),
            _ => coded,
        })
        {
            coder.Write(content);
        }

        return coded.ToArray();
    }

    private static ExchangeMatch MatchOf(string[] allow, string[] deny) => new(allow.Select(RuleOf), deny.Select(RuleOf));

    private static ExchangeRule RuleOf(string text)
    {
        Assert.True(ExchangeRule.TryParse(text, out var rule, out var error), error);
        return rule;
    }
}
