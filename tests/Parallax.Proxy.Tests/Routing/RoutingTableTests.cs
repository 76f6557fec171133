using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Tests.Routing;

public sealed class RoutingTableTests
{
    [Theory]
    [InlineData("a.example", "exact")]
    [InlineData("A.EXAMPLE:8080", "exact")]
    [InlineData("x.a.example", "long")]
    [InlineData("x.y.a.example", "long")]
    [InlineData("b.example", "short")]
    [InlineData("example", "any")]
    [InlineData(".example", "any")]
    [InlineData("[::1]:80", "address")]
    [InlineData("", "any")]
    public void Find_Host_TheOneThatFitsBest(string host, string name)
    {
        var table = Tables.Of(
            Tables.Host("*", Tables.Route("any")),
            Tables.Host("*.example", Tables.Route("short")),
            Tables.Host("*.a.example", Tables.Route("long")),
            Tables.Host("a.example", Tables.Route("exact")),
            Tables.Host("[::1]", Tables.Route("address")));
        Assert.Equal(name, ReadRequest.Get("/", host).Find(table).Route!.Config.Name);
    }

    [Fact]
    public void Find_NoHostFits_FindsNothing()
    {
        var table = Tables.Of(Tables.Host("a.example", Tables.Anything));
        Assert.Null(ReadRequest.Get("/", "b.example").Find(table).Route);
        Assert.Null(ReadRequest.Get("/", new string('a', 300)).Find(table).Route);
    }

    // Having no route in the best host does not lead to a worse one.
    [Fact]
    public void Find_BestHostWithoutFittingRoute_FindsNothing() => Assert.Null(
        ReadRequest.Get("/b").Find(Tables.Of(
            Tables.Host("*", Tables.Anything),
            Tables.Host("a.example", Tables.Route("a", Tables.Path(TextMatchKind.Exact, "/a"))))).Route);

    [Fact]
    public void Find_AbsoluteForm_ItsAuthorityDecides()
    {
        var table = Tables.Of(Tables.Host("a.example", Tables.Route("a")), Tables.Host("b.example", Tables.Route("b")));
        Assert.Equal("b", new ReadRequest("GET http://B.example:1/ HTTP/1.1\r\nHost: a.example\r\n\r\n").Find(table).Route!.Config.Name);
    }

    [Fact]
    public void Find_HttpsOnlyHost_SaysSo()
    {
        var host = new VirtualHostConfig { Hostnames = ["*"], Routes = [], RedirectsToHttps = true };
        Assert.True(ReadRequest.Get("/").Find(Tables.Of(host)).RedirectsToHttps);
    }

    [Theory]
    [InlineData("/exact", "exact", 6)]
    [InlineData("/exact?q", "exact", 6)]
    [InlineData("/exact/", "all", 1)]
    [InlineData("/headersX", "prefix", 8)]
    [InlineData("/seg/x", "segment", 4)]
    [InlineData("/seg", "segment", 4)]
    [InlineData("/segx", "all", 1)]
    [InlineData("/re12", "regex", 5)]
    [InlineData("/re12x", "all", 1)]
    [InlineData("/CASE/x", "case", 5)]
    public void Find_Path_FirstThatMatches(string path, string name, int matched)
    {
        var table = Tables.Of(
            Tables.Route("exact", Tables.Path(TextMatchKind.Exact, "/exact")),
            Tables.Route("prefix", Tables.Path(TextMatchKind.Prefix, "/headers")),
            Tables.Route("segment", Tables.Path(TextMatchKind.SegmentPrefix, "/seg/")),
            Tables.Route("regex", Tables.Path(TextMatchKind.Regex, @"/re\d+")),
            Tables.Route("case", Tables.Path(TextMatchKind.Prefix, "/case", ignoresCase: true)),
            Tables.Route("all", Tables.Path(TextMatchKind.Prefix, "/")));
        var hit = ReadRequest.Get(path).Find(table);
        Assert.Equal((name, matched), (hit.Route!.Config.Name, hit.MatchedPrefix));
    }

    [Fact]
    public void Find_MatchesOfARoute_AreAlternativesTheirFieldsNot()
    {
        var both = Tables.Path(TextMatchKind.Prefix, "/a") with { Method = new(TextMatchKind.Exact, "PUT") };
        var table = Tables.Of(Tables.Route("r", both, Tables.Path(TextMatchKind.Exact, "/b")));
        Assert.Null(ReadRequest.Get("/a").Find(table).Route);
        Assert.NotNull(ReadRequest.Get("/b").Find(table).Route);
        Assert.NotNull(new ReadRequest("PUT /a HTTP/1.1\r\nHost: h\r\n\r\n").Find(table).Route);
    }

    [Fact]
    public void Find_OtherParts_MustMatchToo()
    {
        var exact = new TextMatchConfig(TextMatchKind.Exact, "x");
        Check(new() { Headers = [new("v", exact)] }, ReadRequest.Get("/", fields: "V: x\r\n"));
        Check(new() { QueryParams = [new("v", exact)] }, ReadRequest.Get("/?a=b&v=x"));
        Check(new() { Authority = new(TextMatchKind.Exact, "x:1") }, ReadRequest.Get("/", "x:1"));
        Check(new() { Scheme = new(TextMatchKind.Exact, "https") }, new ReadRequest("GET / HTTP/1.1\r\nHost: h\r\n\r\n", isTls: true));
        Check(new() { Port = 80, WithoutHeaders = [new("cookie", new(TextMatchKind.Present, ""))] }, ReadRequest.Get("/"), "Cookie: a\r\n");
        Assert.Null(ReadRequest.Get("/").Find(Tables.Of(Tables.Route("r", new RouteMatchConfig { Port = 81 }))).Route);

        static void Check(RouteMatchConfig match, ReadRequest fulfils, string refusedFields = "")
        {
            var table = Tables.Of(Tables.Route("r", match));
            Assert.NotNull(fulfils.Find(table).Route);
            Assert.Null(ReadRequest.Get("/", fields: refusedFields + "v: y\r\n").Find(table).Route);
        }
    }

    // What weight asks for, draw by draw: 80 : 0.5 % : rest.
    [Fact]
    public void Pick_EveryDraw_SharesByWeight()
    {
        var weights = new[] { 160, 1, 39 };
        var destinations = weights.Select((weight, index) => new DestinationConfig { Cluster = $"{index}", Weight = weight });
        var picker = ReadRequest.Get("/").Find(Tables.Of(Tables.Route("r") with { Destinations = [.. destinations] })).Route!;
        var counts = Enumerable.Range(0, 1_000_000).CountBy(draw => picker.Pick(draw).Config.Cluster).ToDictionary();
        Assert.Equal([800_000, 5_000, 195_000], [counts["0"], counts["1"], counts["2"]]);
    }

    [Fact]
    public void Compile_ConfigurationNotChecked_Throws() => Assert.Throws<ArgumentException>(
        () => Tables.Of(Tables.Route("r", Tables.Path(TextMatchKind.Regex, "("))));
}
