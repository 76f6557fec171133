using Parallax.Runs.Running;

namespace Parallax.Cli.Output;

/// <summary>Says what a run waits for when nothing happens for long: often enough to know that it goes on, not so often that a slow
/// recording fills a log.</summary>
/// <remarks>Thread safety: one thread at a time.</remarks>
/// <param name="say">Writes a line.</param>
/// <param name="clock">By which lines are kept apart.</param>
internal sealed class WaitNotice(Action<string> say, TimeProvider clock)
{
    /// <summary>From which length on a wait is long.</summary>
    public static readonly TimeSpan LongWait = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan BetweenNotices = TimeSpan.FromMinutes(1);

    private TimeSpan _longest;
    private long _saidAt;

    /// <summary>Tells of a wait.</summary>
    /// <param name="time">How long it will be.</param>
    /// <param name="what">What is waited for.</param>
    public void Tell(TimeSpan time, string what)
    {
        var now = clock.GetTimestamp();
        if (_saidAt == 0 || clock.GetElapsedTime(_saidAt, now) >= BetweenNotices || time >= _longest * 2)
        {
            (_saidAt, _longest) = (now, time);
            say($"waiting {NumberText.Time((long)time.TotalNanoseconds)} for {what}");
        }
    }
}
