using Parallax.Wire;

namespace Parallax.Capture.Sources;

/// <summary>Lets packets of a file pass when they are due: packet k at start + (t_k − t_0) / speed, without drift.</summary>
/// <remarks>Thread safety: one thread.</remarks>
internal sealed class Pace(double speed, TimeProvider clock)
{
    /// <summary>A hundred years, far from every overflow.</summary>
    private const double MostTicks = 100 * 365.25 * TimeSpan.TicksPerDay;

    private static readonly TimeSpan LongestNap = TimeSpan.FromMilliseconds(50);

    private Timestamp _first;
    private long _started;

    /// <returns>False when it was cancelled before that.</returns>
    public bool WaitUntilDue(Timestamp time, PacketSink sink, CancellationToken cancellationToken)
    {
        if (!_first.IsKnown)
        {
            _first = time;
            _started = clock.GetTimestamp();
            return true;
        }

        // A damaged stamp may lie centuries off: the arithmetic saturates.
        var due = Ticks(time.Since(_first) / 100 / speed);
        var left = due - clock.GetElapsedTime(_started);
        while (left > TimeSpan.Zero && !cancellationToken.IsCancellationRequested)
        {
            sink.OnBatchEnd(new(unchecked(time.Nanoseconds - (Ticks(left.Ticks * speed).Ticks * 100))));
            cancellationToken.WaitHandle.WaitOne(left < LongestNap ? left : LongestNap);
            left = due - clock.GetElapsedTime(_started);
        }

        return left <= TimeSpan.Zero;
    }

    private static TimeSpan Ticks(double ticks) => TimeSpan.FromTicks((long)Math.Clamp(ticks, -MostTicks, MostTicks));
}
