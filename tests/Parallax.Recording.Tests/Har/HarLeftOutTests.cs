using System.Text.Json.Nodes;
using Parallax.Recording.Entries;
using Parallax.Recording.Tests.Plx;
using Parallax.Traffic.Exchanges;

namespace Parallax.Recording.Tests.Har;

/// <summary>What of a HAR file a server never saw.</summary>
public sealed class HarLeftOutTests
{
    [Theory]
    [InlineData("data:image/gif;base64,R0lGODlhAQABAAAAACw=")]
    [InlineData("blob:http://shop.example/5d2f")]
    [InlineData("chrome-extension://abcdefgh/inject.js")]
    [InlineData("moz-extension://abc/x")]
    [InlineData("about:blank")]
    [InlineData("file:///srv/x.css")]
    [InlineData("ws://shop.example/socket")]
    [InlineData("wss://shop.example/socket")]
    [InlineData("javascript:void(0)")]
    public void Scheme_NotHttp_IsLeftOut(string url) => AssertLeftOut(LeftOutReason.NotHttp, HarTexts.Entry(url: url));

    [Theory]
    [InlineData("_resourceType", "\"websocket\"", LeftOutReason.NotHttp)]
    [InlineData("_webSocketMessages", "[]", LeftOutReason.NotHttp)]
    [InlineData("_fromCache", "\"disk\"", LeftOutReason.FromCache)]
    [InlineData("_fromCache", "\"memory\"", LeftOutReason.FromCache)]
    [InlineData("_fromDiskCache", "true", LeftOutReason.FromCache)]
    [InlineData("_fetchType", "\"Memory Cache\"", LeftOutReason.FromCache)]
    [InlineData("_fetchType", "\"Service Worker\"", LeftOutReason.FromCache)]
    [InlineData("response", """{"status":200,"headers":[],"_transferSize":0,"bodySize":-111}""", LeftOutReason.FromCache)]
    [InlineData("response", """{"status":307,"statusText":"Internal Redirect","_transferSize":0}""", LeftOutReason.FromCache)]
    [InlineData("response", """{"status":200,"_fetchedViaServiceWorker":true}""", LeftOutReason.FromCache)]
    [InlineData("response", """{"status":0,"_error":"net::ERR_BLOCKED_BY_CLIENT"}""", LeftOutReason.NeverSent)]
    [InlineData("response", """{"status":0,"_error":"net::ERR_NAME_NOT_RESOLVED"}""", LeftOutReason.NeverSent)]
    [InlineData("response", """{"status":-1,"_failureText":"net::ERR_CONNECTION_REFUSED"}""", LeftOutReason.NeverSent)]
    public void Entry_NoServerSaw_IsLeftOut(string name, string value, LeftOutReason reason) =>
        AssertLeftOut(reason, HarTexts.Entry().With(name, JsonNode.Parse(value)));

    [Fact]
    public void FirefoxesImageCache_IsLeftOut()
    {
        var entry = HarTexts.Entry().With("timings", new JsonObject());
        entry["response"] = JsonNode.Parse("""{"status":200,"httpVersion":"","headers":[],"content":{},"bodySize":-1}""");

        AssertLeftOut(LeftOutReason.FromCache, entry);
    }

    [Theory]
    [InlineData("GET", """{"status":200,"_transferSize":-1}""", true)]
    [InlineData("OPTIONS", """{"status":200,"_transferSize":0}""", true)] // A preflight, in chrome-har.
    [InlineData("GET", """{"status":302,"_transferSize":0}""", true)] // A redirect over HTTP/2, in Playwright.
    [InlineData("GET", """{"status":304,"_transferSize":124}""", true)]
    [InlineData("GET", """{"status":302,"redirectURL":"/b"}""", true)]
    [InlineData("GET", """{"status":200,"_fetchedViaServiceWorker":true,"_serviceWorkerResponseSource":"network"}""", true)]
    [InlineData("GET", """{"status":0,"_error":"net::ERR_ABORTED"}""", false)]
    [InlineData("GET", """{"status":0,"_transferSize":0,"_error":null}""", false)]
    [InlineData("GET", """{"status":0,"_error":"net::ERR_CONNECTION_RESET"}""", false)]
    public void Entry_AServerSaw_IsRead(string method, string response, bool wasAnswered)
    {
        var read = Assert.Single(HarTexts.Read(HarTexts.Entry(method).With("response", JsonNode.Parse(response))));

        Assert.Equal(wasAnswered, read.Response is not null);
        Assert.Equal(!wasAnswered, read.Facts.Flags.HasFlag(ExchangeFlags.NoResponse));
    }

    private static void AssertLeftOut(LeftOutReason reason, JsonObject entry)
    {
        using var reader = HarTexts.Open(entry, HarTexts.Entry());

        Assert.Single(PlxOctets.All(reader));
        Assert.Equal(0, reader.Losses.LostEntries);
        Assert.Equal(1, reader.LeftOut[(int)reason]);
        Assert.Equal(1, reader.LeftOut.Sum());
    }
}
