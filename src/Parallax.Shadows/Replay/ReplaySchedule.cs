using Parallax.Wire;

namespace Parallax.Shadows.Replay;

/// <summary>Says when each entry is due. Every due time is counted from the start, never from the entry before, so nothing adds up to a
/// drift.</summary>
/// <remarks>It knows no clock: who asks waits. Thread safety: none.</remarks>
/// <param name="pace">The pace.</param>
/// <param name="start">When the first entry is due, in nanoseconds of any clock.</param>
public sealed class ReplaySchedule(ReplayPace pace, long start)
{
    // The pause between two passes over a recording of a single entry, which tells no spacing.
    private const double LonePauseNanoseconds = 1e9;

    // A hundred years: a damaged stamp must not lead out of 64 bits.
    private const double MaxNanoseconds = 3.2e18;

    private readonly double _maxGap = pace.MaxGap?.TotalNanoseconds ?? double.PositiveInfinity;
    private readonly double _ramp = pace.Ramp.TotalNanoseconds;
    private Timestamp _first;
    private double _passBegin;
    private double _passEnd;
    private double _cut;
    private long _inPass;
    private long _count;

    /// <summary>When the next entry is due.</summary>
    /// <param name="recorded">When it was recorded. An entry without a time is due with the one before.</param>
    public long DueOf(Timestamp recorded)
    {
        var position = pace.RatePerSecond is { } rate ? _count / rate * 1e9 : RecordedPosition(recorded);
        _count++;
        _inPass++;
        return start + (long)Math.Clamp(Ramped(position), -MaxNanoseconds, MaxNanoseconds);
    }

    /// <summary>The recording begins again; its first entry is due one mean spacing after the last.</summary>
    public void BeginPass()
    {
        var pause = _inPass > 1 ? (_passEnd - _passBegin) / (_inPass - 1) : LonePauseNanoseconds / pace.Speed;
        _passBegin = _passEnd += pause;
        _cut = 0;
        _first = default;
        _inPass = 0;
    }

    private double RecordedPosition(Timestamp recorded)
    {
        if (!recorded.IsKnown)
        {
            return _passEnd;
        }

        _first = _first.IsKnown ? _first : recorded;
        var position = _passBegin + (recorded.Since(_first) / pace.Speed) - _cut;
        var tooLong = position - _passEnd - _maxGap;
        if (tooLong > 0)
        {
            _cut += tooLong;
            position -= tooLong;
        }

        _passEnd = Math.Max(_passEnd, position);
        return position;
    }

    // While the pace grows evenly over r, what is at x of the full pace comes at s with s²/2r = x; after that it is r/2 late.
    private double Ramped(double position) => _ramp == 0 || position <= 0 ? position
        : position <= _ramp / 2 ? Math.Sqrt(2 * _ramp * position)
        : position + (_ramp / 2);
}
