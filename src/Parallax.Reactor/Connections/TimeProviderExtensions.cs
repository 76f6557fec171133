namespace Parallax.Reactor.Connections;

/// <summary>Reads a clock the way loops do, for code that works with a loop from another thread.</summary>
/// <remarks>Thread safety: any thread.</remarks>
public static class TimeProviderExtensions
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Monotonic time of this moment, in nanoseconds: it never jumps, and its zero means nothing. What is read from the same clock
    /// by any thread, and <see cref="IEventLoop.Now"/> of the loops it was handed to, can be compared.</summary>
    public static long GetNanoseconds(this TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        var timestamp = clock.GetTimestamp();
        return clock.TimestampFrequency == NanosecondsPerSecond
            ? timestamp
            : clock.GetElapsedTime(0, timestamp).Ticks * TimeSpan.NanosecondsPerTick;
    }
}
