using Parallax.Reactor.Connections;

namespace Parallax.Proxy.Primary;

/// <summary>The one timer of an exchange: its pause, and its time limit.</summary>
/// <remarks>It stays scheduled from one request to the next, so that a limit that never passes costs next to nothing. Thread safety:
/// belongs to the loop's thread.</remarks>
internal sealed class ExchangeTimer(IEventLoop loop, Action onPauseOver, Action onTimeout)
{
    private const int NanosecondsPerTick = 100;
    private const long Never = long.MaxValue;

    private LoopTimer? _timer;
    private long _limitAt = Never;
    private long _pauseEndsAt = Never;

    /// <summary>Forgets pause and limit.</summary>
    public void Reset() => _limitAt = _pauseEndsAt = Never;

    /// <summary>Sets the limit.</summary>
    public void Limit(TimeSpan time)
    {
        _limitAt = loop.Now + (time.Ticks * NanosecondsPerTick);
        Arm();
    }

    /// <summary>Begins a pause.</summary>
    public void Pause(TimeSpan time)
    {
        _pauseEndsAt = loop.Now + (time.Ticks * NanosecondsPerTick);
        Arm();
    }

    /// <summary>Ends it for good.</summary>
    public void Cancel()
    {
        Reset();
        _timer?.Cancel();
    }

    private void Arm()
    {
        var due = TimeSpan.FromTicks(Math.Max(0, Math.Min(_limitAt, _pauseEndsAt) - loop.Now) / NanosecondsPerTick);
        if (_timer is null)
        {
            _timer = loop.Schedule(due, static state => ((ExchangeTimer)state!).OnTimer(), this);
        }
        else
        {
            _timer.Rearm(due);
        }
    }

    private void OnTimer()
    {
        if (loop.Now >= _limitAt)
        {
            Reset();
            onTimeout();
        }
        else if (loop.Now >= _pauseEndsAt)
        {
            _pauseEndsAt = Never;
            if (_limitAt != Never)
            {
                Arm();
            }

            onPauseOver();
        }
        else if (Math.Min(_limitAt, _pauseEndsAt) != Never)
        {
            Arm();
        }
    }
}
