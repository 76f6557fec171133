namespace Parallax.Reactor.Connections;

/// <summary>A loop's timers: a binary heap ordered by <see cref="LoopTimer.Position"/>, in which every timer knows its place.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class TimerQueue(LoopClock clock, LoopFaults faults)
{
    private const int NanosecondsPerTick = 100;
    private const int NanosecondsPerMillisecond = 1_000_000;

    private LoopTimer[] _heap = new LoopTimer[16];
    private int _count;

    /// <summary>When the next timer may be due; null when there is none. It may turn out to be due later, or never.</summary>
    public long? Next => _count > 0 ? _heap[0].Position : null;

    public LoopTimer Schedule(TimeSpan due, LoopCallback callback, object? state)
    {
        var timer = new LoopTimer(this, callback, state);
        Arm(timer, due);
        return timer;
    }

    public void Arm(LoopTimer timer, TimeSpan due)
    {
        timer.Due = DueTime(due);
        if (timer.Index == LoopTimer.NotQueued)
        {
            Add(timer);
        }
        else if (timer.Due < timer.Position)
        {
            timer.Position = timer.Due;
            SiftUp(timer.Index);
        }
    }

    public void Remove(LoopTimer timer)
    {
        timer.Due = LoopTimer.Never;
        var index = timer.Index;
        if (index == LoopTimer.NotQueued)
        {
            return;
        }

        timer.Index = LoopTimer.NotQueued;
        var last = _heap[--_count];
        _heap[_count] = null!;
        if (index < _count)
        {
            Place(last, index);
            SiftUp(index);
            SiftDown(last.Index);
        }
    }

    /// <summary>Runs what is due. What a callback schedules is due in a later turn at the earliest, so this ends.</summary>
    public void RunDue()
    {
        while (_count > 0 && _heap[0].Position <= clock.Now)
        {
            var timer = _heap[0];
            if (timer.Due == timer.Position)
            {
                Remove(timer);
                faults.Run(timer.Callback, timer.State);
            }
            else if (timer.Due == LoopTimer.Never)
            {
                Remove(timer);
            }
            else
            {
                // Armed again since: to its new place, even when that has passed, too, so that a late turn keeps the order.
                timer.Position = timer.Due;
                SiftDown(0);
            }
        }
    }

    /// <summary>Milliseconds until the next timer may be due, rounded up; -1 when there is none.</summary>
    /// <param name="now">The time of this very moment.</param>
    public int MillisecondsToNext(long now)
    {
        if (_count == 0)
        {
            return -1;
        }

        // Rounded up, never early; a timer due in the next turn is due a nanosecond after this one.
        var nanoseconds = unchecked(_heap[0].Position - now);
        return nanoseconds <= 1 ? 0 : (int)Math.Min(int.MaxValue, ((nanoseconds - 1) / NanosecondsPerMillisecond) + 1);
    }

    private long DueTime(TimeSpan due)
    {
        var now = clock.Now;
        var ticks = Math.Max(0, due.Ticks);
        var isBeyondTime = due == Timeout.InfiniteTimeSpan || ticks >= (LoopTimer.Never - now) / NanosecondsPerTick;
        return isBeyondTime ? LoopTimer.Never - 1 : now + Math.Max(1, ticks * NanosecondsPerTick);
    }

    private void Add(LoopTimer timer)
    {
        if (_count == _heap.Length)
        {
            Array.Resize(ref _heap, _count * 2);
        }

        timer.Position = timer.Due;
        Place(timer, _count++);
        SiftUp(timer.Index);
    }

    private void SiftUp(int index)
    {
        var timer = _heap[index];
        while (index > 0 && _heap[(index - 1) / 2].Position > timer.Position)
        {
            Place(_heap[(index - 1) / 2], index);
            index = (index - 1) / 2;
        }

        Place(timer, index);
    }

    private void SiftDown(int index)
    {
        var timer = _heap[index];
        while (true)
        {
            var child = (index * 2) + 1;
            if (child + 1 < _count && _heap[child + 1].Position < _heap[child].Position)
            {
                child++;
            }

            if (child >= _count || _heap[child].Position >= timer.Position)
            {
                Place(timer, index);
                return;
            }

            Place(_heap[child], index);
            index = child;
        }
    }

    private void Place(LoopTimer timer, int index)
    {
        _heap[index] = timer;
        timer.Index = index;
    }
}
