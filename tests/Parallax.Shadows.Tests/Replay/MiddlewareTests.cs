using System.Collections.Concurrent;
using System.Text;
using Parallax.Shadows.Replay;
using Parallax.TestKit;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Tests.Replay;

/// <summary>Middlewares right and wrong, each a few lines of shell.</summary>
public sealed class MiddlewareTests : IDisposable
{
    private const int Requests = 20;

    private const string Echo = "while read -r line; do printf '%s\\n' \"$line\"; done";

    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-middleware-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Run_Echoing_EveryRequestIsSentAsItWas()
    {
        var (account, seen) = await Replay(Echo);
        Assert.Equal(Paths(), seen);
        Assert.Equal((Requests, Requests, 0), Numbers(account));
        Assert.Equal(0, account.Middleware!.Rubbish + account.Middleware.Strays);
        Assert.False(account.Middleware.EndedEarly);
    }

    [Fact]
    public async Task Run_LargeBody_ComesBackWhole()
    {
        var body = new string('x', 700_000);
        var length = 0;
        using var server = new TestServer(async peer =>
        {
            length = (await peer.ReadAsync())!.Body.Length;
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        using var rig = new ReplayRig(
            server.Address, [new($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {body.Length}\r\n\r\n{body}")])
        {
            Sending = new() { Middleware = new() { Command = "cat", Timeout = TimeSpan.FromSeconds(20) } },
        };
        Assert.Equal((1, 1, 0), Numbers(await rig.Run()));
        Assert.Equal(body.Length, length);
    }

    [Fact]
    public async Task Run_Pooled_EveryRequestIsSent()
    {
        var (account, seen) = await Replay(Echo, keepsSessions: false);
        Assert.Equal(Paths().Order(), seen.Order());
        Assert.Equal((Requests, Requests, 0), Numbers(account));
    }

    [Fact]
    public async Task Run_DelayingAndReordering_EveryRequestIsSent()
    {
        // Two lines are read before the second and then the first is handed back.
        var (account, seen) = await Replay(
            "while read -r a; do read -r b; printf '%s\\n%s\\n' \"$b\" \"$a\"; done", keepsSessions: false);
        Assert.Equal(Paths().Order(), seen.Order());
        Assert.Equal((Requests, Requests, 0), Numbers(account));
    }

    [Fact]
    public async Task Run_Changing_TheChangedRequestsAreSent()
    {
        // "GET /" → "GET /v2/", 20 is the blank.
        var (account, seen) = await Replay("sed -u 's/474554202f/474554202f76322f/'");
        Assert.Equal(Paths().Select(path => "/v2" + path), seen);
        Assert.Equal((Requests, Requests, Requests), Numbers(account));
    }

    [Fact]
    public async Task Run_AllThreeMessages_AreGivenInOrder()
    {
        var log = Path.Combine(_folder, "log");
        var (account, _) = await Replay($"tee '{log}'");
        var lines = File.ReadLines(log).Select(line => Encoding.Latin1.GetString(Convert.FromHexString(line))).ToList();
        Assert.Equal(3 * Requests, lines.Count);
        for (var at = 0; at < Requests; at++)
        {
            var id = lines[3 * at].Split(' ')[1];
            Assert.Equal(24, id.Length);
            Assert.StartsWith($"1 {id} 17000000000{at:00}000000 0\nGET /{at} HTTP/1.1\r\n", lines[3 * at]);
            Assert.StartsWith($"2 {id} ", lines[(3 * at) + 1]);
            Assert.EndsWith($"\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold", lines[(3 * at) + 1]);
            Assert.StartsWith($"3 {id} ", lines[(3 * at) + 2]);
            Assert.EndsWith("\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", lines[(3 * at) + 2]);
        }

        Assert.Equal(0, account.Middleware!.ResponsesMissed);
    }

    [Fact]
    public async Task Run_Filtering_WhatIsNotHandedBackIsDropped()
    {
        // All but "GET /7 ".
        var (account, seen) = await Replay("grep --line-buffered -v 474554202f3720", timeout: 0.2);
        Assert.DoesNotContain("/7", seen);
        Assert.InRange(account.Dropped[(int)DropReason.MiddlewareSilent], 1, Requests);
        Assert.Equal(Requests, account.Dropped[(int)DropReason.MiddlewareSilent] + account.Shadow.Answered);
    }

    [Fact]
    public async Task Run_SilentForEver_EverythingIsDroppedAndTheReplayEnds()
    {
        var (account, seen) = await Replay("cat > /dev/null", timeout: 0.01);
        Assert.Empty(seen);
        Assert.Equal(Requests, account.Dropped[(int)DropReason.MiddlewareSilent]);
    }

    [Fact]
    public async Task Run_StopsReading_BusyThenSilent()
    {
        // The first request fills the pipe, the second the line before it.
        var (account, seen) = await Replay(
            "exec sleep 1000", timeout: 0.01, maxWaitingBytes: 150_000, keepsSessions: false, body: new string('x', 100_000));
        Assert.Empty(seen);
        Assert.True(account.Dropped[(int)DropReason.MiddlewareBusy] > 0);
        Assert.Equal(
            Requests, account.Dropped[(int)DropReason.MiddlewareBusy] + account.Dropped[(int)DropReason.MiddlewareSilent]);
    }

    [Fact]
    public async Task Run_SlowToStart_NothingIsGivenUpMeanwhile()
    {
        // It takes far longer to start than it may keep a request.
        var (_, seen) = await Replay($"sleep 0.1; {Echo}", timeout: 0.001, startPatience: 60);
        Assert.Equal("/0", seen[0]);
    }

    [Fact]
    public async Task Run_Dies_TheRestIsDropped()
    {
        var (account, seen) = await Replay("read -r a; echo \"$a\"; read -r b; read -r c; read -r d; echo \"$d\"", timeout: 20);
        Assert.Equal(["/0", "/1"], seen);
        Assert.Equal(Requests - 2, account.Dropped[(int)DropReason.MiddlewareEnded]);
        Assert.True(account.Middleware!.EndedEarly);
    }

    [Fact]
    public async Task Run_PrintsRubbish_IsCountedAndGoodLinesAreTaken()
    {
        var (account, seen) = await Replay("while read -r line; do echo 'no hex'; echo 00; echo; echo 31; echo \"$line\"; done");
        Assert.Equal(Paths(), seen);
        Assert.Equal(3 * 3 * Requests, account.Middleware!.Rubbish);
    }

    [Fact]
    public async Task Run_HandsBackTwiceAndUnasked_StraysAreNotSent()
    {
        var unasked = Convert.ToHexStringLower(Encoding.ASCII.GetBytes("1 abc 5 0\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n"));
        var (account, seen) = await Replay($"while read -r line; do echo {unasked}; echo \"$line\"; echo \"$line\"; done");
        Assert.Equal(Paths(), seen);

        // With each of the three messages of an exchange one that nobody asked for, and the request a second time.
        Assert.Equal(4 * Requests, account.Middleware!.Strays);
    }

    [Fact]
    public async Task Run_HandsBackHalfRequests_AreNeverSent()
    {
        // Without the last LF of the head.
        var (account, seen) = await Replay("sed -u 's/0d0a0d0a$/0d0a0d/'");
        Assert.Empty(seen);
        Assert.Equal(Requests, account.Shadow.Dropped[(int)DropReason.RequestIncomplete]);
    }

    [Fact]
    public async Task Create_NoSuchProgram_SaysSo()
    {
        using var rig = new ReplayRig(TestServer.Nobody(), [])
        {
            Sending = new() { Middleware = new() { Command = "/no/such/program x" } },
        };
        var fault = await Assert.ThrowsAsync<MiddlewareException>(rig.Run);
        Assert.Contains("/no/such/program", fault.Message);
    }

    private static IEnumerable<string> Paths() => Enumerable.Range(0, Requests).Select(at => $"/{at}");

    private static (long Asked, long Sent, long Changed) Numbers(ReplayTargetAccount account) =>
        (account.Middleware!.Asked, account.Shadow.Answered, account.Middleware.Changed);

    private async Task<(ReplayTargetAccount Account, IReadOnlyList<string> Seen)> Replay(
        string script,
        double timeout = 20,
        bool keepsSessions = true,
        long maxWaitingBytes = 1 << 20,
        string? body = null,
        double startPatience = 0)
    {
        var path = Path.Combine(_folder, "middleware.sh");
        await File.WriteAllTextAsync(path, script);
        var seen = new ConcurrentQueue<string>();
        using var server = new TestServer(async peer =>
        {
            while (await peer.ReadAsync() is { } request)
            {
                seen.Enqueue(request.Line.Split(' ')[1]);
                await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        });
        var entries = Enumerable.Range(0, Requests).Select(at => ListedEntries.Get($"/{at}", 1, at)).Select(entry => entry with
        {
            Request = body is null ? entry.Request : entry.Request.Replace("\r\n\r\n", $"\r\nContent-Length: {body.Length}\r\n\r\n{body}"),
            Response = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold",
        });
        using var rig = new ReplayRig(server.Address, [.. entries])
        {
            Sending = new()
            {
                KeepsSessions = keepsSessions,
                Middleware = new()
                {
                    Command = $"sh {path}",
                    Timeout = TimeSpan.FromSeconds(timeout),
                    MaxWaitingBytes = maxWaitingBytes,
                    StartPatience = TimeSpan.FromSeconds(startPatience),
                },
            },
        };
        return (await rig.Run(), [.. seen]);
    }
}
