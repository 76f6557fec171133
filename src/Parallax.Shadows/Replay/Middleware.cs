using Parallax.Reactor.Connections;
using Parallax.Recording.Entries;
using Parallax.Recording.Gor;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;
using Parallax.Wire.Http1;

namespace Parallax.Shadows.Replay;

/// <summary>A request the middleware was asked about.</summary>
internal readonly record struct AskedRequest(ReplayEntry Entry, long Due);

/// <summary>Told once about each request that <see cref="Middleware.Ask"/> took.</summary>
/// <param name="asked">The request.</param>
/// <param name="request">What is to be sent, with one reference for the callee; null when it is dropped.</param>
/// <param name="drop">Why it is dropped.</param>
internal delegate void MiddlewareAnswer(in AskedRequest asked, Message? request, DropReason drop);

/// <summary>Has the requests of a replay go through a <see cref="MiddlewareProcess"/>, and gives each up that it keeps too long.</summary>
/// <remarks>The schedule never waits for it. Thread safety: belongs to the loop's thread, but for <see cref="Account"/>.</remarks>
internal sealed class Middleware : IDisposable
{
    private const long MaxReturnedBytesOfAnyHeap = 256L << 20;

    private readonly IEventLoop _loop;
    private readonly MiddlewareOptions _options;
    private readonly MiddlewareAnswer _onAnswer;
    private readonly MiddlewareProcess _process;
    private readonly BoundedQueue<(long Number, byte[] Octets)> _returned;
    private readonly Dictionary<long, AskedRequest> _asked = [];
    private readonly Queue<(long Number, long Deadline)> _oldestFirst = new();
    private readonly RecordedMessage _message = new();
    private MessageBuilder _builder;
    private readonly long _unixMinusMonotonic;
    private LoopTimer? _timer;
    private long _patientUntil;
    private volatile bool _closing;
    private volatile bool _endedEarly;
    private long _askedCount;
    private long _handedBack;
    private long _changed;
    private long _missed;
    private long _strays;

    /// <summary>Starts the process.</summary>
    /// <param name="loop">Where it is asked.</param>
    /// <param name="options">What to start.</param>
    /// <param name="maxAsked">Most requests asked about at once.</param>
    /// <param name="onAnswer">Told what came of each, on the loop.</param>
    /// <exception cref="MiddlewareException">It cannot be started.</exception>
    public Middleware(IEventLoop loop, MiddlewareOptions options, int maxAsked, MiddlewareAnswer onAnswer)
    {
        (_loop, _options, _onAnswer) = (loop, options, onAnswer);
        _unixMinusMonotonic = ((options.Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100) - loop.Clock.GetNanoseconds();
        _returned = new(
            maxAsked, MaxReturnedBytes, new(), () => loop.Post(static state => ((Middleware)state!).TakeReturned(), this));

        _patientUntil = loop.Clock.GetNanoseconds() + (options.StartPatience.Ticks * TimeSpan.NanosecondsPerTick);

        // Of each exchange at most three messages wait.
        _process = new(options, 3 * maxAsked, OnRequest, OnEnd);
    }

    /// <summary>The account at this moment.</summary>
    public MiddlewareAccount Account => new()
    {
        Asked = Volatile.Read(ref _askedCount),
        HandedBack = Volatile.Read(ref _handedBack),
        Changed = Volatile.Read(ref _changed),
        ResponsesMissed = Volatile.Read(ref _missed),
        Strays = Volatile.Read(ref _strays),
        Rubbish = _process.Rubbish,
        EndedEarly = _endedEarly,
    };

    /// <summary>Gives a request to the middleware, and the recorded response after it. Never waits.</summary>
    /// <param name="entry">Stays the caller's, and alive until the answer.</param>
    /// <param name="due">Comes back with the answer.</param>
    /// <returns><see cref="DropReason.None"/> when an answer will come; else why none will.</returns>
    public DropReason Ask(in ReplayEntry entry, long due)
    {
        if (!_process.IsRunning)
        {
            return DropReason.MiddlewareEnded;
        }

        if (!_process.TrySend(LineOf(GorKind.Request, entry.Number, entry.Request)))
        {
            return _process.IsRunning ? DropReason.MiddlewareBusy : DropReason.MiddlewareEnded;
        }

        Count(ref _askedCount);
        _asked.Add(entry.Number, new(entry, due));
        _oldestFirst.Enqueue((entry.Number, NewDeadline));
        Schedule();
        if (entry.Response is { } response)
        {
            Tell(LineOf(GorKind.Response, entry.Number, response));
        }

        return DropReason.None;
    }

    /// <summary>Gives the target's answer to the middleware.</summary>
    public void TellAnswer(in ShadowOutcome outcome)
    {
        if (outcome.Answer is { } answer)
        {
            var began = outcome.SentAt > 0 ? outcome.SentAt : outcome.EndedAt;
            Tell(new(
                GorKind.ShadowResponse, outcome.Context.ExchangeId, began + _unixMinusMonotonic, outcome.EndedAt - began, answer.Retain()));
        }
    }

    /// <summary>Gives up every request it was asked about.</summary>
    public void DropAll(DropReason reason)
    {
        foreach (var asked in _asked.Values.ToList())
        {
            GiveUp(asked, reason);
        }
    }

    /// <summary>Ends the process. Not on the loop's thread; nothing more is asked.</summary>
    public Task EndAsync()
    {
        _closing = true;
        return _process.EndAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => _process.Dispose();

    private static long MaxReturnedBytes => Math.Min(MaxReturnedBytesOfAnyHeap, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8);

    private long NewDeadline => _loop.Now + (_options.Timeout.Ticks * TimeSpan.NanosecondsPerTick);

    private static void Count(ref long counter) => Volatile.Write(ref counter, counter + 1);

    private static MiddlewareLine LineOf(GorKind kind, long number, Message message) => new(
        kind, number, message.FirstOctetAt.Nanoseconds, message.LastOctetAt.Since(message.FirstOctetAt), message.Retain());

    private void Tell(in MiddlewareLine line)
    {
        if (!_process.TrySend(line))
        {
            Count(ref _missed);
        }
    }

    // ── On the reading thread. ──

    private void OnRequest(long number, byte[] octets)
    {
        if (_returned.Offer((number, octets), octets.Length) != DropReason.None)
        {
            // It floods us with what nobody asked for.
            Interlocked.Increment(ref _strays);
        }
    }

    private void OnEnd()
    {
        _endedEarly = !_closing;
        _loop.Post(static state => ((Middleware)state!).DropAll(DropReason.MiddlewareEnded), this);
    }

    // ── On the loop. ──

    private void TakeReturned()
    {
        if (_patientUntil > 0)
        {
            BeginDeadlines();
        }

        while (_returned.TryTake(out var returned))
        {
            if (!_asked.Remove(returned.Number, out var asked))
            {
                Interlocked.Increment(ref _strays);
                continue;
            }

            Count(ref _handedBack);
            _onAnswer(asked, RequestOf(asked.Entry.Request, returned.Octets), DropReason.None);
        }
    }

    // It runs: from now on each request has its own time.
    private void BeginDeadlines()
    {
        _patientUntil = 0;
        _oldestFirst.Clear();
        foreach (var number in _asked.Keys)
        {
            _oldestFirst.Enqueue((number, NewDeadline));
        }

        _timer?.Cancel();
        Schedule();
    }

    private Message RequestOf(Message recorded, ReadOnlySpan<byte> octets)
    {
        if (HasOctets(recorded, octets))
        {
            return recorded.Retain();
        }

        Count(ref _changed);
        var isWhole = _message.TryReadRequest(octets, out var length);
        _builder.Begin(recorded.Pool, MessageKind.Request);
        (_builder.FirstOctetAt, _builder.LastOctetAt) = (recorded.FirstOctetAt, recorded.LastOctetAt);

        // What stands after the end would be taken for another request.
        _builder.AppendWhole(octets[..length]);
        return _builder.Seal(isWhole ? MessageState.Complete : MessageState.Incomplete);
    }

    private static bool HasOctets(Message message, ReadOnlySpan<byte> octets)
    {
        if (message.RawOctets != octets.Length)
        {
            return false;
        }

        foreach (var block in message.Blocks)
        {
            if (!octets.StartsWith(block.Span))
            {
                return false;
            }

            octets = octets[block.Length..];
        }

        return true;
    }

    private void Schedule()
    {
        if (_timer is { IsScheduled: true } || _oldestFirst.Count == 0)
        {
            return;
        }

        var due = Math.Max(0, Math.Max(_oldestFirst.Peek().Deadline, _patientUntil) - _loop.Now);
        var time = TimeSpan.FromTicks(due / TimeSpan.NanosecondsPerTick);
        _timer = _loop.Schedule(time, static state => ((Middleware)state!).GiveUpLate(), this);
    }

    private void GiveUpLate()
    {
        while (_patientUntil <= _loop.Now && _oldestFirst.TryPeek(out var oldest)
            && (oldest.Deadline <= _loop.Now || !_asked.ContainsKey(oldest.Number)))
        {
            _oldestFirst.Dequeue();
            if (_asked.TryGetValue(oldest.Number, out var asked))
            {
                GiveUp(asked, DropReason.MiddlewareSilent);
            }
        }

        Schedule();
    }

    private void GiveUp(in AskedRequest asked, DropReason reason)
    {
        _asked.Remove(asked.Entry.Number);
        _onAnswer(asked, null, reason);
    }
}
