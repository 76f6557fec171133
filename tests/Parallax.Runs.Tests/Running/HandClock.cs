namespace Parallax.Runs.Tests.Running;

/// <summary>A clock whose hands are turned by a test; timers fire on the way, on the test's thread.</summary>
internal sealed class HandClock : TimeProvider
{
    private readonly List<Alarm> _alarms = [];
    private TimeSpan _now = TimeSpan.FromDays(1);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now.Ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + _now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, () => callback(state));
        alarm.Change(dueTime, period);
        _alarms.Add(alarm);
        return alarm;
    }

    public void Advance(TimeSpan time)
    {
        var until = _now + time;
        while (_alarms.Where(alarm => alarm.Due <= until).MinBy(alarm => alarm.Due) is { } next)
        {
            _now = next.Due!.Value;
            next.Fire();
        }

        _now = until;
    }

    private sealed class Alarm(HandClock clock, Action callback) : ITimer
    {
        private TimeSpan _period;

        public TimeSpan? Due { get; private set; }

        public void Fire()
        {
            Due = _period > TimeSpan.Zero ? Due + _period : null;
            callback();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime == Timeout.InfiniteTimeSpan ? null : clock._now + dueTime;
            _period = period;
            return true;
        }

        public void Dispose() => Due = null;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
