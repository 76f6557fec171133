namespace Parallax.Reactor.Connections;

/// <summary>A loop's time: read from its clock once per turn.</summary>
/// <remarks>Thread safety: belongs to the loop's thread, but for <see cref="Source"/>.</remarks>
internal sealed class LoopClock(TimeProvider source)
{
    private long _now;
    private bool _isTurning;

    /// <summary>Where the time comes from.</summary>
    public TimeProvider Source => source;

    /// <summary>Monotonic nanoseconds: of the turn, or of this moment as long as the loop has not started.</summary>
    public long Now => _isTurning ? _now : Read();

    /// <summary>Monotonic nanoseconds of this very moment.</summary>
    public long Read() => source.GetNanoseconds();

    /// <summary>A turn begins: reads the clock.</summary>
    public void BeginTurn()
    {
        _isTurning = true;
        _now = Read();
    }
}
