using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Tests.Loops;

/// <summary>Deadlines and timers. Nothing here measures how late something is, only that it is not early and that it comes.</summary>
public abstract class TimeSuite(LoopKind kind) : LoopSuite(kind)
{
    private const long Millisecond = 1_000_000;

    [Fact]
    public async Task Now_IsOfTheLoopsClock()
    {
        var before = Loop.Clock.GetNanoseconds();
        var now = await On(() => Loop.Now);
        Assert.InRange(now, before, Loop.Clock.GetNanoseconds());
    }

    [Fact]
    public async Task SetDeadline_Passes_IsToldOnceAndTheConnectionLives()
    {
        var fired = Script.NewSource<long>();
        var set = 0L;
        var script = new Script
        {
            Connected = connection =>
            {
                set = connection.Loop.Now;
                connection.SetDeadline(TimeSpan.FromMilliseconds(20));
            },
            Deadline = connection => fired.SetResult(connection.Loop.Now),
        };
        using var peer = Peer(await Serve(script));
        Assert.InRange(await Soon(fired.Task) - set, 20 * Millisecond, long.MaxValue);
        Assert.True(await On(() => script.WhenConnected.Result.IsConnected));
    }

    [Fact]
    public async Task SetDeadline_Rearmed_DoesNotFireEarly()
    {
        var fired = Script.NewSource<long>();
        var rearmed = 0L;
        var script = new Script
        {
            Connected = connection =>
            {
                connection.SetDeadline(TimeSpan.FromMilliseconds(30));
                connection.Loop.Schedule(
                    TimeSpan.FromMilliseconds(20),
                    _ =>
                    {
                        rearmed = connection.Loop.Now;
                        connection.SetDeadline(TimeSpan.FromMilliseconds(50));
                    },
                    null);
            },
            Deadline = connection => fired.SetResult(connection.Loop.Now),
        };
        using var peer = Peer(await Serve(script));
        Assert.InRange(await Soon(fired.Task) - rearmed, 50 * Millisecond, long.MaxValue);
    }

    [Fact]
    public async Task SetDeadline_Shortened_FiresAtTheNewTime()
    {
        var fired = Script.NewSource();
        var script = new Script
        {
            Connected = connection =>
            {
                connection.SetDeadline(TimeSpan.FromHours(1));
                connection.SetDeadline(TimeSpan.FromMilliseconds(1));
            },
            Deadline = _ => fired.SetResult(),
        };
        using var peer = Peer(await Serve(script));
        await Soon(fired.Task);
    }

    [Fact]
    public async Task ClearDeadline_NeverFires()
    {
        var passed = Script.NewSource();
        var script = new Script
        {
            Connected = connection =>
            {
                connection.SetDeadline(TimeSpan.FromMilliseconds(5));
                connection.ClearDeadline();
                connection.Loop.Schedule(TimeSpan.FromMilliseconds(30), _ => passed.SetResult(), null);
            },
            Deadline = _ => passed.TrySetException(new InvalidOperationException("fired")),
        };
        using var peer = Peer(await Serve(script));
        await Soon(passed.Task);
    }

    [Fact]
    public async Task Deadline_OfAClosedConnection_NeverFires()
    {
        var passed = Script.NewSource();
        var script = new Script
        {
            Connected = connection =>
            {
                connection.SetDeadline(TimeSpan.FromMilliseconds(5));
                connection.Close();
                connection.Loop.Schedule(TimeSpan.FromMilliseconds(30), _ => passed.SetResult(), null);
            },
            Deadline = _ => passed.TrySetException(new InvalidOperationException("fired")),
        };
        using var peer = Peer(await Serve(script));
        await Soon(passed.Task);
    }

    [Fact]
    public async Task Schedule_SeveralTimers_FireInOrderOfTime()
    {
        var order = new List<int>();
        var last = Script.NewSource();
        await On(() =>
        {
            foreach (var due in (int[])[9, 3, 6, 1, 12])
            {
                Loop.Schedule(TimeSpan.FromMilliseconds(due), _ => order.Add(due), null);
            }

            Loop.Schedule(TimeSpan.FromMilliseconds(20), _ => last.SetResult(), null);
        });
        await Soon(last.Task);
        Assert.Equal([1, 3, 6, 9, 12], order);
    }

    [Fact]
    public async Task Rearm_InsideItsOwnCallback_FiresAgain()
    {
        var times = 0;
        var done = Script.NewSource();
        LoopTimer? timer = null;
        await On(() => timer = Loop.Schedule(
            TimeSpan.Zero,
            _ =>
            {
                if (++times == 5)
                {
                    done.SetResult();
                    return;
                }

                timer!.Rearm(TimeSpan.FromMilliseconds(1));
            },
            null));
        await Soon(done.Task);
        Assert.False(await On(() => timer!.IsScheduled));
    }

    [Fact]
    public async Task Schedule_LongerThanTimeLasts_IsHarmless()
    {
        var timer = await On(() => Loop.Schedule(TimeSpan.MaxValue, _ => { }, null));
        Assert.True(await On(() => timer.IsScheduled));
        await On(timer.Cancel);
        Assert.False(await On(() => timer.IsScheduled));
    }
}

public sealed class TimeOnEpoll() : TimeSuite(LoopKind.Epoll);

public sealed class TimeOnManaged() : TimeSuite(LoopKind.Managed);

public sealed class TimeOnSimulated() : TimeSuite(LoopKind.Simulated);
