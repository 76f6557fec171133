using Microsoft.Extensions.Time.Testing;
using Parallax.Runs.Running;

namespace Parallax.Runs.Tests.Running;

/// <summary>Nothing is bounded before the run is told to stop, everything after it.</summary>
public sealed class RunEndTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void Stop_NotCalled_WritersMayTakeAnyTime()
    {
        using var end = new RunEnd(TimeSpan.FromSeconds(10), _clock, () => Assert.Fail("ended"));
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.False(end.GiveUp.IsCancellationRequested);
        Assert.Equal(TimeSpan.FromSeconds(10), end.GraceLeft);
    }

    [Fact]
    public void Stop_TimePasses_TakesFromTheGraceThenGivesUpThenEnds()
    {
        var forced = 0;
        using var end = new RunEnd(TimeSpan.FromSeconds(10), _clock, () => forced++);
        end.Stop();
        _clock.Advance(TimeSpan.FromSeconds(4));
        end.Stop();
        Assert.Equal(6, end.GraceLeft.TotalSeconds, 0.001);
        _clock.Advance(TimeSpan.FromSeconds(6.5));
        Assert.Equal((TimeSpan.Zero, false), (end.GraceLeft, end.GiveUp.IsCancellationRequested));
        _clock.Advance(TimeSpan.FromSeconds(0.5));
        Assert.True(end.GiveUp.IsCancellationRequested);
        Assert.Equal(0, forced);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, forced);
    }

    [Fact]
    public async Task Stop_WithADelay_TheGraceBeginsAfterIt()
    {
        var forced = 0;
        using var end = new RunEnd(TimeSpan.FromSeconds(10), _clock, () => forced++, delay: TimeSpan.FromSeconds(5));
        end.Stop();
        Assert.True(end.Token.IsCancellationRequested);
        var delay = end.AwaitDelayAsync();
        _clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal((false, TimeSpan.FromSeconds(10)), (delay.IsCompleted, end.GraceLeft));
        _clock.Advance(TimeSpan.FromSeconds(1.001));
        await delay;
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal((TimeSpan.Zero, false), (end.GraceLeft, end.GiveUp.IsCancellationRequested));
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal((true, 1), (end.GiveUp.IsCancellationRequested, forced));
    }

    [Fact]
    public void Dispose_AfterStop_ForcesNothing()
    {
        var end = new RunEnd(TimeSpan.Zero, _clock, () => Assert.Fail("ended"));
        end.Stop();
        end.Dispose();
        _clock.Advance(TimeSpan.FromHours(1));
    }

    [Fact]
    public void Finish_OneHangs_TheOthersEndAllTheSame()
    {
        using var end = new RunEnd(TimeSpan.Zero, _clock, () => { });
        using var other = new ManualResetEventSlim();
        var isLate = false;
        end.Finish(giveUp => isLate = !other.Wait(TimeSpan.FromSeconds(30), giveUp), null, _ => other.Set());
        Assert.False(isLate);
    }
}
