using System.Text.Json;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>HAR files of browsers, from the file to the target and the accounts.</summary>
public sealed class ReplayHarTests : IDisposable
{
    private const string Har = """
        {"log":{"entries":[
          {"startedDateTime":"2026-01-01T00:00:00Z","request":{"method":"GET","url":"http://shop/page"},"response":{"status":200}},
          {"request":{"method":"GET","url":"data:text/plain,x"}},
          {"request":{"method":"GET","url":"http://shop/c"},"_fromCache":"disk"},
          {"startedDateTime":"2026-01-01T00:00:00.001Z","request":{"method":"POST","url":"http://shop/upload",
            "headers":[{"name":"Content-Length","value":"541"}]},"response":{"status":200}},
          {"startedDateTime":"2026-01-01T00:00:00.002Z","request":{"method":"GET","url":"http://shop/last"},"response":{"status":200}}]}}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-har-").FullName;
    private readonly string _har;

    public ReplayHarTests()
    {
        _har = Path.Combine(_folder, "a.har");
        File.WriteAllText(_har, Har);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Replay_BrowsersFile_SendsWhatAServerSawAndTellsTheRest()
    {
        using var sink = Sink.Open();
        var ended = await RunningParallax.Run("replay", _har, "--to", sink.Url);

        Assert.Equal(0, ended.ExitCode);
        Assert.Equal(["/page", "/last"], sink.Targets.Order(StringComparer.Ordinal).Reverse());
        Assert.Contains(
            "left out: not HTTP 1 · answered by the browser's cache 1 · requests whose body is not in the file 1",
            ended.Errors,
            StringComparison.Ordinal);
        Assert.Contains("dropped: request-incomplete 1", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_Json_CountsByReason()
    {
        using var sink = Sink.Open();
        var ended = await RunningParallax.Run("replay", _har, "--to", sink.Url, "--json", "--loop", "2");
        var leftOut = JsonDocument.Parse(ended.Output).RootElement.GetProperty("leftOut");

        Assert.Equal((2, 2, 2), (Number("not-http"), Number("from-cache"), Number("body-not-in-file")));
        int Number(string reason) => leftOut.GetProperty(reason).GetInt32();
    }

    [Fact]
    public async Task InspectAndConvert_BrowsersFile_TellWhatWasLeftOut()
    {
        var inspected = await RunningParallax.Run("inspect", _har);
        var json = await RunningParallax.Run("inspect", _har, "--json");
        var converted = await RunningParallax.Run("convert", _har, Path.Combine(_folder, "a.plx"));

        Assert.Contains("left out   not HTTP 1 · answered by the browser's cache 1", inspected.Output, StringComparison.Ordinal);
        var recording = JsonDocument.Parse(json.Output).RootElement.GetProperty("recording");
        Assert.Equal(1, recording.GetProperty("leftOut").GetProperty("not-http").GetInt32());
        Assert.Contains("warning: 1 entries left out: not HTTP", converted.Errors, StringComparison.Ordinal);
        Assert.Contains("warning: 1 requests whose body is not in the file; they", converted.Errors, StringComparison.Ordinal);
        Assert.Equal((0, 0), (inspected.ExitCode, converted.ExitCode));
    }

    [Fact]
    public async Task Replay_NothingToSend_SaysWhy()
    {
        const string har = """{"log":{"entries":[{"request":{"method":"GET","url":"blob:x"}}]}}""";
        await File.WriteAllTextAsync(_har, har, TestContext.Current.CancellationToken);
        var ended = await RunningParallax.Run("replay", _har, "--to", "http://127.0.0.1:9", "-q");

        Assert.Equal(1, ended.ExitCode);
        Assert.Equal("parallax: nothing was sent: left out: not HTTP 1", ended.Errors);
    }
}
