using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Tests.Connections;

public sealed class TimerQueueTests
{
    [Fact]
    public void Random_ScheduleRearmCancel_AgreesWithAList()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            AgreesWithAList(seed);
        }
    }

    // The model: a timer's due time, or none.
    private static void AgreesWithAList(int seed)
    {
        var random = new Random(seed);
        var hands = new Hands();
        var state = new LoopState(() => { }, _ => { }, hands);
        state.BeginTurn();
        var fired = new List<int>();
        var timers = new LoopTimer[20];
        var due = new int?[20];
        for (var i = 0; i < timers.Length; i++)
        {
            due[i] = random.Next(1, 1000);
            timers[i] = state.Timers.Schedule(Ticks(due[i]), number => fired.Add((int)number!), i);
        }

        for (var step = 0; step < 60; step++)
        {
            var i = random.Next(timers.Length);
            due[i] = random.Next(4) == 0 ? null : random.Next(1, 1000);
            if (due[i] is null)
            {
                timers[i].Cancel();
            }
            else
            {
                timers[i].Rearm(Ticks(due[i]));
            }
        }

        hands.Now += 1000 * TimeSpan.NanosecondsPerTick;
        state.BeginTurn();
        state.Timers.RunDue();
        Assert.Equal(due.Where(time => time is not null).Order(), fired.Select(i => due[i]));
        Assert.All(timers, timer => Assert.False(timer.IsScheduled));
    }

    private static TimeSpan Ticks(int? ticks) => TimeSpan.FromTicks(ticks!.Value);

    // A clock that stands still until its hands are turned.
    private sealed class Hands : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => 1_000_000_000;

        public override long GetTimestamp() => Now;
    }
}
