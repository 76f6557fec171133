using System.Text;
using System.Text.RegularExpressions;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Shadows.Replay;
using Parallax.Traffic.Exchanges;

namespace Parallax.Shadows.Tests.Replay;

public class StateRuleTests
{
    private const string Json = "Content-Type: application/json\r\n";

    [Theory]
    [InlineData(StateSource.Header, "X-Cart", null, "X-Cart: OLD\r\n", "", "X-Cart: NEW\r\n", "")]
    [InlineData(StateSource.Header, "link", "cart=([^>]+)", "Link: </a?cart=OLD>\r\n", "", "Link: </a?cart=NEW>\r\n", "")]
    [InlineData(StateSource.Cookie, "c", null, "Set-Cookie: c=OLD; Path=/\r\n", "", "Set-Cookie: c=NEW\r\n", "")]
    [InlineData(StateSource.Json, "/carts/*/ref", null, Json, "{\"carts\":[{\"ref\":\"OLD\"}]}", Json, "{\"carts\":[{\"ref\":\"NEW\"}]}")]
    [InlineData(StateSource.Json, "/a~1b/1", null, Json, "{\"a/b\":[0,\"OLD\"]}", Json, "{\"a/b\":[0,\"NEW\"]}")]
    [InlineData(StateSource.Body, "", "ref (\\w+)", "", "your ref OLD is", "", "the new ref NEW, sir")]
    public void Map_EverySource_IsReplacedWhereTheRuleSays(
        StateSource source, string key, string? pattern, string recordedLines, string recordedBody, string lines, string body)
    {
        var rule = Rule(source, key, pattern) with { Places = [SubstitutionPlace.Query] };
        var (after, mapper) = Map([rule], isAutomatic: false, "/", Response(recordedLines, recordedBody), Response(lines, body),
            "GET /OLD?c=OLD HTTP/1.1\r\nHost: a\r\nX-C: OLD\r\n\r\n");
        Assert.Equal("GET /OLD?c=NEW HTTP/1.1\r\nHost: a\r\nX-C: OLD\r\n\r\n", after);
        Assert.Equal(new StateRuleAccount("r", 1, 1), Assert.Single(mapper.Rules));
    }

    [Fact]
    public void Map_NoPlaces_ReplacesWhereItIsCertain()
    {
        var rule = Rule(StateSource.Header, "X-Cart", null);
        var (after, _) = Map([rule], false, "/", Response("X-Cart: 12\r\n"), Response("X-Cart: 34\r\n"),
            "GET /12?a=12&cartId=12 HTTP/1.1\r\nHost: a\r\nX-C: 12\r\n\r\n");
        Assert.Equal("GET /34?a=12&cartId=34 HTTP/1.1\r\nHost: a\r\nX-C: 12\r\n\r\n", after);
    }

    [Fact]
    public void Map_OtherEndpoint_RuleFindsNothing()
    {
        var rule = Rule(StateSource.Header, "X-Cart", null) with { Endpoint = new Regex("^/carts") };
        var (after, mapper) = Map([rule], false, "/orders", Response("X-Cart: aaaaaaa\r\n"), Response("X-Cart: bbbbbbb\r\n"),
            "GET /aaaaaaa HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Contains("/aaaaaaa", after, StringComparison.Ordinal);
        Assert.Equal(0, mapper.Rules[0].Found);
    }

    [Fact]
    public void Map_Ignored_IsLeftThoughItWasFound()
    {
        const string Use = "GET / HTTP/1.1\r\nHost: a\r\nCookie: theme=dark0001; sid=sid00001\r\n\r\n";
        var ignored = Rule(StateSource.Cookie, "theme", null) with { IsIgnored = true };
        var recorded = Response("Set-Cookie: theme=dark0001\r\nSet-Cookie: sid=sid00001\r\n");
        var issued = Response("Set-Cookie: theme=light002\r\nSet-Cookie: sid=sid00002\r\n");
        var (after, mapper) = Map([ignored], true, "/", recorded, issued, Use);
        Assert.Contains("Cookie: theme=dark0001; sid=sid00002\r\n", after, StringComparison.Ordinal);
        Assert.Equal(new StateRuleAccount("r", 1, 0), mapper.Rules[0]);
    }

    [Fact]
    public void Map_ManyValues_EachFindsItsOwn()
    {
        var values = Enumerable.Range(0, 300).Select(at => $"value{at}x").ToList();
        var recorded = Response(Json, "[" + string.Join(',', values.Select(value => $"{{\"id\":\"{value}\"}}")) + "]");
        var issued = Response(Json, "[" + string.Join(',', values.Select(value => $"{{\"id\":\"new-{value}\"}}")) + "]");
        var (after, _) = Map([], true, "/", recorded, issued, $"GET /?{string.Join('&', values)} HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal($"GET /?{string.Join('&', values.Select(value => "new-" + value))} HTTP/1.1\r\nHost: a\r\n\r\n", after);
    }

    private static StateRule Rule(StateSource source, string key, string? pattern) => new()
    {
        Name = "r",
        Source = source,
        Key = key,
        Pattern = pattern is null ? null : new Regex(pattern),
    };

    private static string Response(string lines, string body = "") =>
        $"HTTP/1.1 200 OK\r\n{lines}Content-Length: {body.Length}\r\n\r\n{body}";

    private static (string After, StateMapper Mapper) Map(
        IReadOnlyList<StateRule> rules, bool isAutomatic, string path, string recorded, string answer, string request)
    {
        var pool = new OctetPool();
        var exchanges = new RecordedExchanges(pool);
        using var first = exchanges.Make(Entry($"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n", recorded));
        using var answered = exchanges.Make(Entry("GET / HTTP/1.1\r\n\r\n", answer));
        using var second = exchanges.Make(Entry(request, ""));
        var mapper = new StateMapper(isAutomatic, rules);
        var state = mapper.NewSession(default);
        mapper.Learn(state, first.Request!, first.Response!, answered.Response!);
        using var mapped = mapper.Apply(state, second.Request!);
        var text = new StringBuilder();
        foreach (var block in mapped.Blocks)
        {
            text.Append(Encoding.Latin1.GetString(block.Span));
        }

        return (text.ToString(), mapper);
    }

    private static RecordedEntry Entry(string request, string response) => new()
    {
        HasRequest = true,
        Request = Encoding.Latin1.GetBytes(request),
        HasResponse = response.Length > 0,
        Response = Encoding.Latin1.GetBytes(response),
    };
}
