using Parallax.Shadows.Clients;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Delivery;

/// <summary>One connection for each captured connection, whose requests are sent in their order, each after the answer to the one
/// before.</summary>
/// <remarks>
/// Requests are taken from the queue into their sessions' lines but count against the queue's bounds until they are sent.
/// Thread safety: belongs to the loop's thread, but for <see cref="EndSession"/>.
/// </remarks>
internal sealed class SessionDelivery : IDeliveryKind
{
    private readonly WaitingRequests _waiting;
    private readonly Connector _connector;
    private readonly Settlement _settlement;
    private readonly int _maxSessions;
    private readonly Dictionary<long, ShadowSession> _sessions = [];
    private readonly LinkedList<ShadowSession> _leastRecent = [];
    private readonly Queue<ShadowSession> _line = [];
    private readonly BoundedQueue<long> _ended;
    private readonly List<long> _endedNow = [];

    public SessionDelivery(WaitingRequests waiting, Connector connector, Settlement settlement, ShadowOptions options)
    {
        _waiting = waiting;
        _connector = connector;
        _settlement = settlement;
        _maxSessions = options.MaxSessions;
        _ended = new BoundedQueue<long>(options.QueueItems, long.MaxValue, new DropCounters(), waiting.Wake);
    }

    /// <summary>The captured connection is over, from any thread. When too many end at once the news is lost and the session ends by the
    /// idle time-out.</summary>
    public void EndSession(long number) => _ended.Offer(number, 0);

    public DropReason Offer(in OutgoingRequest request)
    {
        var refused = _waiting.Offer(request);
        if (refused == DropReason.None)
        {
            Serve();
        }

        return refused;
    }

    public DropReason Refuse(long bytes) => _waiting.Queue.Refuse(bytes);

    public void OnIdle(MessageConnection connection) => ServeSession(SessionOf(connection));

    public void Serve()
    {
        // The ends are read before the requests: a request offered before its session's end is then always in its line when that is seen.
        _endedNow.Clear();
        while (_ended.TryTake(out var number))
        {
            _endedNow.Add(number);
        }

        while (_waiting.Queue.TryHold(out var request))
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

        if (!_waiting.IsWatching)
        {
            DropExpired();
        }

        ConnectLine();
    }

    public void ServeAfter(MessageConnection gone)
    {
        ServeSession(SessionOf(gone));
        ConnectLine();
    }

    public void OnRoom(MessageConnection connection)
    {
    }

    public void CloseIdle()
    {
    }

    public void Resend(MessageConnection failed, in OutgoingRequest request) => Open(SessionOf(failed), request);

    public void Detach(MessageConnection connection)
    {
        var session = SessionOf(connection);
        if (session.Connection == connection)
        {
            session.Connection = null;
        }
    }

    public void FailOldest(MessageConnection connection, FailureReason failure)
    {
        if (TryTakeWaiting(SessionOf(connection), out var request))
        {
            _settlement.Fail(request, failure);
        }
    }

    public void DropWaiting(DropReason reason)
    {
        while (_waiting.Queue.TryTake(out var request))
        {
            _settlement.Drop(request, reason);
        }

        foreach (var session in _sessions.Values)
        {
            while (TryTakeWaiting(session, out var request))
            {
                _settlement.Drop(request, reason);
            }
        }
    }

    private static ShadowSession SessionOf(MessageConnection connection) => (ShadowSession)connection.Owner!;

    private void Open(ShadowSession session, OutgoingRequest? resend)
    {
        session.Connection = _connector.NewConnection(session, resend);
        _connector.Open(session.Connection);
    }

    private void Sort(in OutgoingRequest request)
    {
        var session = FindOrOpen(request.Context.Session);
        if (session is null)
        {
            Leave(request);
            _settlement.Drop(request, DropReason.SessionLimit);
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

        if (_sessions.Count >= _maxSessions && !EvictIdle())
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
                _settlement.Begin(connection, request);
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
        while (_connector.MayConnect && _line.TryDequeue(out var session))
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
        var oldest = default(OutgoingRequest);
        foreach (var session in _sessions.Values)
        {
            while (session.Waiting.TryPeek(out var request))
            {
                if (!_waiting.IsExpired(request))
                {
                    oldest = oldest.Message is null || request.OfferedAt < oldest.OfferedAt ? request : oldest;
                    break;
                }

                TryTakeWaiting(session, out _);
                _settlement.Drop(request, DropReason.QueueExpired);
            }
        }

        if (oldest.Message is not null)
        {
            _waiting.Watch(oldest);
        }
    }

    private bool TryTakeWaiting(ShadowSession session, out OutgoingRequest request)
    {
        if (!session.Waiting.TryDequeue(out request))
        {
            return false;
        }

        Leave(request);
        return true;
    }

    private void Leave(in OutgoingRequest request) => _waiting.Queue.Release(request.RawOctets);

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
