using System.Collections.Concurrent;
using Parallax.Reactor.Loops;
using Parallax.TestKit;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>One connection for each captured one, order kept.</summary>
public sealed class ShadowSessionsTests
{
    public static TheoryData<LoopKind> Loops => [LoopKind.Epoll, LoopKind.Managed];

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_FiftySessionsOfTwenty_EachOnItsConnectionInOrder(LoopKind kind)
    {
        var seen = new ConcurrentDictionary<int, List<string>>();
        using var server = new TestServer(async peer =>
        {
            var lines = seen.GetOrAdd(peer.Number, _ => []);
            while (await peer.ReadAsync() is { } request)
            {
                lines.Add(request.Line);
                await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        });
        await using var rig = new ShadowRig(kind, server.Address, options => options with { KeepSessions = true });
        var random = new Random(1);
        var next = new int[50];
        for (var left = 1000; left > 0;)
        {
            var session = random.Next(50);
            if (next[session] < 20)
            {
                Assert.Equal(DropReason.None, rig.Get($"/{session}/{next[session]++}", session));
                left--;
            }
        }

        Assert.All(await rig.Next(1000), outcome => Assert.Equal("200", ShadowRig.Short(outcome)));
        Assert.Equal(50, seen.Count);
        Assert.All(seen.Values, lines => Assert.Equal(Expected(lines[0].Split('/')[1]), lines));

        static List<string> Expected(string session) => [.. Enumerable.Range(0, 20).Select(n => $"GET /{session}/{n} HTTP/1.1")];
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task EndSession_RequestsLeft_AreSentFirstThenItCloses(LoopKind kind)
    {
        var served = new TaskCompletionSource<int>();
        using var server = new TestServer(async peer =>
        {
            var count = 0;
            while (await peer.ReadAsync() is not null)
            {
                count++;
                await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }

            served.SetResult(count);
        });
        await using var rig = new ShadowRig(kind, server.Address, options => options with { KeepSessions = true });
        for (var time = 0; time < 5; time++)
        {
            rig.Get(session: 7);
        }

        rig.Inbox.EndSession(7);
        Assert.Equal(5, await ShadowRig.Soon(served.Task));
        Assert.Equal("200 200 200 200 200", await rig.Say(5));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_MoreSessionsThanAllowed_EvictsIdleOnesAndDropsOtherwise(LoopKind kind)
    {
        var go = new TaskCompletionSource();
        using var server = new TestServer(async peer =>
        {
            while (await peer.ReadAsync() is { } request)
            {
                if (request.Line.Contains("/wait", StringComparison.Ordinal))
                {
                    await go.Task;
                }

                await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        });
        await using var rig = new ShadowRig(kind, server.Address, options => options with { KeepSessions = true, MaxSessions = 2 });
        for (var session = 0; session < 6; session++)
        {
            rig.Get(session: session);
            Assert.Equal("200", await rig.Say());
        }

        rig.Get("/wait", 10);
        rig.Get("/wait", 11);
        rig.Get("/", 12);
        Assert.Equal("session-limit", await rig.Say());
        go.SetResult();
        Assert.Equal("200 200", await rig.Say(2));
    }

    [Fact]
    public async Task Offer_NobodyListens_EachSessionIsAccountedFor()
    {
        await using var rig = new ShadowRig(new SimulatedNetwork(), SimulatedServer.Nobody(), options => options with
        {
            KeepSessions = true,
            FirstBackoff = TimeSpan.FromMilliseconds(100),
            QueueTimeout = TimeSpan.FromMilliseconds(200),
        });
        for (var time = 0; time < 100; time++)
        {
            rig.Get(session: time % 10);
        }

        Assert.Equal(["refused"], rig.SaidByNow());
        rig.Advance(100);
        Assert.Equal(["refused"], rig.SaidByNow());
        rig.Advance(101);
        Assert.Equal(Enumerable.Repeat("queue-expired", 98), rig.SaidByNow());
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_ServerClosesInBetween_TheSessionGoesOnOnANewConnection(LoopKind kind)
    {
        using var server = new TestServer(async peer =>
        {
            await peer.ReadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        });
        await using var rig = new ShadowRig(kind, server.Address, options => options with { KeepSessions = true });
        for (var time = 0; time < 4; time++)
        {
            rig.Get(session: 1);
        }

        Assert.Equal("200 200 200 200", await rig.Say(4));
        Assert.Equal(4, server.Accepted);
    }

    [Fact]
    public async Task Offer_HangingServer_WaitingCountsAgainstTheBounds()
    {
        var network = new SimulatedNetwork();
        using var server = new SimulatedServer(network, peer => peer.HangAsync());
        await using var rig = new ShadowRig(network, server.Address, options => options with
        {
            KeepSessions = true,
            QueueItems = 10,
            ResponseTimeout = TimeSpan.FromMilliseconds(100),
            QueueTimeout = TimeSpan.FromMilliseconds(50),
        });
        var refused = 0;
        for (var time = 0; time < 200; time++)
        {
            refused += rig.Get(session: 1) == DropReason.QueueItems ? 1 : 0;
            await rig.Turn();
        }

        // One is on the connection, ten wait.
        Assert.Equal(189, refused);
        rig.Advance(50);
        Assert.Empty(rig.SaidByNow());
        rig.Advance(1);
        Assert.Equal(Enumerable.Repeat("queue-expired", 10), rig.SaidByNow());
        rig.Advance(49);
        Assert.Equal(["response-timeout"], rig.SaidByNow());
    }
}
