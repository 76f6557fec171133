using System.Text.Json.Nodes;
using Parallax.Recording.Entries;
using Parallax.Recording.Tests.Plx;

namespace Parallax.Recording.Tests.Har;

/// <summary>Request line and fields of HAR files as browsers and other programs write them.</summary>
public sealed class HarRequestsTests
{
    [Theory]
    [InlineData("http://shop.example/a%20b?q=%C3%A9", "/a%20b?q=%C3%A9")]
    [InlineData("http://shop.example/测试", "/%E6%B5%8B%E8%AF%95")]
    [InlineData("http://shop.example/café?q=straße", "/caf%C3%A9?q=stra%C3%9Fe")]
    [InlineData("http://shop.example/𝄞", "/%F0%9D%84%9E")]
    [InlineData("http://shop.example/my file?q=a b", "/my%20file?q=a%20b")]
    [InlineData("http://shop.example/a\tb\nc", "/abc")]
    [InlineData("http://shop.example?x=1", "/?x=1")]
    [InlineData("http://shop.example", "/")]
    [InlineData("http://shop.example#top", "/")]
    [InlineData("http://shop.example/a?x=1#y?z", "/a?x=1")]
    [InlineData("HTTPS://shop.example/a//b", "/a//b")]
    [InlineData("http://shop.example/?a=http://b/c", "/?a=http://b/c")]
    [InlineData("http://shop.example/100%", "/100%")]
    [InlineData("//shop.example/a", "/a")]
    [InlineData("/only/path?x=1#f", "/only/path?x=1")]
    public void Url_AnySpelling_IsATarget(string url, string target) =>
        Assert.StartsWith($"GET {target} HTTP/1.1\r\n", HarTexts.Request(HarTexts.Entry(url: url)), StringComparison.Ordinal);

    [Theory]
    [InlineData("http://shop.example/", "shop.example")]
    [InlineData("http://shop.example:80/", "shop.example")]
    [InlineData("https://shop.example:443/", "shop.example")]
    [InlineData("https://shop.example:80/", "shop.example:80")]
    [InlineData("http://user:p%40ss@shop.example:8080?x", "shop.example:8080")]
    [InlineData("http://[2001:db8::1]:81/", "[2001:db8::1]:81")]
    [InlineData("http://[2001:db8::1]/", "[2001:db8::1]")]
    [InlineData("http://münchen.example/", "xn--mnchen-3ya.example")]
    [InlineData("shop.example:8080/a", "shop.example:8080")]
    public void Url_WithoutHostField_GivesTheHost(string url, string host) =>
        Assert.EndsWith($"\r\nHost: {host}\r\n\r\n", HarTexts.Request(HarTexts.Entry(url: url)), StringComparison.Ordinal);

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nhost: a\r\naccept: */*\r\n\r\n", "host: a", "accept: */*", "host: b", "accept: */*")]
    [InlineData("GET / HTTP/1.1\r\naccept: */*\r\nHost: b:81\r\n\r\n", ":method: GET", ":authority: b:81", ":path: /", "accept: */*")]
    [InlineData("GET / HTTP/1.1\r\nx: 1\r\nx: 2\r\nHost: shop.example\r\n\r\n", "x: 1\n2", "no name: x", "nul: \0", "")]
    public void Fields_AsProgramsWriteThem_AreThoseOfHttp1(string request, params string[] fields) =>
        Assert.Equal(request, HarTexts.Request(HarTexts.Entry(fields: [.. fields.Where(field => field.Length > 0)])));

    [Fact]
    public void Fields_AsAnObject_AreRead()
    {
        var entry = HarTexts.Entry();
        entry["request"]!["headers"] = new JsonObject { ["X-A"] = "1", ["X-B"] = 2 };

        Assert.StartsWith("GET / HTTP/1.1\r\nX-A: 1\r\nX-B: 2\r\n", HarTexts.Request(entry), StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_Missing_LeaveARequest()
    {
        var entry = HarTexts.Entry();
        entry["request"]!.AsObject().Remove("headers");
        entry.Remove("timings");
        entry.Remove("response");

        Assert.Equal("GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n", HarTexts.Request(entry));
    }

    [Fact]
    public void CookiesAndQuery_OnlyApart_AreSent()
    {
        var entry = HarTexts.Entry(url: "http://a/find");
        entry["request"]!["cookies"] = JsonNode.Parse("""[{"name":"s","value":"1"},{"name":"t","value":"a b"}]""");
        entry["request"]!["queryString"] = JsonNode.Parse("""[{"name":"q","value":"a&b c"},{"name":"é","value":"x%20y"}]""");

        Assert.Equal("GET /find?q=a%26b%20c&%C3%A9=x%20y HTTP/1.1\r\nCookie: s=1; t=a b\r\nHost: a\r\n\r\n", HarTexts.Request(entry));
    }

    [Theory]
    [InlineData("http/1.0", "HTTP/1.0")]
    [InlineData("HTTP/2.0", "HTTP/1.1")]
    [InlineData("h3", "HTTP/1.1")]
    [InlineData("unknown", "HTTP/1.1")]
    public void Version_Any_IsOneOfHttp1(string version, string line)
    {
        var entry = HarTexts.Entry("get");
        entry["request"]!["httpVersion"] = version;

        Assert.StartsWith($"GET / {line}\r\n", HarTexts.Request(entry), StringComparison.Ordinal);
    }

    [Fact]
    public void Method_WithABlankOrNone_LeavesTheEntryOut()
    {
        using var reader = HarTexts.Open(HarTexts.Entry("GET /x"), HarTexts.Entry(""), HarTexts.Entry());

        Assert.Single(PlxOctets.All(reader));
        Assert.Equal((1, 1), (reader.Losses.LostEntries, reader.LeftOut[(int)LeftOutReason.NotARequest]));
    }
}
