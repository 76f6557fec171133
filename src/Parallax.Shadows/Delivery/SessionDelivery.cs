using Parallax.Reactor.Connections;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Delivery;

/// <summary>One connection for each captured connection, whose requests are sent in their order, each after the answer to the one
/// before.</summary>
/// <remarks>
/// Requests are taken from the queue into their sessions' lines but count against the queue's bounds until they are sent.
/// Thread safety: belongs to the loop's thread, but for <see cref="EndSession"/>.
/// </remarks>
internal sealed class SessionDelivery : Delivery
{
    private readonly Dictionary<long, ShadowSession> _sessions = [];
    private readonly LinkedList<ShadowSession> _leastRecent = [];
    private readonly Queue<ShadowSession> _line = [];
    private readonly BoundedQueue<long> _ended;
    private readonly List<long> _endedNow = [];

    public SessionDelivery(ShadowTargetConfig config, IEventLoop loop, ShadowCounters counters)
        : base(config, loop, counters) =>
        _ended = new BoundedQueue<long>(Options.QueueItems, long.MaxValue, new DropCounters(), Wake);

    /// <summary>The captured connection is over, from any thread. When too many end at once the news is lost and the session ends by the
    /// idle time-out.</summary>
    public void EndSession(long number) => _ended.Offer(number, 0);

    public override DropReason Offer(in ShadowRequest request)
    {
        var refused = Queue.Offer(request, request.RawOctets);
        if (refused == DropReason.None)
        {
            Serve();
        }

        return refused;
    }

    public override void OnIdle(ShadowConnection connection)
    {
        ServeSession(connection.Session!);
        CheckDrained();
    }

    private protected override void Serve()
    {
        // The ends are read before the requests: a request offered before its session's end is then always in its line when that is seen.
        _endedNow.Clear();
        while (_ended.TryTake(out var number))
        {
            _endedNow.Add(number);
        }

        while (Queue.TryHold(out var request))
        {
            Sort(request);
        }

        foreach (var number in _endedNow)
        {
            if (_sessions.TryGetValue(number, out var session))
            {
                session.HasEnded = true;
                ServeSession(session);
            }
        }

        if (!IsWatchingExpiry)
        {
            DropExpired();
        }

        ConnectLine();
    }

    private protected override void Serve(ShadowConnection gone)
    {
        ServeSession(gone.Session!);
        ConnectLine();
    }

    public override void OnRoom(ShadowConnection connection)
    {
    }

    private protected override void Resend(ShadowConnection failed, in ShadowRequest request) => Open(failed.Session, request);

    private protected override void Attach(ShadowConnection connection) => connection.Session!.Connection = connection;

    private protected override void Detach(ShadowConnection connection)
    {
        var session = connection.Session!;
        if (session.Connection == connection)
        {
            session.Connection = null;
        }
    }

    private protected override void FailOldest(ShadowConnection connection, FailureReason failure)
    {
        if (TryTakeWaiting(connection.Session!, out var request))
        {
            Fail(request, failure);
        }
    }

    private protected override void DropWaiting()
    {
        while (Queue.TryTake(out var request))
        {
            Drop(request, DropReason.Shutdown);
        }

        foreach (var session in _sessions.Values)
        {
            while (TryTakeWaiting(session, out var request))
            {
                Drop(request, DropReason.Shutdown);
            }
        }
    }

    private void Sort(in ShadowRequest request)
    {
        var session = FindOrOpen(request.Context.Session);
        if (session is null)
        {
            Leave(request);
            Drop(request, DropReason.SessionLimit);
            return;
        }

        session.Waiting.Enqueue(request);
        ServeSession(session);
    }

    private ShadowSession? FindOrOpen(long number)
    {
        if (_sessions.TryGetValue(number, out var session))
        {
            _leastRecent.Remove(session.Place!);
            _leastRecent.AddLast(session.Place!);
            return session;
        }

        if (_sessions.Count >= Options.MaxSessions && !EvictIdle())
        {
            return null;
        }

        session = new ShadowSession(number);
        session.Place = _leastRecent.AddLast(session);
        _sessions.Add(number, session);
        return session;
    }

    private bool EvictIdle()
    {
        for (var place = _leastRecent.First; place is not null; place = place.Next)
        {
            if (place.Value.IsIdle)
            {
                var session = place.Value;
                Remove(session);
                session.Connection?.CloseWhenSent();
                return true;
            }
        }

        return false;
    }

    private void ServeSession(ShadowSession session)
    {
        if (session.Connection is { } connection)
        {
            if (!connection.IsIdle)
            {
                return;
            }

            if (TryTakeWaiting(session, out var request))
            {
                Begin(connection, request);
            }
            else if (session.HasEnded)
            {
                connection.CloseWhenSent();
            }
        }
        else if (session.Waiting.Count == 0)
        {
            Remove(session);
        }
        else if (!session.IsInLine)
        {
            session.IsInLine = true;
            _line.Enqueue(session);
        }
    }

    private void ConnectLine()
    {
        while (MayConnect && _line.TryDequeue(out var session))
        {
            session.IsInLine = false;
            if (session.Connection is not null)
            {
                continue;
            }

            if (session.Waiting.Count > 0)
            {
                Open(session, resend: null);
            }
            else
            {
                Remove(session);
            }
        }
    }

    // A walk over all sessions, but no oftener than requests can expire.
    private void DropExpired()
    {
        var oldest = default(ShadowRequest);
        foreach (var session in _sessions.Values)
        {
            while (session.Waiting.TryPeek(out var request))
            {
                if (!IsExpired(request))
                {
                    oldest = oldest.Message is null || request.OfferedAt < oldest.OfferedAt ? request : oldest;
                    break;
                }

                TryTakeWaiting(session, out _);
                Drop(request, DropReason.QueueExpired);
            }
        }

        if (oldest.Message is not null)
        {
            WatchExpiry(oldest);
        }
    }

    private bool TryTakeWaiting(ShadowSession session, out ShadowRequest request)
    {
        if (!session.Waiting.TryDequeue(out request))
        {
            return false;
        }

        Leave(request);
        return true;
    }

    private void Leave(in ShadowRequest request) => Queue.Release(request.RawOctets);

    // A session may be gone already, and its number be another's by now.
    private void Remove(ShadowSession session)
    {
        if (_sessions.TryGetValue(session.Number, out var known) && known == session)
        {
            _sessions.Remove(session.Number);
            _leastRecent.Remove(session.Place!);
        }
    }
}
