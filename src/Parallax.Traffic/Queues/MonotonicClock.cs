using System.Diagnostics;

namespace Parallax.Traffic.Queues;

/// <summary>The clock by which delays are measured: it never jumps, and its zero means nothing.</summary>
/// <remarks>The same clock as the event loops'. Thread safety: any thread.</remarks>
public static class MonotonicClock
{
    /// <summary>Nanoseconds.</summary>
    public static long Now =>
        Stopwatch.Frequency == 1_000_000_000 ? Stopwatch.GetTimestamp() : Stopwatch.GetElapsedTime(0).Ticks * 100;
}
