using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>A middleware written for GoReplay, with GoReplay's own package, on a recording of GoReplay's format.</summary>
public sealed class ReplayMiddlewareTests : IDisposable
{
    private const int Sessions = 10;
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    private static readonly string Script = Path.Combine(RealData.Root, "testdata", "middleware", "token-rewriting.js");

    private readonly ConcurrentDictionary<string, bool> _issued = [];
    private readonly string _recording = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".gor");

    public ReplayMiddlewareTests() => File.WriteAllText(_recording, Recording());

    public void Dispose() => File.Delete(_recording);

    [Fact]
    public async Task Replay_TokenRewritingExample_EveryRequestIsServed()
    {
        var packages = Needs.GorMiddleware();
        var account = await Replay("--middleware", $"env NODE_PATH={packages} node {Script}", "--middleware-timeout", "30s");
        Assert.Equal(3 * Sessions, Answered(account, "2xx"));
        Assert.Equal(2 * Sessions, account.GetProperty("middleware").GetProperty("changed").GetInt64());
    }

    [Fact]
    public async Task Replay_WithoutIt_OnlyLoginsAreServed()
    {
        var account = await Replay();
        Assert.Equal((Sessions, 2 * Sessions), (Answered(account, "2xx"), Answered(account, "4xx")));
    }

    [Fact]
    public async Task Replay_MiddlewareThatCannotBeStarted_SaysSo()
    {
        var ended = await RunningParallax.Run("replay", _recording, "--to", "http://127.0.0.1:1", "--middleware", "/no/such/program");
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("\"/no/such/program\" cannot be started", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_MiddlewareThatEnds_SaysSoAndFails()
    {
        using var sink = Sink.Open();
        var ended = await RunningParallax.Run("replay", _recording, "--to", sink.Url, "--speed", "max", "--middleware", "true");
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("the middleware ended before the replay", ended.Errors, StringComparison.Ordinal);
        Assert.Contains("middleware-ended", ended.Errors, StringComparison.Ordinal);
        Assert.Empty(sink.Requests);
    }

    [Fact]
    public async Task Replay_MiddlewareWithALineWithoutEnd_TakesNoMemory()
    {
        var ended = await RunningParallax.Run(
            "replay", _recording, "--to", "http://127.0.0.1:1", "--memory-limit", "128mb", "--middleware", "head -c 200000000 /dev/zero");
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("the middleware ended before the replay", ended.Errors, StringComparison.Ordinal);
    }

    private static string Recording()
    {
        var text = new StringBuilder();
        for (var session = 0; session < Sessions; session++)
        {
            var token = $"recorded{session}";
            Exchange(session, 0, "GET /login HTTP/1.1\r\nHost: a\r\n\r\n", Issuing(token));
            for (var use = 1; use < 3; use++)
            {
                Exchange(session, use, $"GET /use HTTP/1.1\r\nHost: a\r\nAuth-Token: {token}\r\n\r\n", Ok);
            }
        }

        return text.ToString();

        void Exchange(int session, int number, string request, string response)
        {
            var id = $"{40_000 + session:x4}00507f000001{number:x8}";
            var time = 1_700_000_000_000_000_000 + (((number * 20) + session) * 1_000_000);
            text.Append(CultureInfo.InvariantCulture, $"1 {id} {time} 0\n{request}\n🐵🙈🙉\n");
            text.Append(CultureInfo.InvariantCulture, $"2 {id} {time + 500_000} 0\n{response}\n🐵🙈🙉\n");
        }
    }

    private static string Issuing(string token) => $"HTTP/1.1 200 OK\r\nX-Set-Token: {token}\r\nContent-Length: 0\r\n\r\n";

    private static long Answered(JsonElement account, string status) =>
        account.GetProperty("answeredByClass").TryGetProperty(status, out var count) ? count.GetInt64() : 0;

    private async Task<JsonElement> Replay(params string[] options)
    {
        using var sink = Sink.Open(async (wire, request) =>
        {
            var token = Guid.NewGuid().ToString("N");
            var answer = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
            if (request.Target == "/login")
            {
                _issued[token] = true;
                answer = Issuing(token);
            }
            else if (request.Values("Auth-Token") is [var shown] && _issued.ContainsKey(shown))
            {
                answer = Ok;
            }

            await wire.WriteAsync(answer);
        });
        var ended = await RunningParallax.Run(["replay", _recording, "--to", sink.Url, "--map-state", "off", "--json", .. options]);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return JsonDocument.Parse(ended.Output).RootElement;
    }
}
