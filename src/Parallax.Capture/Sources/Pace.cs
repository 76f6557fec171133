using Parallax.Wire;

namespace Parallax.Capture.Sources;

/// <summary>Lets packets of a file pass when they are due: packet k at start + (t_k − t_0) / speed, without drift.</summary>
/// <remarks>Thread safety: one thread.</remarks>
internal sealed class Pace(double speed, TimeProvider clock)
{
    private static readonly TimeSpan LongestNap = TimeSpan.FromMilliseconds(50);

    private Timestamp _first;
    private long _started;

    public void WaitUntilDue(Timestamp time, PacketSink sink, CancellationToken cancellationToken)
    {
        if (!_first.IsKnown)
        {
            _first = time;
            _started = clock.GetTimestamp();
            return;
        }

        var due = TimeSpan.FromTicks((long)(time.Since(_first) / 100 / speed));
        var left = due - clock.GetElapsedTime(_started);
        while (left > TimeSpan.Zero && !cancellationToken.IsCancellationRequested)
        {
            sink.OnBatchEnd(new(time.Nanoseconds - (long)(left.Ticks * 100 * speed)));
            cancellationToken.WaitHandle.WaitOne(left < LongestNap ? left : LongestNap);
            left = due - clock.GetElapsedTime(_started);
        }
    }
}
