using Parallax.Reactor.Connections;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Replay;

/// <summary>Where a replay is sent: takes the requests that are due, keeps each session's in their order, and has a
/// <see cref="ShadowTarget"/> send them.</summary>
/// <remarks>
/// <para>offered = Σ dropped here + offered to the shadow target + in flight here; what the shadow target was offered, its own account
/// explains.</para>
/// <para>Thread safety: one thread offers; <see cref="Account"/> may be read by any.</para>
/// </remarks>
public sealed class ReplayTarget : IDisposable
{
    // An answer that is longer issues nothing.
    private const int LongestAnswer = 1 << 20;
    private const long MaxAnswerBytesOfAnyHeap = 256L << 20;

    private readonly IEventLoop _loop;
    private readonly ReplayTargetOptions _options;
    private readonly BoundedQueue<(ReplayEntry Entry, long Due)> _queue;
    private readonly DropCounters _drops = new();
    private readonly AutoResetEvent _room = new(initialState: false);
    private readonly Dictionary<long, ReplaySession> _sessions = [];
    private readonly LinkedList<ReplaySession> _leastRecent = [];
    private readonly StateMapper? _mapper;
    private readonly Middleware? _middleware;
    private readonly int _roomAt;
    private long _offered;
    private volatile bool _isRoomAwaited;
    private TaskCompletionSource? _finished;

    /// <summary>Creates the target. It connects when the first request is due.</summary>
    /// <param name="loop">Its loop.</param>
    /// <param name="config">Where to, and the limits; queue, sessions and observer are this target's.</param>
    /// <param name="options">How it sends.</param>
    /// <exception cref="MiddlewareException">The middleware cannot be started.</exception>
    public ReplayTarget(IEventLoop loop, ShadowTargetConfig config, ReplayTargetOptions options)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(options);
        _loop = loop;
        _options = options;
        _roomAt = options.RoomAt ?? options.MaxInFlight / 2;
        _mapper = options.MapsState ? new(options.FindsState, options.StateRules) : null;
        _queue = new(options.MaxInFlight, long.MaxValue, _drops, () => loop.Post(static state => ((ReplayTarget)state!).Serve(), this));
        _middleware = options.Middleware is { } middleware ? new(loop, middleware, options.MaxInFlight, OnAsked) : null;
        Shadow = new(loop, config with
        {
            Observer = config.Observer + OnOutcome,
            AnswerPool = config.AnswerPool ?? new(Math.Min(MaxAnswerBytesOfAnyHeap, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8)),
            Options = config.Options with
            {
                KeepSessions = options.KeepsSessions,
                MaxSessions = Math.Max(config.Options.MaxConnections, 1),
                QueueItems = options.MaxInFlight,
                QueueBytes = long.MaxValue / 4,
                KeptAnswerBytes = Math.Max(config.Options.KeptAnswerBytes, options.WantsResponses ? LongestAnswer : 0),
            },
        });
    }

    /// <summary>Sends the requests.</summary>
    public ShadowTarget Shadow { get; }

    /// <summary>Requests offered and not over.</summary>
    public int InFlight => _queue.Items;

    /// <summary>Where every request offered so far has gone.</summary>
    public ReplayTargetAccount Account => new()
    {
        Offered = Volatile.Read(ref _offered),
        Dropped = _drops.ToArray(),
        Shadow = Shadow.Inbox.Account,
        Middleware = _middleware?.Account,
        StateRules = _mapper?.Rules ?? [],
        Substitutions = _mapper?.Substitutions.Read() ?? new long[SubstitutionCounters.Places],
    };

    /// <summary>The clock of its loop, by which requests are due.</summary>
    public TimeProvider Clock => _loop.Clock;

    /// <summary>Offers a request that is due. Never waits.</summary>
    /// <param name="entry">Its ownership is taken over.</param>
    /// <param name="due">When it was due, in nanoseconds of <see cref="Clock"/>; 0 when that means nothing.</param>
    public void Offer(in ReplayEntry entry, long due)
    {
        Volatile.Write(ref _offered, _offered + 1);
        if (_queue.Offer((entry, due), 0, wakes: false) != DropReason.None)
        {
            entry.Dispose();
        }
    }

    /// <summary>Counts a request as dropped that was due and cannot be offered.</summary>
    /// <param name="entry">Its ownership is taken over.</param>
    /// <param name="reason">Why.</param>
    public void Drop(in ReplayEntry entry, DropReason reason)
    {
        Volatile.Write(ref _offered, _offered + 1);
        _drops.Count(reason);
        entry.Dispose();
    }

    /// <summary>Has the requests sent that were offered.</summary>
    public void Wake() => _queue.Wake();

    /// <summary>Waits until fewer requests are in flight, see <see cref="ReplayTargetOptions.RoomAt"/>.</summary>
    /// <param name="patience">How long at most.</param>
    /// <param name="stop">Ends the waiting.</param>
    public void AwaitRoom(TimeSpan patience, CancellationToken stop)
    {
        _isRoomAwaited = true;
        if (InFlight > _roomAt)
        {
            WaitHandle.WaitAny([_room, stop.WaitHandle], patience);
        }

        _isRoomAwaited = false;
    }

    /// <summary>Takes no more requests and finishes those in flight; what is left after the deadline is dropped as shutdown. To be called
    /// once, before the loop is stopped.</summary>
    /// <param name="deadline">How long finishing may take.</param>
    /// <param name="stop">Ends it at once.</param>
    public async Task DrainAsync(TimeSpan deadline, CancellationToken stop)
    {
        _queue.Complete();
        var finished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _loop.Post(_ => BeginFinish(finished), null);
        try
        {
            await finished.Task.WaitAsync(deadline, stop);
        }
        catch (Exception over) when (over is TimeoutException or OperationCanceledException)
        {
            var dropped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _loop.Post(_ => DropWaiting(dropped), null);
            await dropped.Task;
        }

        await Shadow.Inbox.DrainAsync(TimeSpan.Zero);
        if (_middleware is not null)
        {
            await _middleware.EndAsync();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _middleware?.Dispose();
        _room.Dispose();
    }

    // ── On the loop. ──

    private void Serve()
    {
        while (_queue.TryHold(out var next))
        {
            if (_options.KeepsSessions)
            {
                var session = FindOrOpen(next.Entry);
                session.Waiting.Enqueue(next);
                Serve(session);
            }
            else if (!TryAsk(next.Entry, next.Due, out var isOver))
            {
                Send(next.Entry, next.Entry.Request.Retain(), next.Due);
                next.Entry.Dispose();
            }
            else if (isOver)
            {
                next.Entry.Dispose();
            }
        }
    }

    private void Serve(ReplaySession session)
    {
        if (session.IsBeingServed)
        {
            return;
        }

        session.IsBeingServed = true;
        while (session.InFlight is null && session.Waiting.TryDequeue(out var next))
        {
            session.InFlight = next.Entry;
            var isOver = TryAsk(next.Entry, next.Due, out var isRefused)
                ? isRefused
                : !Send(session, next.Entry, next.Entry.Request, next.Due);
            if (isOver)
            {
                End(session);
            }
        }

        session.IsBeingServed = false;
        if (session is { IsIdle: true, State: null })
        {
            Remove(session);
        }
    }

    // False when there is no middleware.
    private bool TryAsk(in ReplayEntry entry, long due, out bool isOver)
    {
        var refused = _middleware?.Ask(entry, due) ?? DropReason.None;
        isOver = refused != DropReason.None;
        if (isOver)
        {
            _drops.Count(refused);
            Release();
        }

        return _middleware is not null;
    }

    private void OnAsked(in AskedRequest asked, Message? request, DropReason drop)
    {
        using var returned = request;
        if (request is null)
        {
            _drops.Count(drop);
            Release();
        }

        if (!_options.KeepsSessions)
        {
            _ = request is not null && Send(asked.Entry, request.Retain(), asked.Due);
            asked.Entry.Dispose();
        }
        else if (_sessions[asked.Entry.Session] is var session && !(request is not null && Send(session, asked.Entry, request, asked.Due)))
        {
            End(session);
            Serve(session);
        }
    }

    private bool Send(ReplaySession session, in ReplayEntry entry, Message request, long due) =>
        Send(entry, session.State is { } state ? _mapper!.Apply(state, request) : request.Retain(), due);

    // Takes over one reference to the request; false when it is over already.
    private bool Send(in ReplayEntry entry, Message request, long due)
    {
        var refused = Shadow.Offer(request, new(entry.Number, entry.Session, entry.Client, due));
        if (refused != DropReason.None)
        {
            Release();
        }

        return refused == DropReason.None;
    }

    private void OnOutcome(ShadowTargetConfig target, in ShadowOutcome outcome)
    {
        Release();
        _middleware?.TellAnswer(outcome);
        if (!_options.KeepsSessions || !_sessions.TryGetValue(outcome.Context.Session, out var session))
        {
            return;
        }

        if (session is { State: { } state, InFlight: { Response: { } recorded, Request: var request } } && outcome.Answer is { } answer)
        {
            _mapper!.Learn(state, request, recorded, answer);
        }

        End(session);
        Serve(session);
    }

    private static void End(ReplaySession session)
    {
        session.InFlight?.Dispose();
        session.InFlight = null;
    }

    private void Release()
    {
        _queue.Release(0);
        if (_isRoomAwaited && _queue.Items <= _roomAt)
        {
            _room.Set();
        }

        CheckFinished();
    }

    private ReplaySession FindOrOpen(in ReplayEntry entry)
    {
        if (_sessions.TryGetValue(entry.Session, out var session))
        {
            _leastRecent.Remove(session.Place!);
            _leastRecent.AddLast(session.Place!);
            return session;
        }

        if (_sessions.Count >= _options.MaxSessions && _leastRecent.First is { Value: { IsIdle: true } oldest })
        {
            Remove(oldest);
        }

        session = new(entry.Session) { State = _mapper?.NewSession(entry.StateOwner) };
        session.Place = _leastRecent.AddLast(session);
        _sessions.Add(entry.Session, session);
        return session;
    }

    private void Remove(ReplaySession session)
    {
        _sessions.Remove(session.Number);
        _leastRecent.Remove(session.Place!);
    }

    private void BeginFinish(TaskCompletionSource finished)
    {
        _finished = finished;
        Serve();
        CheckFinished();
    }

    private void CheckFinished()
    {
        if (_finished is { } finished && _queue.Items == 0)
        {
            finished.TrySetResult();
        }
    }

    private void DropWaiting(TaskCompletionSource dropped)
    {
        foreach (var session in _sessions.Values.ToList())
        {
            while (session.Waiting.TryDequeue(out var next))
            {
                _drops.Count(Shadow.Inbox.ReasonToStop);
                next.Entry.Dispose();
                Release();
            }
        }

        _middleware?.DropAll(DropReason.Shutdown);
        dropped.SetResult();
    }
}
