using System.Collections.Concurrent;
using Parallax.Shadows.Replay;
using Parallax.TestKit;

namespace Parallax.Shadows.Tests.Replay;

public class StateMappingTests
{
    private const int Visits = 50;

    [Fact]
    public async Task Run_MapsState_EveryStepOfEveryVisitIsServed()
    {
        var account = await Replay(mapsState: true);
        Assert.Equal((Visits * 6, 0), (account.Shadow.AnsweredByClass[2], account.Shadow.AnsweredByClass[4]));
        Assert.All(account.Substitutions, count => Assert.True(count >= Visits));
    }

    [Fact]
    public async Task Run_MapsNoState_OnlyLoginsAreServed()
    {
        var account = await Replay(mapsState: false);
        Assert.Equal((Visits, Visits * 5), (account.Shadow.AnsweredByClass[2], account.Shadow.AnsweredByClass[4]));
        Assert.Equal(0, account.Substitutions.Sum());
    }

    [Fact]
    public async Task Run_SeveralConnectionsOfAClient_UseWhatTheClientWasIssued()
    {
        // Both clients were given the same number; each uses it on a connection of its own.
        var entries = new List<ListedEntries.Entry>
        {
            Login(1, "10.0.0.1:1001"), Login(2, "10.0.0.2:1001"), Use(3, "10.0.0.1:1002"), Use(4, "10.0.0.2:1002"), Use(5, "10.0.0.3:1"),
        };
        Assert.Equal(["/login", "/login", "/use/issued-1", "/use/issued-2", "/use/recorded"], await PathsOf(entries));
    }

    [Fact]
    public async Task Run_ConnectionsOfNobodyKnown_ShareNothing() => Assert.Equal(
        ["/login", "/use/recorded", "/use/issued-1"], await PathsOf([Login(1, null), Use(2, null), Use(1, null)]));

    [Fact]
    public async Task Run_SessionBehindTheSameAddress_ItsOwnValueComesFirst() => Assert.Equal(
        ["/login", "/login", "/use/issued-1", "/use/issued-2"],
        await PathsOf([Login(1, "10.0.0.1:1"), Login(2, "10.0.0.1:2"), Use(1, "10.0.0.1:1"), Use(2, "10.0.0.1:2")]));

    private static ListedEntries.Entry Login(long session, string? client) => new(
        "GET /login HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nX-Token: recorded\r\nContent-Length: 0\r\n\r\n", session, 0, client);

    private static ListedEntries.Entry Use(long session, string? client) =>
        new("GET /use/recorded HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", session, 0, client);

    // One request after the other.
    private static async Task<IReadOnlyList<string>> PathsOf(List<ListedEntries.Entry> entries)
    {
        var (seen, issued) = (new ConcurrentQueue<string>(), 0);
        using var server = new TestServer(async peer =>
        {
            while (await peer.ReadAsync() is { } request)
            {
                seen.Enqueue(request.Line.Split(' ')[1]);
                var isLogin = request.Line.Contains("login", StringComparison.Ordinal);
                var token = isLogin ? $"X-Token: issued-{Interlocked.Increment(ref issued)}\r\n" : "";
                await peer.WriteAsync($"HTTP/1.1 200 OK\r\n{token}Content-Length: 0\r\n\r\n");
            }
        });
        using var rig = new ReplayRig(server.Address, [.. entries.Select((entry, at) => entry with { Milliseconds = at })])
        {
            Sending = new() { MapsState = true, MaxInFlight = 1, RoomAt = 0 },
            Timing = new() { Pace = new() { IsUnpaced = true }, MaxInFlight = 1 },
        };
        Assert.Equal(entries.Count, (await rig.Run()).Shadow.Answered);
        return [.. seen];
    }

    private static async Task<ReplayTargetAccount> Replay(bool mapsState)
    {
        var primary = new TicketOffice();
        var entries = Enumerable.Range(1, Visits).SelectMany(session => primary.Visit(session)).ToList();
        var other = new TicketOffice();
        using var server = new TestServer(other.Serve);
        using var rig = new ReplayRig(server.Address, entries) { Sending = new() { MapsState = mapsState } };
        return await rig.Run();
    }
}
