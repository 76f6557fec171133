using Parallax.Shadows.Replay;
using Parallax.Wire;

namespace Parallax.Shadows.Tests.Replay;

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

    [Theory]
    [InlineData(1, 2)]
    [InlineData(10, 0.4)] // A tenth of the recorded pauses, none of which is too long.
    public void DueOf_MaxGap_CutsLongerPauses(double speed, double last)
    {
        var schedule = new ReplaySchedule(new() { Speed = speed, MaxGap = TimeSpan.FromSeconds(1) }, start: 0);
        double[] recorded = [0, 3, 3.5, 4];
        Assert.Equal((long)(last * Second), recorded.Select(seconds => schedule.DueOf(After(seconds))).ToList()[^1]);
    }

    [Fact]
    public void DueOf_MaxGap_KeepsTheRest()
    {
        var schedule = new ReplaySchedule(new() { MaxGap = TimeSpan.FromSeconds(1) }, start: 0);
        double[] recorded = [0, 0.5, 65_536, 65_536.25, 65_536];
        double[] due = [0, 0.5, 1.5, 1.75, 1.5];
        for (var pass = 0; pass < 2; pass++)
        {
            var begin = schedule.DueOf(After(recorded[0]));
            Assert.Equal(due[1..], recorded[1..].Select(seconds => (schedule.DueOf(After(seconds)) - begin) / (double)Second));
            schedule.BeginPass();
        }
    }

    [Fact]
    public void DueOf_MaxGapOfZero_LeavesNoPause()
    {
        var schedule = new ReplaySchedule(new() { MaxGap = TimeSpan.Zero }, start: 7);
        double[] recorded = [0, 1, 100];
        Assert.Equal([7L, 7, 7], recorded.Select(seconds => schedule.DueOf(After(seconds))));
    }

    [Theory]
    [InlineData(long.MaxValue, 1)]
    [InlineData(long.MinValue, 1)]
    [InlineData(long.MaxValue, 1e-6)]
    public void DueOf_DamagedStamp_DoesNotOverflow(long nanoseconds, double speed)
    {
        var schedule = new ReplaySchedule(new() { Speed = speed }, start: 0);
        Assert.Equal(0, schedule.DueOf(Begin));
        schedule.DueOf(new(nanoseconds));
        schedule.BeginPass();
        schedule.DueOf(Begin);
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
