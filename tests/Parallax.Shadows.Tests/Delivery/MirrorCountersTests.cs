using Parallax.Shadows.Delivery;
using Parallax.Traffic.Policy;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>Which sessions a mirror counts.</summary>
public sealed class MirrorCountersTests
{
    private readonly SessionTable _table = new();

    [Fact]
    public void Count_Session_OnlyWhereAShareWasToChoose()
    {
        var counters = new MirrorCounters(_table, "m");
        MirrorDecision[] decisions = [.. Enum.GetValues<MirrorDecision>()];
        foreach (var (at, decision) in decisions.Index())
        {
            Assert.Equal(decision == MirrorDecision.Copy, counters.Count(decision, Session(at)));
            counters.Count(decision, Session(at));
        }

        // Copied, not sampled, and sampled but above the rate.
        Assert.Equal((3, 2, 0), (counters.Sessions, counters.SessionsSampled, counters.SessionsNotCounted));
        Assert.Equal(2 * decisions.Length, counters.Received);
    }

    [Fact]
    public void Count_RequestWithoutSession_CountsNone()
    {
        var counters = new MirrorCounters(_table, "m");
        counters.Count(MirrorDecision.Copy, session: 0);
        Assert.Equal((1, 0, 0), (counters.Received, counters.Sessions, counters.SessionsNotCounted));
    }

    [Fact]
    public void Count_LoopsOfOneMirror_CountASessionOnceAndOtherMirrorsTheirs()
    {
        var (one, same, other) = (new MirrorCounters(_table, "m"), new MirrorCounters(_table, "m"), new MirrorCounters(_table, "n"));
        foreach (var counters in (MirrorCounters[])[one, same, other])
        {
            counters.Count(MirrorDecision.NotSampled, Session(1));
        }

        same.Count(MirrorDecision.Copy, Session(2));
        one.Add(same);
        Assert.Equal((2, 1), (one.Sessions, one.SessionsSampled));
        Assert.Equal((1, 0), (other.Sessions, other.SessionsSampled));
    }

    [Fact]
    public void Count_MoreSessionsThanCanBeToldApart_CountsTheirRequests()
    {
        var counters = new MirrorCounters(_table, "m");
        for (var session = 0; session < SessionTable.MaxSessions + 5; session++)
        {
            counters.Count(MirrorDecision.NotSampled, Session(session));
        }

        counters.Count(MirrorDecision.NotSampled, Session(SessionTable.MaxSessions + 4));
        var account = counters.AccountOf("m", "t", offered: 0);
        Assert.Equal((SessionTable.MaxSessions, 0, 6), (account.Sessions, account.SessionsSampled, account.SessionsNotCounted));
        Assert.Equal(0, account.Unexplained);
    }

    private static ulong Session(int number) => StableHash.Of(BitConverter.GetBytes(number));
}
