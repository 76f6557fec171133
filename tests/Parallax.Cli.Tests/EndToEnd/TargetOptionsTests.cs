using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>Two targets of which each has other options, of a capture and of a proxy; and which sessions are sampled.</summary>
public sealed class TargetOptionsTests
{
    private const int Sessions = 40;
    private const int RequestsOfEach = 3;

    [Theory]
    [InlineData("capture")]
    [InlineData("proxy")]
    public async Task TwoShares_TheSmallerTargetGetsWholeSessionsOfTheLarger(string vantage)
    {
        using var small = Sink.Open();
        using var large = Sink.Open();
        var ended = await Run(
            vantage, $"{small.Url},percent=20", large.Url, "--percent", "60", "--sticky-by", "header:x-user", "--json");
        var (few, many) = (SessionsAt(small), SessionsAt(large));
        Assert.InRange(few.Count, 1, many.Count - 1);
        Assert.InRange(many.Count, few.Count + 1, Sessions - 1);
        Assert.Subset(many, few);
        AssertCounted(Mirror(ended, 0), few.Count);
        AssertCounted(Mirror(ended, 1), many.Count);
    }

    [Theory]
    [InlineData("capture")]
    [InlineData("proxy")]
    public async Task OwnOptions_TakeThePlaceOfThoseOfTheRun(string vantage)
    {
        using var own = Sink.Open();
        using var other = Sink.Open();
        await Run(
            vantage,
            $"{own.Url},host=b.internal,set-header=x-env: b,remove-header=x-user",
            $"{other.Url},set-header=x-tag:2",
            "--shadow-host", "same", "--set-header", "x-env: all");
        Assert.Equal(Sessions * RequestsOfEach, own.Requests.Count);
        Assert.All(own.Requests, request => Assert.Equal(
            ("b.internal", "b", "", ""),
            (Value(request, "host"), Value(request, "x-env"), Value(request, "x-user"), Value(request, "x-tag"))));
        Assert.Equal(Sessions * RequestsOfEach, other.Requests.Count);
        Assert.All(other.Requests, request => Assert.Equal(
            ("shop", "all", "2"), (Value(request, "host"), Value(request, "x-env"), Value(request, "x-tag"))));
    }

    [Theory]
    [InlineData("capture")]
    [InlineData("proxy")]
    public async Task OwnRateAndTimeout_HoldForThatTargetAlone(string vantage)
    {
        // Nothing answers there: for an hour, if it were not for the target's own time.
        using var silent = Sink.Open((_, _) => Task.CompletedTask);
        using var other = Sink.Open();
        string[] options = ["--json", "--grace", "60s", vantage == "capture" ? "--timeout" : "--mirror-timeout", "1h"];
        var ended = await Run(vantage, $"{silent.Url},timeout=20ms,rate=0.001/s", other.Url, options);
        Assert.Equal(Sessions * RequestsOfEach, other.Requests.Count);
        Assert.Single(silent.Requests);
        var (own, shared) = (Mirror(ended, 0), Mirror(ended, 1));
        Assert.Equal(
            (Sessions * RequestsOfEach) - 1, own.GetProperty("droppedByPolicy").GetProperty("rate-limit").GetInt64());
        Assert.Empty(shared.GetProperty("droppedByPolicy").EnumerateObject());
        Assert.Contains("\"failed\":{\"response-timeout\":1}", ended.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("capture")]
    [InlineData("proxy")]
    public async Task Seed_ChoosesTheSameSessionsAgainAndAnotherOneOthers(string vantage)
    {
        var first = await Chosen(vantage, "--sticky-by", "header:x-user", "--sample-seed", "monday");
        Assert.Equal(first, await Chosen(vantage, "--sticky-by", "header:x-user", "--sample-seed", "monday"));
        Assert.NotEqual(first, await Chosen(vantage, "--sticky-by", "header:x-user", "--sample-seed", "tuesday"));
        Assert.NotEqual(first, await Chosen(vantage, "--sticky-by", "header:x-user"));
    }

    [Fact]
    public async Task Seed_WithoutSessions_ChoosesTheSameRequestsOfAFile()
    {
        var first = await Chosen("capture", "--sample-seed", "7");
        Assert.Equal(first, await Chosen("capture", "--sample-seed", "7"));
        Assert.NotEqual(first, await Chosen("capture", "--sample-seed", "8"));
    }

    [Theory]
    [InlineData("capture")]
    [InlineData("proxy")]
    public async Task Text_SaysHowManySessionsWereSampled(string vantage)
    {
        using var sink = Sink.Open();
        using var other = Sink.Open();
        var ended = await Run(vantage, $"{sink.Url},percent=30", other.Url, "--sticky-by", "header:x-user");
        Assert.Contains($"sessions sampled: {SessionsAt(sink).Count} of {Sessions}\n", ended.Errors, StringComparison.Ordinal);
        Assert.Contains($"sessions sampled: {Sessions} of {Sessions}\n", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sessions_OfRequestsThatRulesDeny_AreNotCounted()
    {
        using var sink = Sink.Open();
        using var other = Sink.Open();
        var ended = await Run(
            "capture", sink.Url, other.Url, "--sticky-by", "header:x-user", "--allow", "path:^/1[0-9]/", "--json");
        Assert.Equal((10, 10), (Number(Mirror(ended, 0), "sessions"), Number(Mirror(ended, 0), "sessionsSampled")));
    }

    [Fact]
    public async Task Headers_TooMany_IsOneLine()
    {
        var headers = string.Concat(Enumerable.Range(0, 31).Select(number => $",set-header=x-{number}: 1"));
        var shared = Enumerable.Range(31, 30).SelectMany(number => (string[])["--set-header", $"x-{number}: 1"]);
        var ended = await RunningParallax.Run(["capture", "--vxlan", "0", "--to", $"http://127.0.0.1:9{headers}", .. shared]);
        Assert.Equal((2, "parallax: --set-header: 61 headers of a copy are to change; 60 at most"), (ended.ExitCode, ended.Errors));
    }

    private static async Task<string> Chosen(string vantage, params string[] options)
    {
        using var sink = Sink.Open();
        using var other = Sink.Open();
        await Run(vantage, $"{sink.Url},percent=40", other.Url, options);
        return string.Join(' ', sink.Targets.Order(StringComparer.Ordinal));
    }

    private static void AssertCounted(JsonElement mirror, int sessions)
    {
        Assert.Equal(
            (Sessions, sessions, 0),
            (Number(mirror, "sessions"), Number(mirror, "sessionsSampled"), Number(mirror, "sessionsNotCounted")));
        Assert.Equal(
            (Sessions * RequestsOfEach, sessions * RequestsOfEach, (Sessions - sessions) * RequestsOfEach),
            (Number(mirror, "received"), Number(mirror, "offered"), Number(mirror, "notSampled")));
    }

    /// <summary>The sessions of which requests came; each came whole.</summary>
    private static HashSet<string> SessionsAt(Sink sink)
    {
        var sessions = sink.Targets.GroupBy(target => target.Split('/')[1]).ToList();
        Assert.All(sessions, session => Assert.Equal(RequestsOfEach, session.Count()));
        return [.. sessions.Select(session => session.Key)];
    }

    /// <summary>Mirrors the traffic to two targets.</summary>
    private static async Task<Ended> Run(string vantage, string one, string two, params string[] options)
    {
        var ended = vantage == "capture"
            ? await Capture(["--to", one, "--to", two, .. options])
            : await Proxy(["--mirror", one, "--mirror", two, .. options]);
        Assert.Equal(0, ended.ExitCode);
        return ended;
    }

    private static JsonElement Mirror(Ended ended, int mirror) =>
        JsonDocument.Parse(ended.Lines[^1]).RootElement.GetProperty("mirrors")[mirror];

    private static async Task<Ended> Capture(string[] options)
    {
        var packets = Enumerable.Range(0, Sessions).SelectMany(session =>
        {
            var script = new FlowScript(FlowEndpoints.Numbered(session)).Handshake();
            foreach (var request in RequestsOf(session))
            {
                script.Client(request);
            }

            return script.Fin().Segments;
        });
        using var file = new CaptureFile(packets);
        var ended = await RunningParallax.Run(["capture", "--pcap", file.Path, .. options]);
        if (options.Contains("--json"))
        {
            ended.Account.AssertAddsUp();
        }

        return ended;
    }

    private static async Task<Ended> Proxy(string[] options)
    {
        using var primary = Sink.Open();
        using var parallax = RunningParallax.Start(
            ["proxy", "--listen", "127.0.0.1:0", "--loops", "2", "--primary", primary.Url, .. options]);
        var address = (await parallax.LineWith("listening at")).Split("listening at ")[1].Split(',')[0].Trim();
        for (var session = 0; session < Sessions; session++)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPEndPoint.Parse(address), TestContext.Current.CancellationToken);
            await client.GetStream().WriteAsync(
                Encoding.ASCII.GetBytes(string.Concat(RequestsOf(session))), TestContext.Current.CancellationToken);
            await primary.Receive(RequestsOfEach);
        }

        return await parallax.Stop();
    }

    private static IEnumerable<string> RequestsOf(int session) => Enumerable.Range(0, RequestsOfEach)
        .Select(number => $"GET /{session}/{number} HTTP/1.1\r\nHost: shop\r\nX-User: user{session}\r\n\r\n");

    private static string Value(RawMessage request, string name) => string.Join(", ", request.Values(name));

    private static long Number(JsonElement mirror, string name) => mirror.GetProperty(name).GetInt64();
}
