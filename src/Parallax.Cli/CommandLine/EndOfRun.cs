using Parallax.Traffic.Queues;

namespace Parallax.Cli.CommandLine;

/// <summary>How long a run may last once it was told to stop, whatever pipe, disk, target or program holds it up. What is in flight has the
/// grace; what writes has <see cref="Leeway"/> more to bring its last octets away; then it is left behind, and what it did not write is
/// counted.</summary>
/// <remarks>As long as nobody tells the run to stop nothing is bounded: a reader may be as slow as it likes. Thread safety: any
/// thread.</remarks>
internal sealed class EndOfRun : IDisposable
{
    private readonly TimeSpan _grace;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _giveUp;
    private readonly Action _force;
    private ITimer? _forcing;
    private long _stoppedAt;

    /// <param name="grace">Time for what is in flight.</param>
    /// <param name="clock">Where time comes from.</param>
    /// <param name="force">Ends the process, called when the run lasts <see cref="LastPatience"/> longer than writers were waited for:
    /// something was held up that is no writer.</param>
    public EndOfRun(TimeSpan grace, TimeProvider clock, Action force)
    {
        (_grace, _clock, _force) = (grace, clock, force);
        _giveUp = new(Timeout.InfiniteTimeSpan, clock);
    }

    /// <summary>What writers have beyond the grace: 1 s.</summary>
    public static TimeSpan Leeway { get; } = TimeSpan.FromSeconds(1);

    /// <summary>What everything else has beyond that: 2 s.</summary>
    public static TimeSpan LastPatience { get; } = TimeSpan.FromSeconds(2);

    /// <summary>What is left of the grace; all of it while nobody has told the run to stop.</summary>
    public TimeSpan Grace => Volatile.Read(ref _stoppedAt) is not 0 and var stoppedAt
        ? TimeSpan.FromTicks(Math.Max(0, (_grace - _clock.GetElapsedTime(stoppedAt)).Ticks))
        : _grace;

    /// <summary>Cancelled when nobody waits for writers any longer.</summary>
    public CancellationToken GiveUp => _giveUp.Token;

    /// <summary>The run was told to stop: its time begins. Only the first call counts.</summary>
    public void Begin()
    {
        if (Interlocked.CompareExchange(ref _stoppedAt, _clock.GetTimestamp() | 1, 0) != 0)
        {
            return;
        }

        _giveUp.CancelAfter(_grace + Leeway);
        _forcing = _clock.CreateTimer(_ => _force(), null, _grace + Leeway + LastPatience, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ends several writers at the same time, so that one which hangs takes no time from the others.</summary>
    /// <param name="writers">Each ends one, and returns soon after the token is cancelled.</param>
    public void Finish(params Action<CancellationToken>?[] writers)
    {
        var ends = writers.OfType<Action<CancellationToken>>().Select(end => new OutsideWork("end", () => end(GiveUp))).ToList();
        ends.ForEach(end => end.AwaitEnd(CancellationToken.None));
    }

    public void Dispose()
    {
        _forcing?.Dispose();
        _giveUp.Dispose();
    }
}
