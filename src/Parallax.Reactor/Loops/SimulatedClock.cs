namespace Parallax.Reactor.Loops;

/// <summary>The clock of a <see cref="SimulatedNetwork"/>: it stands still until its hands are turned.</summary>
/// <remarks>Thread safety: may be read from any thread.</remarks>
internal sealed class SimulatedClock : TimeProvider
{
    // Not zero, which in many places stands for a time that is not known.
    private long _nanoseconds = TimeSpan.NanosecondsPerTick * TimeSpan.TicksPerDay;

    public override long TimestampFrequency => 1_000_000_000;

    /// <summary>Nanoseconds; never set to less.</summary>
    public long Now
    {
        get => Volatile.Read(ref _nanoseconds);
        set => Volatile.Write(ref _nanoseconds, value);
    }

    public override long GetTimestamp() => Now;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(Now / TimeSpan.NanosecondsPerTick);

    /// <exception cref="NotSupportedException">Always: only the timers of simulated loops know when the hands are turned.</exception>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        throw new NotSupportedException("A simulated clock has no timers of its own; use those of a loop.");
}
