using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>Whatever a shadow does, capture goes on and each request is accounted for by reason.</summary>
public class FailingShadowsTests
{
    [Fact]
    public async Task Refusing_FailsEachRequest()
    {
        using var sink = Sink.Closed();
        var account = await Capture(sink, requests: 8, "--queue-timeout", "300ms");
        Assert.InRange(account.Of("failed", "refused"), 1, 8);
        Assert.Equal(8, account.Of("failed", "refused") + account.Of("dropped", "queue-expired"));
    }

    [Fact]
    public async Task Hanging_FailsEachRequest()
    {
        using var sink = Sink.Open((_, _) => new TaskCompletionSource().Task);
        var account = await Capture(sink, requests: 8, "--timeout", "200ms", "--connections", "4");
        Assert.Equal(8, account.Of("failed", "response-timeout"));
    }

    [Fact]
    public async Task Resetting_FailsEachRequest()
    {
        using var sink = Sink.Open((wire, _) =>
        {
            wire.Reset();
            return Task.CompletedTask;
        });
        var account = await Capture(sink, requests: 8);
        Assert.Equal(8, account.Of("failed", "reset") + account.Of("failed", "closed-early"));
    }

    [Fact]
    public async Task AnsweringNonsense_FailsEachRequest()
    {
        using var sink = Sink.Open((wire, _) => wire.WriteAsync("SSH-2.0-OpenSSH_9.2\r\n\r\n"));
        Assert.Equal(8, (await Capture(sink, requests: 8)).Of("failed", "malformed-answer"));
    }

    [Fact]
    public async Task AnsweringForEver_IsCut()
    {
        using var sink = Sink.Open(async (wire, _) =>
        {
            var part = new byte[1 << 20];
            await wire.WriteAsync("HTTP/1.1 200 OK\r\n\r\n");
            while (true)
            {
                await wire.WriteAsync(part);
            }
        });
        var account = await Capture(sink, requests: 2, "--timeout", "60s");
        Assert.Equal((2, 2), (account.Of("answered"), account.Of("answersCut")));
    }

    [Fact]
    public async Task NotYetAnswering_DoesNotHoldUpCapture()
    {
        var answers = new TaskCompletionSource();
        using var slow = Sink.Open(async (wire, request) =>
        {
            await answers.Task;
            await Sink.Ok(wire, request);
        });
        using var quick = Sink.Open();
        using var parallax = RunningParallax.Start(
            "capture", "--vxlan", "127.0.0.1:0", "--to", slow.Url, "--to", quick.Url, "--connections", "2", "--stdout", "--json");
        using var tap = new VxlanSender(await parallax.Receiver());
        tap.Send(Requests("/", 50));

        // All are captured, printed and answered by the other shadow while the slow one has answered none.
        await quick.Receive(50);
        for (var n = 0; n < 50; n++)
        {
            Assert.Contains("\"kind\":\"request\"", await parallax.Output.ReadLineAsync(TestContext.Current.CancellationToken));
        }

        answers.SetResult();
        var account = (await parallax.Stop()).Account.AssertAddsUp();
        Assert.Equal((50, 50), (account.Of("answered", mirror: 0), account.Of("answered", mirror: 1)));
    }

    [Fact]
    public async Task ComingBack_IsServedWithoutARestart()
    {
        using var sink = Sink.Closed();
        using var parallax = RunningParallax.Start(
            "capture", "--vxlan", "127.0.0.1:0", "--to", sink.Url, "--stdout", "--json", "--queue-timeout", "60s");
        using var tap = new VxlanSender(await parallax.Receiver());
        tap.Send(Requests("/while-down/", 3));
        for (var n = 0; n < 3; n++)
        {
            await parallax.Output.ReadLineAsync(TestContext.Current.CancellationToken);
        }

        sink.Listen();
        tap.Send(Requests("/when-up/", 5, wire: 1));
        while (sink.Targets.Count(target => target.StartsWith("/when-up/")) < 5)
        {
            await sink.Receive(1);
        }

        var account = (await parallax.Stop()).Account.AssertAddsUp();
        Assert.Equal((8, 0), (account.Of("answered") + account.Of("failed", "refused"), account.Sum("dropped")));
    }

    [Fact]
    public async Task GoingDownAndComingBack_IsSaidWhenItHappens()
    {
        using var sink = Sink.Closed();
        using var parallax = RunningParallax.Start("capture", "--vxlan", "127.0.0.1:0", "--to", sink.Url, "--queue-timeout", "60s");
        using var tap = new VxlanSender(await parallax.Receiver());
        tap.Send(Requests("/while-down/", 2));
        var down = await parallax.LineWith("refuses connections");
        Assert.Matches($" parallax: {sink.Url} refuses connections since [0-9:]{{8}} UTC; copies wait 60 s, then are dropped$", down);

        sink.Listen();
        tap.Send(Requests("/when-up/", 1, wire: 1));
        Assert.Matches(
            $" parallax: {sink.Url} answers again after [0-9]+ s; 0 copies dropped( and [12] failed)? meanwhile$",
            await parallax.LineWith("answers again"));
        Assert.Equal(0, (await parallax.Stop()).ExitCode);
    }

    [Fact]
    public async Task MirrorOfAProxyRefuses_IsSaidWhenItHappens()
    {
        using var primary = Sink.Open();
        using var shadow = Sink.Closed();
        using var parallax = RunningParallax.Start(
            "proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url, "--mirror", shadow.Url);
        var address = (await parallax.LineWith("listening at ")).Split("listening at ")[1];
        using var client = new HttpClient();
        await client.GetAsync(new Uri($"http://{address}/"), TestContext.Current.CancellationToken);
        Assert.Contains($"{shadow.Url} refuses connections since ", await parallax.LineWith("copies wait"));
        var ended = await parallax.Stop();
        Assert.Equal(0, ended.ExitCode);
        Assert.EndsWith("parallax: no copy was answered: refused 1", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MirrorOfAProxyHasNoAddress_IsSaidWhenItBegins()
    {
        using var primary = Sink.Open();
        using var parallax = RunningParallax.Start(
            "proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url, "--mirror", "http://nobody.invalid:80");
        Assert.EndsWith(
            "no address of nobody.invalid is found; until there is one requests to it are answered 503, and copies are dropped",
            await parallax.LineWith(" warning parallax: "));
        Assert.Equal(0, (await parallax.Stop()).ExitCode);
    }

    [Fact]
    public async Task DownAtTheEnd_DropsAsTargetDownAndSaysSoQuietly()
    {
        using var sink = Sink.Closed();
        using var parallax = RunningParallax.Start(
            "capture", "--vxlan", "127.0.0.1:0", "--to", sink.Url, "--json", "--grace", "0");
        using var tap = new VxlanSender(await parallax.Receiver());
        tap.Send(Requests("/", 8));
        await parallax.LineWith("refuses connections");
        var ended = await parallax.Stop();
        var account = ended.Account.AssertAddsUp();
        Assert.Equal((1, 0), (ended.ExitCode, account.Of("dropped", "shutdown")));
        Assert.InRange(account.Of("dropped", "target-down"), 1, 8);
        Assert.Contains($"parallax: nothing was answered: refused {account.Of("failed", "refused")} · target-down ", ended.Errors);
    }

    [Fact]
    public async Task Quiet_NothingAnswered_IsSaidAndFails()
    {
        using var sink = Sink.Closed();
        using var file = new CaptureFile(Requests("/", 1));
        var ended = await RunningParallax.Run("capture", "--pcap", file.Path, "--speed", "1x", "--to", sink.Url, "-q");
        Assert.Equal((1, "parallax: nothing was answered: refused 1"), (ended.ExitCode, ended.Errors));
    }

    [Fact]
    public async Task FullQueue_DropsAndCounts()
    {
        using var sink = Sink.Open((_, _) => new TaskCompletionSource().Task);
        var account = await Capture(sink, requests: 20, "--timeout", "300ms", "--connections", "1", "--queue", "2");
        Assert.InRange(account.Of("dropped", "queue-items"), 1, 19);
        Assert.Equal(20, account.Of("dropped", "queue-items") + account.Of("failed", "response-timeout"));
    }

    /// <summary>Sends requests, ends the run once they arrived, and returns the account, which adds up.</summary>
    private static async Task<Account> Capture(Sink sink, int requests, params string[] options)
    {
        using var parallax = RunningParallax.Start(["capture", "--vxlan", "127.0.0.1:0", "--to", sink.Url, "--json", .. options]);
        using var tap = new VxlanSender(await parallax.Receiver());
        tap.Send(Requests("/", requests));
        var ended = await parallax.Stop();
        Assert.Equal(requests, ended.Account["requestsComplete"]);
        var account = ended.Account.AssertAddsUp();
        Assert.Equal(account.Of("answered") > 0 ? 0 : 1, ended.ExitCode);
        return account;
    }

    private static IReadOnlyList<ScriptedSegment> Requests(string path, int count, int wire = 0)
    {
        var script = new FlowScript(FlowEndpoints.Numbered(wire)).Handshake();
        for (var n = 0; n < count; n++)
        {
            script.Client($"GET {path}{n} HTTP/1.1\r\nHost: a\r\n\r\n");
        }

        return script.Segments;
    }
}
