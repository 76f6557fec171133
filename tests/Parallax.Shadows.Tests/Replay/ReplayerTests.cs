using System.Collections.Concurrent;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Replay;
using Parallax.TestKit;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Queues;
using Parallax.Traffic.Rewriting;

namespace Parallax.Shadows.Tests.Replay;

public class ReplayerTests
{
    [Fact]
    public async Task Run_200Sessions_EachHasAConnectionAndItsOrder()
    {
        var seen = new ConcurrentDictionary<int, ConcurrentQueue<string>>();
        using var server = new TestServer(async peer =>
        {
            while (await peer.ReadAsync() is { } request)
            {
                seen.GetOrAdd(peer.Number, _ => []).Enqueue(request.Line.Split(' ')[1]);
                await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        });
        var entries = Enumerable.Range(0, 4000).Select(at => ListedEntries.Get($"/{at % 200}/{at / 200}", (at % 200) + 1, at)).ToList();
        using var rig = new ReplayRig(server.Address, entries);
        var account = await rig.Run();
        Assert.Equal(4000, account.Shadow.Answered);
        Assert.Equal(200, server.Accepted);
        Assert.All(seen.Values, paths =>
        {
            var session = paths.First().Split('/')[1];
            Assert.Equal(Enumerable.Range(0, 20).Select(at => $"/{session}/{at}"), paths);
        });
    }

    [Fact]
    public async Task Run_Pooled_SharesFewConnections()
    {
        using var server = new TestServer(TestServer.EchoAsync);
        var entries = Enumerable.Range(0, 1000).Select(at => ListedEntries.Get("/", at + 1)).ToList();
        using var rig = new ReplayRig(server.Address, entries)
        {
            Sending = new() { KeepsSessions = false },
            Limits = new() { MaxConnections = 8 },
        };
        Assert.Equal(1000, (await rig.Run()).Shadow.Answered);
        Assert.InRange(server.Accepted, 1, 8);
    }

    [Fact]
    public async Task Run_ClosedLoop_NeverHasMoreInFlightThanWorkers()
    {
        var (now, most) = (0, 0);
        using var server = new TestServer(async peer =>
        {
            while (await peer.ReadAsync() is not null)
            {
                most = Math.Max(most, Interlocked.Increment(ref now));
                await Task.Yield();
                Interlocked.Decrement(ref now);
                await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        });
        using var rig = new ReplayRig(server.Address, [.. Enumerable.Range(0, 500).Select(at => ListedEntries.Get("/", at + 1))])
        {
            Sending = new() { MaxInFlight = 3, RoomAt = 2 },
            Timing = new() { Pace = new() { IsUnpaced = true }, MaxInFlight = 3 },
        };
        var account = await rig.Run();
        Assert.Equal((500, 0), (account.Shadow.Answered, account.Dropped.Sum()));
        Assert.InRange(most, 1, 3);
    }

    [Fact]
    public async Task Run_HangingTarget_KeepsTheScheduleAndDropsTheRest()
    {
        using var server = new TestServer(peer => peer.HangAsync());
        using var rig = new ReplayRig(server.Address, [.. Enumerable.Range(0, 300).Select(at => ListedEntries.Get("/", at % 5, at))])
        {
            Sending = new() { MaxInFlight = 10 },
            Timing = new() { Pace = new() },
            Grace = TimeSpan.Zero,
        };
        var account = await rig.Run();
        Assert.Equal(290, account.Dropped[(int)DropReason.QueueItems]);
        Assert.Equal(300, account.Offered);
        Assert.Equal(299, rig.Replayer!.Planned.TotalMilliseconds);
        Assert.Equal(10, account.Dropped[(int)DropReason.Shutdown] + account.Shadow.Dropped[(int)DropReason.Shutdown]);
    }

    [Fact]
    public async Task Run_NobodyListens_EveryRequestIsAccountedFor()
    {
        using var rig = new ReplayRig(TestServer.Nobody(), [.. Enumerable.Range(0, 50).Select(at => ListedEntries.Get("/", at + 1, at))])
        {
            Timing = new() { Pace = new() { Speed = 10 } },
            Grace = TimeSpan.FromMilliseconds(50),
        };
        var account = await rig.Run();
        var dropped = account.Dropped.Sum() + account.Shadow.Dropped.Sum();
        Assert.Equal(50, account.Shadow.Failed[(int)FailureReason.Refused] + dropped);
    }

    [Fact]
    public async Task Run_OutOfOrderFile_IsSentInOrder()
    {
        var seen = new ConcurrentQueue<string>();
        using var server = new TestServer(async peer =>
        {
            while (await peer.ReadAsync() is { } request)
            {
                seen.Enqueue(request.Line.Split(' ')[1]);
                await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        });
        using var rig = new ReplayRig(server.Address, [.. new[] { 0, 30, 10, 20, 5 }.Select(at => ListedEntries.Get($"/{at}", 1, at))]);
        await rig.Run();
        Assert.Equal(["/0", "/5", "/10", "/20", "/30"], seen);
    }

    [Fact]
    public async Task Run_Passes_EachHasSessionsOfItsOwn()
    {
        using var server = new TestServer(TestServer.EchoAsync);
        using var rig = new ReplayRig(server.Address, [ListedEntries.Get("/"), ListedEntries.Get("/", milliseconds: 1)])
        {
            Timing = new() { Pace = new() { IsUnpaced = true }, Passes = 3 },
        };
        Assert.Equal(6, (await rig.Run()).Shadow.Answered);
        Assert.Equal((3, 3), (server.Accepted, rig.Replayer!.Passes));
    }

    [Fact]
    public async Task Run_Selection_AccountsForWhatIsLeftOut()
    {
        using var server = new TestServer(TestServer.EchoAsync);
        ListedEntries.Entry[] entries =
        [
            ListedEntries.Get("/early", 1, 0), ListedEntries.Get("/a", 2, 2000), ListedEntries.Get("/b", 3, 2001),
            ListedEntries.Get("/late", 4, 9000), new("", "HTTP/1.1 200 OK\r\n\r\n", 5, 2002),
            new(
                "GET /a HTTP/1.1\r\nHost: a\r\nx-parallax-shadow: m\r\n"
                    + $"x-parallax-shadow-proof: {ShadowMark.OfThisProcess.ProofOf("m")}\r\n\r\n",
                null,
                6,
                2003),
        ];
        Assert.True(ExchangeRule.TryParse("path:^/a", out var rule, out _));
        var selection = new ReplaySelection(new() { Match = new([rule], []) }, ShadowMark.OfThisProcess, new Random(1))
        {
            Span = new() { From = TimeSpan.FromSeconds(1), To = TimeSpan.FromSeconds(8) },
        };
        using var rig = new ReplayRig(server.Address, entries) { Selection = selection };
        Assert.Equal(1, (await rig.Run()).Shadow.Answered);
        Assert.Equal((6, 1, 2, 1, 1, 1), (selection.Read, selection.Selected, selection.OutsideTime, selection.NotMatched,
            selection.WithoutRequest, selection.NotSent));
    }

    [Fact]
    public async Task Run_BetweenInstants_SendsWhatBeganThen()
    {
        using var server = new TestServer(TestServer.EchoAsync);
        var entries = Enumerable.Range(0, 10).Select(at => ListedEntries.Get("/", at + 1, at)).ToList();
        var selection = new ReplaySelection(new(), ShadowMark.OfThisProcess, new Random(1))
        {
            Span = new() { FromInstant = new(1_700_000_000_003_000_000), ToInstant = new(1_700_000_000_007_000_000) },
        };
        using var rig = new ReplayRig(server.Address, entries) { Selection = selection };
        Assert.Equal(4, (await rig.Run()).Shadow.Answered);
        Assert.Equal((6, false), (selection.OutsideTime, selection.Span.IsRelative));
    }

    [Fact]
    public async Task Run_Sampling_SelectsWholeSessions()
    {
        using var server = new TestServer(TestServer.EchoAsync);
        var entries = Enumerable.Range(0, 4000).Select(at => ListedEntries.Get("/", (at % 400) + 1, at)).ToList();
        using var rig = new ReplayRig(server.Address, entries)
        {
            Selection = new(new() { Sampler = Sampler.OfPercent(25) }, ShadowMark.OfThisProcess, new Random(1)),
        };
        var account = await rig.Run();
        Assert.InRange(server.Accepted, 60, 140);
        Assert.Equal(server.Accepted * 10, account.Shadow.Answered);
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, null)]
    [InlineData(true, 0.001)]
    public async Task Run_StoppedWhileItWaits_SendsNothingThatIsNotDue(bool keepsSessions, double? rate)
    {
        var (waits, told) = (new TaskCompletionSource<TimeSpan>(), ListedEntries.At(3_600_000));
        using var server = new TestServer(TestServer.EchoAsync);
        ListedEntries.Entry[] entries =
            [ListedEntries.Get("/0", 1), ListedEntries.Get("/1", 2, 3_600_000), ListedEntries.Get("/2", 3, 3_600_001)];
        using var rig = new ReplayRig(server.Address, entries)
        {
            Sending = new() { KeepsSessions = keepsSessions },
            Timing = new()
            {
                Pace = new() { RatePerSecond = rate },
                OnLongWait = (time, recorded) => _ = recorded == told && waits.TrySetResult(time),
            },
        };
        var running = rig.Run();
        var wait = await waits.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.InRange(wait.TotalSeconds, rate is null ? 3500 : 900, 3600);
        Assert.InRange(rig.Replayer!.NextIn.TotalSeconds, 800, 3600);
        await rig.Stop.CancelAsync();
        var account = await running;
        Assert.Equal((1, 1), (account.Offered, account.Shadow.Answered));
        Assert.Equal(3, rig.Selection.Selected);
        Assert.Equal(1, rig.Replayer.Lateness.Count);
        Assert.Equal(TimeSpan.Zero, rig.Replayer.Planned);
    }

    [Fact]
    public async Task Run_StoppedWhileATargetIsSlow_SendsNothingMore()
    {
        using var stop = new CancellationTokenSource();
        using var server = new TestServer(async peer =>
        {
            await peer.ReadAsync();
            await stop.CancelAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        using var rig = new ReplayRig(server.Address, [.. Enumerable.Range(0, 50).Select(at => ListedEntries.Get("/", at + 1, at))])
        {
            Sending = new() { MaxInFlight = 1, RoomAt = 0 },
            Timing = new() { Pace = new() { IsUnpaced = true }, MaxInFlight = 1 },
            Stop = stop,
        };
        Assert.Equal(1, (await rig.Run()).Offered);
    }

    [Fact]
    public async Task Run_Stopped_GivesUpWhatWasReadAhead()
    {
        using var server = new TestServer(TestServer.EchoAsync);
        using var rig = new ReplayRig(server.Address, [.. Enumerable.Range(0, 1000).Select(at => ListedEntries.Get("/", 1, at))])
        {
            Timing = new() { Pace = new(), Passes = null },
            IsStopped = true,
        };
        Assert.Equal(0, (await rig.Run()).Shadow.Answered);
    }
}
