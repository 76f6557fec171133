using Parallax.Traffic.Exchanges;
using Parallax.Wire.Flows;
using Parallax.Wire.Http1;

namespace Parallax.Capture.Pipeline;

/// <summary>Decides which response answers which request of a conversation, and hands exchanges on when they are over.</summary>
/// <remarks>
/// TCP's own numbers decide. With s the first octet of a response and a what the client had acknowledged when it sent a request, the
/// response can answer the request only if a ≤ s: otherwise the client had it already. Among the requests that qualify the oldest
/// unanswered one is answered (RFC 9112 §9.3.2), unless responses are missing: then the one with the largest a, because the client
/// must have received the answers to those before it. A response without such a request waits for one that is captured later, and is
/// an orphan if the next request shows that the client had it already. Thread safety: none; belongs to one conversation.
/// </remarks>
internal sealed class PairingQueue(FlowRoles roles, OpenExchanges exchanges)
{
    /// <summary>Requests that may wait for responses on one connection; pipelining goes no deeper.</summary>
    private const int MaxPending = 256;

    /// <summary>The same while no octet of the other half was ever seen: a mirror of one direction never sees a response.</summary>
    private const int MaxPendingOneSided = 8;

    private readonly List<PendingExchange> _pending = new(1); // with a request, oldest first; seldom more than one
    private List<PendingExchange>? _early; // responses that came before their request, oldest first; rare, so made with the first
    private int _nextSequence;

    /// <summary>What the client had acknowledged when it sent the latest request.</summary>
    private SequenceNumber? _latestAcknowledgment;

    /// <summary>True from a gap that may have swallowed requests until the next request.</summary>
    private bool _requestsMayBeMissing;

    /// <summary>True once a request was sent after some, but not all, responses to those before it.</summary>
    private bool _keepsSeveralInFlight;

    /// <summary>True from a loss that may have swallowed responses, or requests whose responses are still to come, until the numbers are
    /// clear again: which request got which response is not certain.</summary>
    private bool _isUncertain;

    /// <summary>True once a message was seen.</summary>
    public bool HasBegun => _nextSequence > 0;

    /// <summary>Whole messages of one half may be missing here.</summary>
    public void NoteLoss(bool ofRequests)
    {
        _requestsMayBeMissing |= ofRequests;
        _isUncertain |= !ofRequests;
    }

    /// <summary>A request begins.</summary>
    /// <param name="head">What was read of it.</param>
    /// <param name="origin">Where it begins.</param>
    /// <param name="isDistrusted">True when it may be the body of one before it.</param>
    public PendingExchange BeginRequest(MessageHead head, in SegmentOrigin origin, bool isDistrusted)
    {
        var exchange = TakeEarly(origin) ?? exchanges.Begin(_nextSequence++);
        exchanges.BeginRequest(exchange, head, origin);
        exchange.NoteEvidence(_requestsMayBeMissing, _latestAcknowledgment != origin.Acknowledgment, isDistrusted);
        _latestAcknowledgment = origin.Acknowledgment;
        _requestsMayBeMissing = false;
        if (exchange.HasResponse)
        {
            Judge(exchange, exchange.ResponseStart);

            // A response read before its request was read as if to a GET; to these methods it has no body, and others were taken for it.
            _isUncertain |= head.KnownMethod is KnownMethod.Head or KnownMethod.Connect;
            exchange.Mark(_isUncertain ? ExchangeFlags.PairingUncertain : 0);
        }

        _pending.Add(exchange);
        var bound = roles.IsServerSeen ? MaxPending : MaxPendingOneSided;
        while (_pending.Count > bound && _pending[0] is { RequestEnded: true, HasResponse: false } unanswered)
        {
            HandOn(unanswered);
        }

        return exchange;
    }

    /// <summary>A request ended. Its reference is taken over.</summary>
    public void EndRequest(PendingExchange exchange, Message request, bool isInTunnel)
    {
        exchanges.EndRequest(roles, exchange, request, isInTunnel);
        if (exchange.IsOver)
        {
            HandOn(exchange);
        }
    }

    /// <summary>The request that a response beginning at <paramref name="origin"/> answers; null when none was captured so far.</summary>
    public PendingExchange? FindRequest(in SegmentOrigin origin)
    {
        PendingExchange? found = null;
        foreach (var exchange in _pending)
        {
            if (exchange.HasResponse || exchange.IsAnsweredUnreadably || !exchange.CanBeAnsweredAt(origin.First))
            {
                continue;
            }

            if (!_isUncertain && !exchange.IsDistrusted)
            {
                return exchange;
            }

            found = found is null || exchange.RequestAcknowledgment.OctetsSince(found.RequestAcknowledgment) > 0 ? exchange : found;
        }

        return found;
    }

    /// <summary>What begins at <paramref name="origin"/> cannot be read: the request it answers gets no response, so that it
    /// takes nobody else's.</summary>
    public void NoteUnreadable(in SegmentOrigin origin) => FindRequest(origin)?.NoteUnreadable();

    /// <summary>A response begins.</summary>
    /// <param name="answered">What <see cref="FindRequest"/> found for it.</param>
    /// <param name="origin">Where it begins.</param>
    public PendingExchange BeginResponse(PendingExchange? answered, in SegmentOrigin origin)
    {
        if (answered is null)
        {
            var response = exchanges.Begin(_nextSequence++);
            exchanges.BeginResponse(response, origin);
            KeepEarly(response);
            return response;
        }

        // Every request before this one was read: what came before its response has none.
        while (_early is [{ ResponseEnded: true } early, ..])
        {
            HandOn(early);
        }

        Judge(answered, origin.First);
        answered.Mark(_isUncertain ? ExchangeFlags.PairingUncertain : 0);
        exchanges.BeginResponse(answered, origin);
        return answered;
    }

    /// <summary>A response ended. Its reference is taken over; null when it was only read.</summary>
    public void EndResponse(PendingExchange exchange, Message? response)
    {
        exchanges.EndResponse(exchange, response);
        if (!exchange.IsOver)
        {
            return;
        }

        // Those before it got no response that was captured.
        while (_pending[0] is { RequestEnded: true, HasResponse: false } unanswered)
        {
            HandOn(unanswered);
        }

        HandOn(exchange);
    }

    /// <summary>The flow is over: nothing that is open will be completed. Forgets everything, so that another conversation can use the
    /// queue.</summary>
    public void Finish()
    {
        while (_early is [var early, ..])
        {
            HandOn(early);
        }

        while (_pending is [var pending, ..])
        {
            HandOn(pending);
        }

        _nextSequence = 0;
        _latestAcknowledgment = null;
        _requestsMayBeMissing = _keepsSeveralInFlight = _isUncertain = false;
    }

    /// <summary>Decides whether there is a doubt that the response at <paramref name="start"/> answers <paramref name="exchange"/>. There
    /// is none when nothing was lost, and none when the client sent the request having received exactly what came before the
    /// response, unless it keeps several in flight all the time.</summary>
    private void Judge(PendingExchange exchange, SequenceNumber start)
    {
        if (_isUncertain || exchange.FollowsLoss)
        {
            _isUncertain = exchange.FollowsLoss || _keepsSeveralInFlight
                || !exchange.BeginsBatch || !exchange.HasAcknowledgment || start != exchange.RequestAcknowledgment;
            return;
        }

        foreach (var other in _pending)
        {
            _keepsSeveralInFlight |= other != exchange && !other.HasResponse && other.CanBeAnsweredAt(start)
                && other.RequestAcknowledgment.OctetsSince(exchange.RequestAcknowledgment) > 0;
        }
    }

    /// <summary>The response captured before the request that begins at <paramref name="origin"/>, if one can be its answer; those the
    /// client had already are orphans.</summary>
    private PendingExchange? TakeEarly(in SegmentOrigin origin)
    {
        while (_early is [var early, ..])
        {
            if (!origin.HasAcknowledgment || early.ResponseStart.OctetsSince(origin.Acknowledgment) >= 0)
            {
                _early.RemoveAt(0);
                return early;
            }

            if (!early.ResponseEnded)
            {
                return null;
            }

            HandOn(early);
        }

        return null;
    }

    /// <summary>Lets a response wait for its request. The bound is that of requests that wait: in a mirror of the server's side alone
    /// every response waits in vain.</summary>
    private void KeepEarly(PendingExchange response)
    {
        _early ??= [];
        _early.Add(response);
        var bound = roles.IsClientSeen ? MaxPending : MaxPendingOneSided;
        while (_early.Count > bound && _early is [{ ResponseEnded: true } early, ..])
        {
            HandOn(early);
        }
    }

    private void HandOn(PendingExchange exchange)
    {
        if (!_pending.Remove(exchange))
        {
            _early?.Remove(exchange);
        }

        exchanges.HandOn(roles, exchange);
    }
}
