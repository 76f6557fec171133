using Parallax.Reactor.Connections;
using Parallax.Reactor.Loops;

namespace Parallax.Reactor.Tests.Connections;

public sealed class LoopLagTests
{
    private readonly SimulatedClock _clock = new();
    private readonly LoopState _state;

    public LoopLagTests()
    {
        _state = new LoopState(() => { }, Assert.Null, _clock);
        Turn(took: 0);
    }

    [Fact]
    public void Turn_AfterOneThatTookLong_WasHeldUpByIt()
    {
        Turn(took: 30);
        Turn(took: 0, slept: 5000);
        Turn(took: 0, slept: 5000);
        Assert.Equal([(0.5, 3), (50, 1)], Counted());
        Assert.Equal(30_000_000, _state.Counters.Lag.Nanoseconds);
    }

    // There is work left, or something was posted meanwhile.
    [Fact]
    public void Turn_ThatFollowsAtOnce_WasHeldUpByTheOneBefore()
    {
        Turn(took: 200, leavesWork: true);
        Turn(took: 0, slept: 0);
        Turn(took: 0);
        Assert.Equal([(0.5, 3), (250, 1)], Counted());
    }

    // The machine gave the loop no processor when its timer was due.
    [Fact]
    public void Turn_LongAfterATimerWasDue_IsLate()
    {
        _state.Timers.Schedule(TimeSpan.FromMilliseconds(100), static _ => { }, null);
        Turn(took: 0, slept: 180);
        Turn(took: 0, slept: 1000);
        Assert.Equal([(0.5, 2), (100, 1)], Counted());
    }

    [Fact]
    public void Turn_BeforeATimerIsDue_IsNotLate()
    {
        _state.Timers.Schedule(TimeSpan.FromMilliseconds(100), static _ => { }, null);
        Turn(took: 0, slept: 60);
        Assert.Equal([(0.5, 2)], Counted());
    }

    [Fact]
    public void Sum_OfSeveralLoops_HoldsTheTurnsOfAll()
    {
        Turn(took: 30);
        Turn(took: 20_000);
        Turn(took: 0);
        var sum = LoopLag.Sum([_state.Counters.Lag, _state.Counters.Lag]);
        Assert.Equal(2 * 20_030_000_000, sum.Nanoseconds);
        Assert.Equal(8, sum.Turns.Sum());
        Assert.Equal(2, sum.Turns[^1]);
    }

    private void Turn(int took, int slept = 0, bool leavesWork = false)
    {
        _clock.Now += slept * 1_000_000L;
        _state.BeginTurn();
        _clock.Now += took * 1_000_000L;
        _state.FinishTurn();
        if (leavesWork)
        {
            _state.Posts.Post(static _ => { }, null);
        }

        _state.PrepareSleep();
    }

    /// <summary>The ranges in which there are turns, by their ends in milliseconds.</summary>
    private (double End, long Turns)[] Counted() =>
    [
        .. LoopLag.Bounds.Zip(_state.Counters.Lag.Turns, (end, turns) => (end / 1e6, turns)).Where(range => range.turns > 0),
    ];
}
