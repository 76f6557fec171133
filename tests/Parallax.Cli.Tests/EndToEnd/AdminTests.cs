using System.Net;
using Parallax.Cli.CommandLine;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>The admin port of a capture and of a replay answers as a proxy's does.</summary>
public sealed class AdminTests : IDisposable
{
    private static readonly string[] Admin = ["--admin", "127.0.0.1:0"];

    private readonly HttpClient _client = new();

    [Fact]
    public async Task Capture_IsReady_TellsItsAccount_AndEndsWhenAsked()
    {
        using var sink = Sink.Open();
        using var parallax = RunningParallax.Start(["capture", "--vxlan", "127.0.0.1:0", "--to", sink.Url, "--json", .. Admin]);
        var line = await parallax.LineWith("admin at");
        using var tap = new VxlanSender(IPEndPoint.Parse(line.Split("vxlan ")[1].Split(',')[0]));
        tap.Send(new FlowScript().Handshake().Client("GET /x HTTP/1.1\r\nHost: a\r\n\r\n").Segments);
        await sink.Receive(1);
        var url = UrlIn(line);
        Assert.Equal("ready\n", await _client.GetStringAsync(url + "ready", TestContext.Current.CancellationToken));
        await AssertStats(
            url,
            "parallax_capture_requests_seen_total 1",
            "parallax_capture_decoded_total{status=\"malformed-ip\"} 0",
            $"parallax_mirror_received_total{{mirror=\"shadow\",cluster=\"{sink.Url}\"}} 1",
            "parallax_shadows_offered_total{cluster=\"shadow\"} 1",
            "# TYPE parallax_shadows_answer_seconds histogram",
            "parallax_faults_total 0");
        await Drain(url);
        var ended = await parallax.End();
        Assert.Equal(0, ended.ExitCode);
        Assert.Equal(1, ended.Account.AssertAddsUp()["requestsComplete"]);
    }

    [Fact]
    public async Task Replay_TellsItsAccount_AndEndsWhenAsked()
    {
        using var sink = Sink.Open();
        var path = Path.GetTempFileName();
        var requests = new[] { 0L, 3_600 }.Select(second =>
            $"1 {second:x16} {(1_700_000_000 + second) * 1_000_000_000} 0\nGET /{second} HTTP/1.1\r\nHost: a\r\n\r\n\n🐵🙈🙉\n");
        await File.WriteAllTextAsync(path, string.Concat(requests), TestContext.Current.CancellationToken);
        using var parallax = RunningParallax.Start(["replay", path, "--to", sink.Url, "--json", .. Admin]);
        var url = UrlIn(await parallax.LineWith("admin at"));
        await sink.Receive(1);
        await AssertStats(
            url,
            "parallax_replay_read_total 2",
            "parallax_replay_dropped_total{reason=\"queue-items\"} 0",
            "parallax_shadows_offered_total{cluster=\"replay\"} 1");
        await Drain(url);
        Assert.Equal(0, (await parallax.End()).ExitCode);
        File.Delete(path);
    }

    public void Dispose() => _client.Dispose();

    private static string UrlIn(string line) => $"http://{line.Split("admin at ")[1].Split(',')[0].Trim()}/";

    private async Task AssertStats(string url, params string[] samples)
    {
        var stats = (await _client.GetStringAsync(url + "metrics", TestContext.Current.CancellationToken)).Split('\n');
        Assert.All(samples, sample => Assert.Contains(sample, stats));

        var version = typeof(ExitCode).Assembly.GetName().Version!.ToString(3);
        Assert.Contains($"parallax_build_info{{version=\"{version}\",dotnet=\"{Environment.Version}\"}} 1", stats);
        Assert.Contains(stats, line => line.StartsWith("parallax_uptime_seconds ", StringComparison.Ordinal));
        foreach (var path in (string[])["stats", "stats/prometheus"])
        {
            Assert.Contains(samples[0], await _client.GetStringAsync(url + path, TestContext.Current.CancellationToken));
        }

        // Each metric is declared once, and no sample stands twice.
        Assert.Equal(stats.Where(line => line.Length > 0).Distinct(), stats.Where(line => line.Length > 0));
    }

    private async Task Drain(string url)
    {
        using var answer = await _client.PostAsync(url + "drain", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }
}
