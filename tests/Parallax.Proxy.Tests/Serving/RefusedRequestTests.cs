using System.Collections.Concurrent;
using System.Text;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Serving;
using Parallax.TestKit;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Tests.Serving;

/// <summary>What is refused is told: to the client why, and to the access log who, why and with which status.</summary>
public sealed class RefusedRequestTests
{
    private readonly ConcurrentQueue<Logged> _log = new();

    [Theory]
    [InlineData("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "invalid-version", "GET", "/a b")]
    [InlineData("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "invalid-target", "GET", "/a#b")]
    [InlineData("GET /a HTTP/1.1\r\n\r\n", 400, "missing-host", "GET", "/a")]
    [InlineData("\r\nGET /a HTTP/1.1\nHost: a\n\n", 400, "bare-line-feed", "GET", "/a")]
    [InlineData("GET /a HTTP/2.0\r\nHost: a\r\n\r\n", 505, "unsupported-version", "GET", "/a")]
    [InlineData("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "unsupported-transfer-coding", "POST", "/a")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000", 400, "not-http", "", "")]
    public async Task Head_ThatIsRefused_IsLogged(string request, int status, string reason, string method, string target)
    {
        await using var rig = new ProxyRig(LoopKind.Epoll, TestServer.Nobody(), options: Logging);
        var answer = await rig.SendAsync(request);
        Assert.Equal((status, "text/plain", "close"), (answer.Status, answer["content-type"], answer["connection"]));
        Assert.NotEmpty(answer.Text);
        Assert.Equal([new Logged(status, reason, "127.0.0.1", method, target)], _log);
        Assert.Equal(1, rig.Account.Refused[status / 100]);
    }

    [Theory]
    [InlineData(8300, "", 414, "target-too-long")]
    [InlineData(1, "X: 0123456789012345678901234567890123456789\r\n", 431, "too-many-fields")]
    public async Task HeadThatIsTooLarge_IsLogged(int targetLength, string field, int status, string reason)
    {
        await using var rig = new ProxyRig(LoopKind.Epoll, TestServer.Nobody(), options: Logging);
        var fields = string.Concat(Enumerable.Repeat(field, 1000));
        var answer = await rig.SendAsync($"GET /{new string('a', targetLength)} HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        Assert.Equal(status, answer.Status);
        Assert.Equal((status, reason), (_log.Single().Status, _log.Single().Reason));
    }

    [Fact]
    public async Task SlowHead_IsLogged()
    {
        await using var rig = new ProxyRig(
            LoopKind.Epoll, TestServer.Nobody(), options: options => Logging(options) with { HeadTimeout = TimeSpan.FromMilliseconds(50) });
        Assert.Equal((408, "the header section stopped coming"), StatusAndText(await rig.SendAsync("GET / HTTP/1.1\r\nHo")));
        Assert.Equal([new Logged(408, "head-timeout", "127.0.0.1", "", "")], _log);
    }

    [Fact]
    public async Task BodyThatIsRefused_IsLoggedWithItsRequest()
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address, options: options => Logging(options) with { MaxBodyBytes = 2 });
        var answer = await rig.SendAsync("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
        Assert.Equal((413, "the body is too large"), StatusAndText(answer));
        Assert.Equal(413, _log.Single().Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HeadThatIsCutOff_IsLoggedAndCounted(bool isReset)
    {
        await using var rig = new ProxyRig(LoopKind.Epoll, TestServer.Nobody(), options: Logging);
        using (var client = await rig.ConnectAsync())
        {
            await client.WriteAsync("GET / HTTP/1.1\r\nAuthorization: secret\r\nHo");
            await ClientGoneTests.UntilAsync(() => rig.Account.OpenConnections == 1);
            if (isReset)
            {
                client.Reset();
            }
        }

        await ClientGoneTests.UntilAsync(() => !_log.IsEmpty);
        Assert.Equal([new Logged(0, "head-cut-off", "127.0.0.1", "", "")], _log);
        Assert.Equal(1, rig.Account.ConnectionsRefusedFor[(int)ConnectionRefusal.HeadCutOff]);
    }

    [Fact]
    public async Task ConnectionWithoutARequest_IsNotLogged()
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address, options: Logging);
        using (await rig.ConnectAsync())
        {
            await ClientGoneTests.UntilAsync(() => rig.Account.OpenConnections == 1);
        }

        await ClientGoneTests.UntilAsync(() => rig.Account.OpenConnections == 0);
        await rig.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await ClientGoneTests.UntilAsync(() => rig.Account.OpenConnections == 0);
        Assert.Equal(200, _log.Single().Status);
        Assert.Null(_log.Single().Reason);
    }

    [Theory]
    [InlineData("GET", "no route matches this request")]
    [InlineData("HEAD", "")]
    public async Task AnswerOfTheProxy_SaysWhy(string method, string text)
    {
        var config = ProxyRig.ConfigOf(TestServer.Nobody(), shadow: null, same => same);
        await using var rig = new ProxyRig(config with
        {
            Listeners = [config.Listeners[0] with { Servers = [config.Listeners[0].Servers[0] with { VirtualHosts = [] }] }],
        });
        var answer = await rig.SendAsync($"{method} / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal((404, text), StatusAndText(answer));
        Assert.Equal(("29", "text/plain"), (answer["content-length"], answer["content-type"]));
    }

    /// <summary>A new error needs a sentence and a name.</summary>
    [Fact]
    public void EveryError_HasANameAndASentenceOfItsOwn()
    {
        foreach (var error in Enum.GetValues<Http1Error>())
        {
            Assert.Matches("^[a-z0-9-]+$", RefusedRequest.NameOf(error));
            Assert.NotEmpty(RefusedRequest.TextOf(error).ToArray());
        }

        Assert.Equal("conflicting-content-lengths", RefusedRequest.NameOf(Http1Error.ConflictingContentLengths));
        Assert.Equal("transfer-encoding-in-http10", RefusedRequest.NameOf(Http1Error.TransferEncodingInHttp10));
    }

    private static (int Status, string Text) StatusAndText(RawMessage answer) => (answer.Status, answer.Text);

    private ProxyOptions Logging(ProxyOptions options) => options with
    {
        Observer = (in AccessEntry entry) => _log.Enqueue(new Logged(
            entry.Status,
            entry.Reason,
            entry.Client.Address.ToString(),
            Encoding.Latin1.GetString(entry.Method),
            Encoding.Latin1.GetString(entry.Target))),
    };

    private sealed record Logged(int Status, string? Reason, string Client, string Method, string Target);
}
