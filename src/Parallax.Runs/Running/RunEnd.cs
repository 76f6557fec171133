using Parallax.Traffic.Queues;

namespace Parallax.Runs.Running;

/// <summary>The end of a run: who wants it to end says so here, and it says how long the run may last after that, whatever pipe, disk,
/// target or program holds it up. What is in flight has the grace; writers have <see cref="Leeway"/> more for their last octets; then they
/// are abandoned, and what they did not write is counted.</summary>
/// <remarks>As long as nobody calls <see cref="Stop"/> nothing is bounded: a reader may be as slow as it likes. Thread safety: any
/// thread.</remarks>
public sealed class RunEnd : IDisposable
{
    private readonly TimeSpan _grace;
    private readonly TimeSpan _delay;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _giveUp;
    private readonly Action _force;
    private ITimer? _duration;
    private ITimer? _forcing;
    private long _stoppedAt;

    /// <summary>Creates the end of one run.</summary>
    /// <param name="grace">Time for what is in flight; not negative.</param>
    /// <param name="clock">Where time comes from.</param>
    /// <param name="force">Ends the process, called when this is not disposed of within <see cref="LastPatience"/> after writers were
    /// waited for: something was held up that is not a writer. Who goes on after the run disposes of its end as soon as it is
    /// complete.</param>
    /// <param name="delay">Time before the grace, in which a run that serves clients still takes what comes; none by default.</param>
    public RunEnd(TimeSpan grace, TimeProvider clock, Action force, TimeSpan delay = default)
    {
        (_grace, _clock, _force, _delay) = (grace, clock, force, delay);
        _giveUp = new(Timeout.InfiniteTimeSpan, clock);
    }

    /// <summary>What writers have beyond the grace: 1 s.</summary>
    public static TimeSpan Leeway { get; } = TimeSpan.FromSeconds(1);

    /// <summary>What everything else has beyond that: 2 s.</summary>
    public static TimeSpan LastPatience { get; } = TimeSpan.FromSeconds(2);

    /// <summary>Cancelled when the run is to end.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>Time for what is in flight.</summary>
    public TimeSpan Grace => _grace;

    /// <summary>What is left of the grace; all of it before <see cref="Stop"/>.</summary>
    public TimeSpan GraceLeft => Left(_delay + _grace) is var left && left < _grace ? left : _grace;

    /// <summary>Time before the grace, in which a run that serves clients still takes what comes.</summary>
    public TimeSpan Delay => _delay;

    /// <summary>Cancelled when nobody waits for writers any longer.</summary>
    public CancellationToken GiveUp => _giveUp.Token;

    /// <summary>Has the run end. Only the first call counts, and none after <see cref="Dispose"/>.</summary>
    public void Stop()
    {
        if (Interlocked.CompareExchange(ref _stoppedAt, _clock.GetTimestamp() | 1, 0) != 0)
        {
            return;
        }

        try
        {
            // First: a thread that waits for the token may go on here, and hang.
            _giveUp.CancelAfter(_delay + _grace + Leeway);
            _forcing = _clock.CreateTimer(_ => _force(), null, _delay + _grace + Leeway + LastPatience, Timeout.InfiniteTimeSpan);
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The run was over at the same moment.
        }
    }

    /// <summary>Has the run end after a time.</summary>
    public void StopAfter(TimeSpan time) => _duration = _clock.CreateTimer(_ => Stop(), null, time, Timeout.InfiniteTimeSpan);

    /// <summary>Ends several writers at the same time, so that one which hangs takes no time from the others.</summary>
    /// <param name="writers">Each ends one, and returns soon after the token is cancelled.</param>
    public void Finish(params Action<CancellationToken>?[] writers)
    {
        var ends = writers.OfType<Action<CancellationToken>>().Select(end => new OutsideWork("end", () => end(GiveUp))).ToList();
        ends.ForEach(end => end.AwaitEnd(CancellationToken.None));
    }

    /// <summary>Waits until the time before the grace is over.</summary>
    public Task AwaitDelayAsync() => Task.Delay(Left(_delay), _clock);

    /// <summary>The run is over: nothing is forced any longer.</summary>
    public void Dispose()
    {
        _duration?.Dispose();
        _forcing?.Dispose();
        _giveUp.Dispose();
        _stop.Dispose();
    }

    private TimeSpan Left(TimeSpan time) => Volatile.Read(ref _stoppedAt) is not 0 and var stoppedAt
        ? TimeSpan.FromTicks(Math.Max(0, (time - _clock.GetElapsedTime(stoppedAt)).Ticks))
        : time;
}
