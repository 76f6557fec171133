using System.Text;
using System.Text.Json;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>Replaying, as a user does it.</summary>
public sealed class ReplayTests : IDisposable
{
    private static readonly FlowScript Traffic = new FlowScript().Handshake()
        .Client("GET /first HTTP/1.1\r\nHost: shop\r\nCookie: sid=s3cret\r\n\r\n")
        .Server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        .Client("GET /second HTTP/1.1\r\nHost: shop\r\n\r\n")
        .Server("HTTP/1.1 204 No Content\r\n\r\n")
        .Fin();

    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-replay-").FullName;
    private readonly CaptureFile _capture = new(Traffic.Segments);

    public void Dispose()
    {
        _capture.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("a.plx")]
    [InlineData("a.gor")]
    [InlineData("a.gor.gz")]
    [InlineData("a.har")]
    [InlineData(null)]
    public async Task Replay_EveryFormat_SendsEveryRequestInOrder(string? name)
    {
        using var sink = Sink.Open();
        var file = name is null ? _capture.Path : await Converted(name, "--keep-raw");
        var account = Account(await RunningParallax.Run("replay", file, "--to", sink.Url, "--json", "--speed", "100x"));

        Assert.Equal(["/first", "/second"], sink.Targets);
        Assert.Equal((2, 2, 0), (Number(account, "due"), Number(account, "answered"), Number(account, "unexplained")));
        Assert.Equal(1, Number(account, "connects"));
    }

    [Fact]
    public async Task Replay_SeveralFilesLoopedAndUnpaced_SendsAll()
    {
        using var sink = Sink.Open();
        var plx = await Converted("a.plx", "--keep-raw");
        var account = Account(await RunningParallax.Run(
            "replay", plx, _capture.Path, "--to", sink.Url, "--json", "--closed", "--workers", "2", "--pooled", "--loop", "3"));
        Assert.Equal((12, 12, 3), (Number(account, "read"), Number(account, "answered"), Number(account, "passes")));
    }

    [Theory]
    [InlineData("a.plx")]
    [InlineData("a.har")]
    [InlineData("a.gor")]
    public async Task Replay_Redacted_IsRefusedUnlessAllowed(string name)
    {
        using var sink = Sink.Open();
        var file = await Converted(name);
        var refused = await RunningParallax.Run("replay", file, "--to", sink.Url);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--allow-redacted", refused.Errors, StringComparison.Ordinal);
        Assert.Empty(sink.Requests);

        var allowed = await RunningParallax.Run("replay", file, "--to", sink.Url, "--allow-redacted", "--json");
        Assert.Equal(2, Number(Account(allowed), "answered"));
        Assert.Equal(name == "a.plx", allowed.Errors.Contains("secrets were replaced", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/first", "--until", "1us")]
    [InlineData("/second", "--from", "1us", "--speed", "max")]
    [InlineData("/second", "--allow", "path:^/s")]
    [InlineData("/first /second", "--from", "1971-01-01", "--until", "2100-01-01T10:00:00.5+02:00")]
    public async Task Replay_Chosen_SendsOnlyThat(string sent, params string[] options)
    {
        using var sink = Sink.Open();
        var file = await Converted("a.plx", "--keep-raw");
        var account = Account(await RunningParallax.Run(["replay", file, "--to", sink.Url, "--json", .. options]));
        Assert.Equal(sent, string.Join(' ', sink.Targets));
        Assert.Equal(sink.Requests.Count, Number(account, "answered"));
    }

    [Fact]
    public async Task Replay_OldName_WorksAndSaysSo()
    {
        using var sink = Sink.Open();
        var file = await Converted("a.plx", "--keep-raw");
        var ended = await RunningParallax.Run("replay", file, "--to", sink.Url, "--json", "-q", "--filter", "path:^/s");
        Assert.Equal("/second", Assert.Single(sink.Targets));
        Assert.Equal("parallax: warning: --filter is called --allow now; the old name goes with the next release", ended.Errors);
    }

    [Theory]
    [InlineData("--speed max and --pace", "--speed", "max", "--pace", "5/s")]
    [InlineData("no speed", "--speed", "fast")]
    [InlineData("no pace", "--pace", "x")]
    [InlineData("--workers needs --closed", "--workers", "3")]
    [InlineData("does not keep", "--pooled", "--map-state", "auto")]
    [InlineData("must be later", "--from", "2s", "--until", "1s")]
    [InlineData("nor an instant", "--from", "yesterday")]
    [InlineData("no whole number", "--loop", "0")]
    [InlineData("rules are missing", "--map-state", "rules")]
    [InlineData("cannot be read", "--map-rules", "/no/such/rules.yaml")]
    [InlineData("needs --middleware", "--middleware-timeout", "1s")]
    [InlineData("--pace does not keep them; leave one out", "--max-gap", "1s", "--pace", "5/s")]
    [InlineData("--speed max does not keep them; leave one out", "--max-gap", "1s", "--speed", "max")]
    public async Task Replay_OptionsThatDoNotFit_SayWhatWouldBeRight(string said, params string[] options)
    {
        var ended = await RunningParallax.Run(["replay", _capture.Path, "--to", "http://127.0.0.1:1", .. options]);
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(said.Split(" and ")[0].Split(' ')[^1], ended.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing was sent: no exchange of the recording is in the time asked for", "--from", "2100-01-01T00:00:00Z")]
    [InlineData("nothing was sent: of 2 exchanges not matched 2", "--deny", "path:.")]
    [InlineData("nothing was answered: refused 2")]
    [InlineData("nothing was answered: refused 2", "--speed", "max", "--json")]
    public async Task Replay_ForNothing_Fails(string said, params string[] options)
    {
        using var nobody = Sink.Closed();
        var ended = await RunningParallax.Run(["replay", await Converted("a.plx", "--keep-raw"), "--to", nobody.Url, "-q", .. options]);
        Assert.Equal((1, $"parallax: {said}"), (ended.ExitCode, ended.Errors));
    }

    [Fact]
    public async Task Replay_StoppedBeforeAnythingWasDue_IsNoFailure()
    {
        const string entries = """
            {"log":{"entries":[
              {"startedDateTime":"2023-11-14T22:13:20Z","request":{"method":"GET","url":"http://a/0"}},
              {"startedDateTime":"2023-11-14T23:13:20Z","request":{"method":"GET","url":"http://a/1"}}]}}
            """;
        var har = Path.Combine(_folder, "a.har");
        await File.WriteAllTextAsync(har, entries, TestContext.Current.CancellationToken);
        using var sink = Sink.Open();
        using var parallax = RunningParallax.Start("replay", har, "--to", sink.Url, "--speed", "0.5x");
        var line = await parallax.LineWith("waiting");
        Assert.EndsWith(" for the next request, recorded at 2023-11-14 23:13:20 UTC; --max-gap cuts such pauses", line);
        await parallax.Signal("TERM");
        var ended = await parallax.End();
        Assert.Equal((0, "/0"), (ended.ExitCode, string.Join(' ', sink.Targets)));
        Assert.Contains("never due, because the run was stopped 1", ended.Errors, StringComparison.Ordinal);

        var cut = await RunningParallax.Run("replay", har, "--to", sink.Url, "--max-gap", "0s");
        Assert.Equal((0, 3), (cut.ExitCode, sink.Requests.Count));
        Assert.DoesNotContain("waiting", cut.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_InItsMiddle_SaysHowItGoesAndWhatItsTargetDoes()
    {
        var har = Path.Combine(_folder, "a.har");
        var entries = Enumerable.Range(0, 2).Select(at =>
            $$$"""{"startedDateTime":"2023-11-14T2{{{at}}}:13:20Z","request":{"method":"GET","url":"http://a/{{{at}}}"}}""");
        await File.WriteAllTextAsync(
            har, $$$"""{"log":{"entries":[{{{string.Join(',', entries)}}}]}}""", TestContext.Current.CancellationToken);
        using var sink = Sink.Closed();
        using var parallax = RunningParallax.Start("replay", har, "--to", sink.Url, "--report", "100ms");
        Assert.Contains(" warning parallax: ", await parallax.LineWith($"{sink.Url} refuses connections since "));
        await parallax.LineWith(" info parallax: 1 due, 0 answered, 1 failed, 0 dropped, next in ");
        await parallax.Signal("USR1");
        await parallax.LineWith(" info parallax: the account so far");
        await parallax.LineWith("1 due = 0 answered + 1 failed + 0 dropped");
        Assert.Equal(1, (await parallax.Stop()).ExitCode);
    }

    [Fact]
    public async Task CaptureFile_StoppedWhileItWaits_SendsNothingThatIsNotDue()
    {
        var traffic = new FlowScript().Handshake()
            .Client("GET /now HTTP/1.1\r\nHost: a\r\n\r\n").Server("HTTP/1.1 204 No Content\r\n\r\n").Wait(TimeSpan.FromHours(18))
            .Client("GET /later HTTP/1.1\r\nHost: a\r\n\r\n").Server("HTTP/1.1 204 No Content\r\n\r\n");
        using var capture = new CaptureFile(traffic.Segments);
        using var sink = Sink.Open();
        using var parallax = RunningParallax.Start("capture", "--pcap", capture.Path, "--speed", "1x", "--to", sink.Url);
        await parallax.LineWith("parallax: waiting ");
        await sink.Receive(1);
        await parallax.Signal("TERM");
        Assert.Equal((0, "/now"), ((await parallax.End()).ExitCode, string.Join(' ', sink.Targets)));
    }

    [Fact]
    public async Task CaptureFile_NobodyAnswers_Fails()
    {
        using var nobody = Sink.Closed();
        var ended = await RunningParallax.Run(
            "capture", "--pcap", _capture.Path, "--to", nobody.Url, "-q", "--queue-timeout", "100ms", "--grace", "1s");
        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith("parallax: nothing was answered: ", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_AccountThatCannotBeWritten_Fails()
    {
        using var sink = Sink.Open();
        using var parallax = RunningParallax.StartThrough(
            ["sh", "-c", "exec \"$@\" > /dev/full", "sh", RunningParallax.Program], "replay", _capture.Path, "--to", sink.Url, "--json");
        var ended = await parallax.End();
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("cannot write to standard output: No space left on device", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_FileNamedTwice_IsWarnedAbout()
    {
        using var sink = Sink.Open();
        var ended = await RunningParallax.Run("replay", _capture.Path, _capture.Path, "--to", sink.Url);
        Assert.Contains("is named 2 times; its packets count once", ended.Errors, StringComparison.Ordinal);
        Assert.Equal(2, sink.Requests.Count);
    }

    [Fact]
    public async Task Convert_StandardInput_IsACapture()
    {
        var path = Path.Combine(_folder, "a.jsonl");
        using var parallax = RunningParallax.StartThrough(
            ["sh", "-c", "cat \"$1\" | \"$0\" convert - \"$2\"", RunningParallax.Program], _capture.Path, path);
        Assert.Equal(0, (await parallax.End()).ExitCode);
        Assert.Equal(2, (await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken)).Length);
        Assert.Matches("\"time\":\"[0-9T:-]*\\.[0-9]{6}Z\"", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Replay_NoSuchFile_SaysSo()
    {
        var ended = await RunningParallax.Run("replay", Path.Combine(_folder, "none.plx"), "--to", "http://127.0.0.1:1");
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("none.plx: no such file", ended.Errors, StringComparison.Ordinal);
    }

    private async Task<string> Converted(string name, params string[] options)
    {
        var path = Path.Combine(_folder, name);
        var ended = await RunningParallax.Run(["convert", _capture.Path, path, .. options]);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return path;
    }

    private static JsonElement Account(Ended ended)
    {
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return JsonDocument.Parse(Encoding.UTF8.GetBytes(ended.Output)).RootElement;
    }

    private static long Number(JsonElement account, string name) => account.GetProperty(name).GetInt64();
}
