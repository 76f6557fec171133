using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Parallax.Cli.Tests.EndToEnd;
using Parallax.Recording.Files;
using Parallax.Runs.Replaying;
using Parallax.TestKit;
using Parallax.Traffic.Counters;

namespace Parallax.Cli.Tests.Documentation;

/// <summary>docs/json.md against what the program prints: no property is missing in the page, and none is there that is never printed.
/// </summary>
public sealed partial class JsonPageTests : IDisposable
{
    private const string Body = "{\"a\":1}";

    private static readonly string Page = File.ReadAllText(Path.Combine(RealData.Root, "docs", "json.md"));

    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-json-").FullName;
    private readonly CaptureFile _capture = new(new FlowScript().Handshake()
        .Client($"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: {Body.Length}\r\n\r\n{Body}")
        .Server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").Segments);

    public void Dispose()
    {
        _capture.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Lines_OfExchangesAndTheAccountOfACapture_AreThoseOfThePage()
    {
        using var sink = Sink.Open();
        var captured = await Lines(
            "capture", "--pcap", _capture.Path, "--stdout", "--json", "--to", sink.Url, "--record", PathOf("a.plx"), "--record-shadows");
        await Lines("convert", PathOf("a.plx"), PathOf("a.jsonl"));

        AssertSame("JSON lines of exchanges", [captured[0], .. Objects(File.ReadAllText(PathOf("a.jsonl")))]);
        AssertSame("capture --json", [captured[^1]], "capture", "mirrors", "recording");
    }

    [Fact]
    public async Task Inspect_OfCapturesAndRecordings_IsThatOfThePage()
    {
        await Lines("convert", _capture.Path, PathOf("a.plx"));
        await Lines("convert", _capture.Path, PathOf("a.jsonl"));
        File.AppendAllText(PathOf("a.jsonl"), "{");

        AssertSame(
            "inspect --json",
            [
                .. await Lines("inspect", _capture.Path, "--json"), .. await Lines("inspect", PathOf("a.plx"), "--json"),
                .. await Lines("inspect", PathOf("a.jsonl"), "--json"),
            ],
            "capture", "recording.leftOut", "all.byClass", "endpoints[].byClass");
    }

    [Fact]
    public async Task Validate_OfADocumentWithFindings_IsThatOfThePage()
    {
        File.WriteAllText(PathOf("a.yaml"), "kind: Unknown\n");

        AssertSame("validate --json", await Lines("validate", "-f", PathOf("a.yaml"), "--json"));
    }

    [Fact]
    public async Task AccessLogAndAccount_OfAProxy_AreThoseOfThePage()
    {
        using var primary = Sink.Open();
        using var shadow = Sink.Open();
        using var parallax = RunningParallax.Start(
            "proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url, "--mirror", shadow.Url, "--json",
            "--access-log", PathOf("log"), "--record", PathOf("p.plx"));
        var address = IPEndPoint.Parse((await parallax.LineWith("listening at ")).Split("listening at ")[1].Split(',')[0]);
        using var client = new HttpClient();
        using var response = await client.GetAsync(new Uri($"http://{address}/a"), TestContext.Current.CancellationToken);
        await shadow.Receive(1);
        var account = Objects((await parallax.Stop()).Lines[^1]);
        var log = Objects(File.ReadAllText(PathOf("log")));

        AssertSame("Of a request", log.Where(line => line.GetProperty("kind").GetString() == "request"));
        AssertSame("Of a copy", log.Where(line => line.GetProperty("kind").GetString() == "copy"));
        AssertSame("proxy --json", account, "proxy", "mirrors", "shadows", "recording");
    }

    [Fact]
    public async Task Replay_WithRulesAndMiddleware_IsThatOfThePage()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no cat");
        using var sink = Sink.Open();
        File.WriteAllText(PathOf("rules.yaml"), "- name: a\n  cookie: a\n");
        var lines = await Lines(
            "replay", _capture.Path, "--to", sink.Url, "--json", "--map-rules", PathOf("rules.yaml"), "--middleware", "cat");

        AssertSame("replay --json", lines, [.. KeysOf(ReplayTable.All), .. KeysOf(ReplayTable.Sent),
            .. KeysOf(ReplayTable.Middleware).Select(key => "middleware." + key)]);
    }

    [Fact]
    public void Counters_OfARecording_AreExplainedWhereThePagePoints() =>
        Assert.All(KeysOf(RecorderTable.All), key => Assert.Contains(
            $"`{key}`", File.ReadAllText(Path.Combine(RealData.Root, "docs", "metrics.md")), StringComparison.Ordinal));

    private static void AssertSame(string section, IEnumerable<JsonElement> objects, params string[] counters)
    {
        var printed = objects.SelectMany(each => PathsIn(each, "")).Distinct()
            .Where(path => !counters.Any(counter => path.StartsWith(counter + ".", StringComparison.Ordinal)
                || path.StartsWith(counter + "[]", StringComparison.Ordinal))).ToList();
        var told = PathsOf(section);

        // An object that holds counters only is told of; a counter beside other properties is not.
        var beside = counters.Except(told).ToList();
        Assert.Equal(
            told.Order(StringComparer.Ordinal),
            printed.Except(beside).Order(StringComparer.Ordinal));
    }

    private static List<string> PathsOf(string section)
    {
        var begin = Regex.Match(Page, $"^##+ {Regex.Escape(section)}$", RegexOptions.Multiline);
        Assert.True(begin.Success, $"docs/json.md has no section {section}");
        var text = Page[(begin.Index + begin.Length)..];
        var end = text.IndexOf("\n##", StringComparison.Ordinal);
        return [.. (end < 0 ? text : text[..end]).Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(line => Name().Matches(line.Split('|')[1]).Select(match => match.Groups[1].Value))];
    }

    private static IEnumerable<string> PathsIn(JsonElement element, string path) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(each =>
            PathsIn(each.Value, path.Length == 0 ? each.Name : $"{path}.{each.Name}").Prepend(
                path.Length == 0 ? each.Name : $"{path}.{each.Name}")),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(each => PathsIn(each, path + "[]")),
        _ => [],
    };

    private static IEnumerable<string> KeysOf<TAccount>(CounterTable<TAccount> table) =>
        table.Counters.Select(counter => counter.Key).Concat(table.Maps.Select(map => map.Key));

    private static List<JsonElement> Objects(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    private static async Task<List<JsonElement>> Lines(params string[] command) => Objects((await RunningParallax.Run(command)).Output);

    private string PathOf(string name) => Path.Combine(_folder, name);

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Name();
}
