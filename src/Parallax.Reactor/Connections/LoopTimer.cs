namespace Parallax.Reactor.Connections;

/// <summary>A callback a loop runs once when its time has come.</summary>
/// <remarks>Thread safety: belongs to the loop's thread. Arming it again, later than before, costs next to nothing: the timer stays where
/// it is in the loop's order and moves only when its old time passes.</remarks>
public sealed class LoopTimer
{
    internal const long Never = long.MaxValue;
    internal const int NotQueued = -1;

    private readonly TimerQueue _queue;

    internal LoopTimer(TimerQueue queue, LoopCallback callback, object? state)
    {
        _queue = queue;
        Callback = callback;
        State = state;
    }

    /// <summary>Whether it is going to fire.</summary>
    public bool IsScheduled => Due != Never;

    internal LoopCallback Callback { get; }

    internal object? State { get; }

    // When it fires. Never earlier than Position while it is queued.
    internal long Due { get; set; } = Never;

    // The time it is queued under; at that time the queue looks at Due again.
    internal long Position { get; set; }

    internal int Index { get; set; } = NotQueued;

    /// <summary>Makes it fire <paramref name="due"/> from now instead of when it would have, if at all.</summary>
    public void Rearm(TimeSpan due) => _queue.Arm(this, due);

    /// <summary>Keeps it from firing. It can be armed again.</summary>
    public void Cancel() => _queue.Remove(this);

    // Keeps it from firing but leaves it queued: for those who are going to arm it again soon.
    internal void Suspend() => Due = Never;
}
