using Parallax.Wire;

namespace Parallax.Capture.Sources;

/// <summary>Lets packets of a file pass when they are due: packet k at start + (t_k − t_0) / speed, without drift.</summary>
/// <remarks>Thread safety: one thread, but for <see cref="NextIn"/>.</remarks>
internal sealed class Pace(double speed, TimeProvider clock)
{
    /// <summary>A hundred years, far from every overflow.</summary>
    private const double MaxTicks = 100 * 365.25 * TimeSpan.TicksPerDay;

    private static readonly TimeSpan LongestNap = TimeSpan.FromMilliseconds(50);

    private Timestamp _first;
    private long _started;
    private long _left;

    /// <summary>How long the packet that is waited for is not due; zero when none is. Any thread.</summary>
    public TimeSpan NextIn => new(Volatile.Read(ref _left));

    /// <summary>Waits until a packet is due.</summary>
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
            Volatile.Write(ref _left, left.Ticks);
            sink.OnBatchEnd(new(unchecked(time.Nanoseconds - (Ticks(left.Ticks * speed).Ticks * 100))));
            cancellationToken.WaitHandle.WaitOne(left < LongestNap ? left : LongestNap);
            left = due - clock.GetElapsedTime(_started);
        }

        Volatile.Write(ref _left, 0);
        return left <= TimeSpan.Zero;
    }

    private static TimeSpan Ticks(double ticks) => TimeSpan.FromTicks((long)Math.Clamp(ticks, -MaxTicks, MaxTicks));
}
