using Parallax.Traffic.Replay;
using Parallax.Wire;

namespace Parallax.Traffic.Tests.Replay;

public class ReplayScheduleTests
{
    private const long Second = 1_000_000_000;
    private static readonly Timestamp Begin = new(1_700_000_000 * Second);

    [Theory]
    [InlineData(1, 3_500_000_000)]
    [InlineData(2, 1_750_000_000)]
    [InlineData(0.5, 7_000_000_000)]
    public void DueOf_Speed_DividesTheRecordedDistance(double speed, long expected)
    {
        var schedule = new ReplaySchedule(new() { Speed = speed }, start: 100);
        Assert.Equal(100, schedule.DueOf(Begin));
        Assert.Equal(100 + expected, schedule.DueOf(After(3.5)));
    }

    [Fact]
    public void DueOf_MillionEntries_DoesNotDrift()
    {
        var schedule = new ReplaySchedule(new() { Speed = 3 }, start: 0);
        for (var entry = 0; entry < 1_000_000; entry++)
        {
            Assert.InRange(schedule.DueOf(new(Begin.Nanoseconds + (entry * 200_001L))) - (entry * 200_001L / 3), -1, 1);
        }
    }

    [Fact]
    public void DueOf_EntriesSlightlyOutOfOrder_KeepTheirOwnTimes()
    {
        var schedule = new ReplaySchedule(new(), start: 0);
        double[] recorded = [0, 2, 1, 3];
        Assert.Equal([0, 2 * Second, Second, 3 * Second], recorded.Select(seconds => schedule.DueOf(After(seconds))));
    }

    [Fact]
    public void DueOf_TimeNotKnown_IsThatOfTheEntryBefore()
    {
        var schedule = new ReplaySchedule(new(), start: 0);
        Timestamp[] recorded = [Begin, After(2), default];
        Assert.Equal([0, 2 * Second, 2 * Second], recorded.Select(schedule.DueOf));
    }

    [Fact]
    public void DueOf_Rate_SpacesEvenlyOverPasses()
    {
        var schedule = new ReplaySchedule(new() { RatePerSecond = 4 }, start: 0);
        var due = new List<long> { schedule.DueOf(Begin), schedule.DueOf(After(90)) };
        schedule.BeginPass();
        due.Add(schedule.DueOf(Begin));
        Assert.Equal([0, Second / 4, Second / 2], due);
    }

    [Fact]
    public void BeginPass_GoesOnOneMeanSpacingBehindTheLast()
    {
        var schedule = new ReplaySchedule(new() { Speed = 2 }, start: 0);
        double[] recorded = [0, 1, 4];
        Array.ForEach(recorded, seconds => schedule.DueOf(After(seconds)));
        schedule.BeginPass();
        Assert.Equal([3 * Second, 7 * Second / 2, 5 * Second], recorded.Select(seconds => schedule.DueOf(After(seconds))));
    }

    [Fact]
    public void DueOf_Ramp_ThePaceGrowsEvenly()
    {
        // Ten seconds of ramp hold what five seconds of the full pace do; after that the spacing is the recorded one.
        var schedule = new ReplaySchedule(new() { Ramp = TimeSpan.FromSeconds(10) }, start: 0);
        double[] recorded = [0, 1.25, 5, 6, 10];
        Assert.Equal([0, 5 * Second, 10 * Second, 11 * Second, 15 * Second], recorded.Select(seconds => schedule.DueOf(After(seconds))));
    }

    private static Timestamp After(double seconds) => new(Begin.Nanoseconds + (long)(seconds * Second));
}
