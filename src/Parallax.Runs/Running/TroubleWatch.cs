using System.Globalization;
using Microsoft.Extensions.Logging;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;

namespace Parallax.Runs.Running;

/// <summary>Looks once a second at what a run depends on, and logs a line when that changes: a shadow target can no longer be reached, or
/// answers again; the kernel loses packets. So hot paths know nothing of it.</summary>
/// <remarks>Several loops may have a target of one URL. It is down when one of them cannot reach it and none has had an answer since.
/// Lines are limited as by <see cref="LineLimiter"/>. Ownership: it ends with <see cref="Dispose"/>. Thread safety: looks are made by one
/// thread at a time.</remarks>
/// <param name="targets">The targets at this moment.</param>
/// <param name="what">What waits for them: copies, requests.</param>
/// <param name="log">Where it logs.</param>
/// <param name="clock">Where time comes from; that of the targets' loops.</param>
internal sealed class TroubleWatch(Func<IEnumerable<ShadowInbox>> targets, string what, ILogger log, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly LineLimiter _troubles = new(line => RunLog.TargetIsDown(log, line), TimeProvider.System);
    private readonly LineLimiter _recoveries = new(line => RunLog.TargetAnswers(log, line), TimeProvider.System);
    private readonly Lock _gate = new();

    // Under the gate.
    private readonly Dictionary<string, TargetState> _states = [];
    private ITimer? _timer;
    private bool _sawKernelLoss;
    private bool _isOver;

    /// <summary>Packets that the kernel lost so far; none by default.</summary>
    public Func<long> KernelLoss { get; init; } = static () => 0;

    /// <summary>Looks once a second from now on.</summary>
    /// <param name="onFault">Called with a fault of the program itself, which would end it otherwise.</param>
    /// <returns>Itself.</returns>
    public TroubleWatch Start(Action<Exception> onFault)
    {
        _timer = clock.CreateTimer(_ => LookSafely(onFault), null, Interval, Interval);
        return this;
    }

    /// <summary>Looks once.</summary>
    public void Look()
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }

            LookAtTargets();
            if (!_sawKernelLoss && KernelLoss() is > 0 and var lost)
            {
                _sawKernelLoss = true;
                RunLog.KernelLoses(log, NumberText.Count(lost));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
        }

        _timer?.Dispose();
        _troubles.Dispose();
        _recoveries.Dispose();
    }

    private void LookSafely(Action<Exception> onFault)
    {
        try
        {
            Look();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            onFault(fault);
        }
    }

    private void LookAtTargets()
    {
        var now = clock.GetTimestamp();
        var present = targets().GroupBy(target => target.Url.ToString()).ToList();
        foreach (var same in present)
        {
            if (!_states.TryGetValue(same.Key, out var state))
            {
                _states.Add(same.Key, state = new());
            }

            LookAt(same.Key, [.. same], state, now);
        }

        // Endpoints come and go with names and documents.
        foreach (var gone in _states.Keys.Except(present.Select(same => same.Key)).ToList())
        {
            _states.Remove(gone);
        }
    }

    private void LookAt(string url, List<ShadowInbox> inboxes, TargetState state, long now)
    {
        var seen = inboxes.ConvertAll(inbox => (Inbox: inbox, inbox.DownFor, inbox.Account));
        if (seen.Exists(each => each.DownFor == TimeSpan.Zero && each.Account.Answered > state.AnsweredOf(each.Inbox)))
        {
            state.AnsweredAt = now;
        }

        state.Remember(seen.Select(each => (each.Inbox, each.Account.Answered)));
        var dropped = seen.Sum(each => each.Account.Dropped.Sum());
        var failed = seen.Sum(each => each.Account.Failed.Sum());
        var sinceAnswer = state.AnsweredAt is { } at ? clock.GetElapsedTime(at) : TimeSpan.MaxValue;
        var (down, downFor, _) = seen.Where(each => each.DownFor > TimeSpan.Zero && each.DownFor < sinceAnswer)
            .OrderByDescending(each => each.DownFor).FirstOrDefault();
        if (down is not null && state.Down is null)
        {
            state.Down = (now, downFor);
            var since = (clock.GetUtcNow() - downFor).ToString("HH:mm:ss", CultureInfo.InvariantCulture);
            _troubles.Say("targets that cannot be reached", $"{url} {WordsOf(down.DownBecause)} since {since} UTC; "
                + $"{what} wait {NumberText.Span(down.QueueTimeout)}, then are dropped");
        }
        else if (down is null && state.Down is { } before)
        {
            state.Down = null;
            var seconds = Math.Round((before.For + clock.GetElapsedTime(before.SeenAt, now)).TotalSeconds);
            var time = NumberText.Span(TimeSpan.FromSeconds(Math.Max(1, seconds)));
            var lost = failed - state.Failed;
            _recoveries.Say("targets that answer again", $"{url} answers again after {time}; "
                + $"{NumberText.Count(dropped - state.Dropped)} {what} dropped{(lost > 0 ? $" and {NumberText.Count(lost)} failed" : "")} "
                + "meanwhile");
        }

        if (state.Down is null)
        {
            (state.Dropped, state.Failed) = (dropped, failed);
        }
    }

    private static string WordsOf(FailureReason failure) => failure switch
    {
        FailureReason.Refused => "refuses connections",
        FailureReason.Unreachable => "cannot be reached",
        FailureReason.ConnectTimeout => "accepts no connection in time",
        FailureReason.TlsFailed => "fails the TLS handshake",
        FailureReason.Reset or FailureReason.ClosedEarly => "closes connections without an answer",
        FailureReason.Exhausted => "cannot be connected to, for want of descriptors, memory or ports,",
        _ => "cannot be connected to",
    };

    // Of one URL. The numbers are those of the last look at which it was not down.
    private sealed class TargetState
    {
        private Dictionary<ShadowInbox, long> _answered = [];

        public long? AnsweredAt { get; set; }

        public long Dropped { get; set; }

        public long Failed { get; set; }

        public (long SeenAt, TimeSpan For)? Down { get; set; }

        public long AnsweredOf(ShadowInbox inbox) => _answered.GetValueOrDefault(inbox);

        public void Remember(IEnumerable<(ShadowInbox Inbox, long Answered)> seen) =>
            _answered = seen.ToDictionary(each => each.Inbox, each => each.Answered);
    }
}
