using Parallax.TestKit;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Traffic.Tests.Policy;

public sealed class RequestMatchTests
{
    private const string Request =
        "POST /api/v1/users?id=7&name=J%C3%B6rg+B&empty=&flag HTTP/1.1\r\nHost: shop.example:80\r\n"
        + "X-Env: blue\r\nX-Env: green\r\nUser-Agent: curl/8\r\n\r\n";

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
    public void Path_AbsoluteForm_IsWhatStandsBehindTheAuthority()
    {
        Assert.True(Matches("GET http://u:p@host:80/a/b?c=d HTTP/1.1\r\n\r\n", ["path:^/a/b$", "param:c:^d$"], []));
        Assert.True(Matches("GET http://host HTTP/1.1\r\n\r\n", ["path:^$"], []));
    }

    [Theory]
    [InlineData("", "names no part of a request; write method:RE")]
    [InlineData("url:^/x", "names no part of a request")]
    [InlineData("header:x", "lacks the name or the expression")]
    [InlineData("header::x", "lacks the name or the expression")]
    [InlineData("path:", "holds no regular expression at column 6")]
    [InlineData("path:a(b", "is not a regular expression from column")]
    [InlineData("path:(a)\\1", "takes unbounded time|take unbounded time")]
    [InlineData("path:(?=a)", "take unbounded time")]
    public void TryParse_Wrong_SaysWhatAndWhere(string text, string error)
    {
        Assert.False(RequestRule.TryParse(text, out var rule, out var told));
        Assert.Null(rule);
        Assert.Matches(error, told);
    }

    [Fact]
    public void Matches_SteadyState_AllocatesNothing()
    {
        var match = MatchOf(["path:^/api", "header:x-env:green", "param:name:B$"], ["method:^PUT$"]);
        var head = Messages.Head(Request, out var octets);
        var scratch = new Latin1Scratch();
        Assert.True(Repeat(match, 100));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Repeat(match, 1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        bool Repeat(RequestMatch of, int times)
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
        return MatchOf(allow, deny).Matches(head, octets, new Latin1Scratch());
    }

    private static RequestMatch MatchOf(string[] allow, string[] deny) => new(allow.Select(RuleOf), deny.Select(RuleOf));

    private static RequestRule RuleOf(string text)
    {
        Assert.True(RequestRule.TryParse(text, out var rule, out var error), error);
        return rule;
    }
}
