using Parallax.Traffic.Replay;
using Parallax.Traffic.Tests.Shadowing;

namespace Parallax.Traffic.Tests.Replay;

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

    private static async Task<ReplayTargetAccount> Replay(bool mapsState)
    {
        var primary = new TicketOffice();
        var entries = Enumerable.Range(1, Visits).SelectMany(session => primary.Visit(session)).ToList();
        var other = new TicketOffice();
        using var server = new RawServer(other.Serve);
        using var rig = new ReplayRig(server.EndPoint, entries) { Sending = new() { MapsState = mapsState } };
        return await rig.Run();
    }
}
