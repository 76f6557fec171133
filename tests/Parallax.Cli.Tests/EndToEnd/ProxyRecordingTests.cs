using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary><c>parallax proxy --record</c>, and what comes of the recording.</summary>
public sealed class ProxyRecordingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-proxy-recording-").FullName;
    private bool _isMounted;

    public void Dispose()
    {
        if (_isMounted)
        {
            Run("umount", _folder);
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task RecordThenReplay_EveryRequestComesAgainAsTheClientSentIt()
    {
        using var primary = Sink.Open();
        var (ended, recording) = await RecordAsync(primary, 20, 100, "--keep-raw");
        Assert.Equal((20, 20), (Number(recording, "offered"), Number(recording, "recorded")));
        Assert.Equal(0, ended.ExitCode);

        using var other = Sink.Open();
        var file = Path.Combine(_folder, "a.plx");
        var replayed = await RunningParallax.Run("replay", file, "--to", other.Url, "--speed", "max", "--shadow-host", "same", "--json");
        Assert.Equal(20, JsonDocument.Parse(replayed.Output).RootElement.GetProperty("answered").GetInt64());
        Assert.Equal(primary.Targets.Order(), other.Targets.Order());
        Assert.Equal(20, other.Requests.Count(request => request.Values("Authorization") is ["Bearer s3cret"]));
        Assert.Equal(20, other.Requests.Count(request => request.Body.Length == 100));
    }

    [Fact]
    public async Task RecordShadows_OneAnswersAndOneIsDown_EveryExchangeHasBoth()
    {
        using var primary = Sink.Open();
        using var shadow = Sink.Open();
        var (_, recording) = await RecordAsync(
            primary, 10, 100, "--record-shadows", "--mirror", shadow.Url, "--mirror", "http://127.0.0.1:1");
        var file = Path.Combine(_folder, "a.jsonl");
        await RunningParallax.Run("convert", Path.Combine(_folder, "a.plx"), file);

        Assert.Equal((10, 20), (Number(recording, "recorded"), Number(recording, "shadows")));
        Assert.All(File.ReadLines(file), line => Assert.Equal(
            [(false, "200"), (true, "")],
            JsonDocument.Parse(line).RootElement.GetProperty("shadows").EnumerateArray()
                .Select(each => (each.GetProperty("failure").ValueKind == JsonValueKind.String, each.GetProperty("status").ToString()))
                .Order()));
    }

    [Fact]
    public async Task Record_ByDefault_HoldsNoSecrets()
    {
        using var primary = Sink.Open();
        var (_, recording) = await RecordAsync(primary, 1, 100);
        Assert.Equal(1, Number(recording, "redacted"));
        var octets = await File.ReadAllBytesAsync(Path.Combine(_folder, "a.plx"), TestContext.Current.CancellationToken);
        Assert.Equal((-1, true), (octets.AsSpan().IndexOf("s3cret"u8), octets.AsSpan().IndexOf("POST /0"u8) > 0));
    }

    [Fact]
    public async Task DiskFull_RecordingStops_EveryRequestIsAnswered()
    {
        Needs.Root();
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=1m", "none", _folder) == 0, "needs tmpfs");
        _isMounted = true;
        using var primary = Sink.Open();
        var (ended, recording) = await RecordAsync(primary, 40, 100_000, "--keep-raw");
        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("stopped", ended.Errors, StringComparison.Ordinal);
        Assert.True(recording.GetProperty("dropped").GetProperty("recording-failed").GetInt64() > 0);
        Assert.Equal(40, primary.Requests.Count);
    }

    [Theory]
    [InlineData("--keep-raw")]
    [InlineData("--record-body", "1k")]
    [InlineData("--record-size", "1mb")]
    public async Task Options_WithoutRecord_AreRefused(params string[] options)
    {
        var ended = await RunningParallax.Run(["proxy", "--primary", "http://127.0.0.1:1", "--listen", "127.0.0.1:0", .. options]);
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains($"{options[0]} says something about a recording", ended.Errors, StringComparison.Ordinal);
    }

    private async Task<(Ended Ended, JsonElement Recording)> RecordAsync(Sink primary, int requests, int bodyBytes, params string[] options)
    {
        var file = Path.Combine(_folder, "a.plx");
        using var parallax = RunningParallax.Start(
            ["proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url, "--record", file, "--json", .. options]);
        var address = (await parallax.LineWith("listening at ")).Split("listening at ")[1].Split(',')[0];
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("Authorization", "Bearer s3cret");
        for (var at = 0; at < requests; at++)
        {
            using var body = new ByteArrayContent(new byte[bodyBytes]);
            using var response = await client.PostAsync($"http://{address}/{at}", body, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        var ended = await parallax.Stop();
        return (ended, JsonDocument.Parse(ended.Lines[^1]).RootElement.GetProperty("recording"));
    }

    private static long Number(JsonElement recording, string name) => recording.GetProperty(name).GetInt64();

    private static int Run(params string[] words)
    {
        using var process = Process.Start(words[0], words[1..]);
        process.WaitForExit();
        return process.ExitCode;
    }
}
