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
/// an orphan if the next request shows that the client had it already. Thread safety: none; one per shard.
/// </remarks>
internal sealed class Pairing(ExchangeIds ids, ExchangeConsumer consumer, ExtractionCounters counters)
{
    /// <summary>Requests that may wait for responses on one connection; pipelining goes no deeper.</summary>
    private const int MaxPending = 256;

    /// <summary>What an open exchange costs besides its messages' octets: its own object and theirs.</summary>
    private const int PendingBytes = 512;

    /// <summary>The same while no octet of the other half was ever seen: a mirror of one direction never sees a response.</summary>
    private const int MaxPendingOneSided = 8;

    private readonly Spares<PendingExchange> _spare = new();

    public long? MonotonicOffset { get; set; }

    public PendingExchange BeginRequest(Flow flow, Conversation conversation, MessageHead head, in SegmentOrigin origin)
    {
        counters.RequestsSeen++;
        var exchange = TakeEarly(flow, conversation, origin) ?? Take(conversation);
        exchange.Id = ids.Next();
        exchange.HasRequest = true;
        exchange.RequestAcknowledgment = origin.Acknowledgment;
        exchange.HasAcknowledgment = origin.HasAcknowledgment;
        exchange.Method = head.KnownMethod;
        exchange.FollowsLoss = conversation.RequestsMayBeMissing;
        exchange.BeginsBatch = conversation.LatestAcknowledgment != origin.Acknowledgment;
        conversation.LatestAcknowledgment = origin.Acknowledgment;
        conversation.RequestsMayBeMissing = false;
        if (exchange.HasResponse)
        {
            JudgePairing(conversation, exchange, exchange.ResponseStart);

            // A response read before its request was read as if to a GET; to these methods it has no body, and others were taken for it.
            conversation.PairingIsUncertain |= head.KnownMethod is KnownMethod.Head or KnownMethod.Connect;
            exchange.Flags |= conversation.PairingIsUncertain ? ExchangeFlags.PairingUncertain : 0;
        }

        exchange.ExpectsContinue = head.ExpectsContinue;
        exchange.Flags |= conversation.IsTunnel ? ExchangeFlags.Tunnelled : 0;
        conversation.Pending.Add(exchange);
        var bound = flow.Half(conversation.Client!.Value.Opposite()).IsKnown ? MaxPending : MaxPendingOneSided;
        while (conversation.Pending.Count > bound && conversation.Pending[0].RequestEnded && !conversation.Pending[0].HasResponse)
        {
            HandOn(flow, conversation, conversation.Pending[0]);
        }

        return exchange;
    }

    public void EndRequest(Flow flow, Conversation conversation, PendingExchange exchange, Message request)
    {
        exchange.RequestEnded = true;
        counters.RequestsIncomplete += request.IsIncomplete ? 1 : 0;
        counters.RequestsTruncated += request is { IsIncomplete: false, IsTruncated: true } ? 1 : 0;
        counters.RequestsComplete += request.IsComplete ? 1 : 0;
        if (conversation.IsTunnel)
        {
            counters.RequestsInTunnels += request.IsComplete ? 1 : 0;
        }
        else
        {
            var arrived = MonotonicOffset is { } offset ? unchecked(request.LastOctetAt.Nanoseconds + offset) : 0;
            consumer.OnRequest(request, new(exchange.Id, flow.Number, ClientOf(flow, conversation), arrived));
        }

        if (consumer.TakesExchanges)
        {
            counters.HeldBytes += request.HeldBytes;
            exchange.Request = request;
        }
        else
        {
            request.Dispose();
        }

        if (exchange.IsOver)
        {
            HandOn(flow, conversation, exchange);
        }
    }

    /// <summary>The request that a response beginning at <paramref name="origin"/> answers; null when none was captured so far.</summary>
    public static PendingExchange? FindRequest(Conversation conversation, in SegmentOrigin origin)
    {
        PendingExchange? found = null;
        foreach (var exchange in conversation.Pending)
        {
            if (exchange.HasResponse || exchange.IsAnsweredUnreadably || !CanAnswer(origin.First, exchange))
            {
                continue;
            }

            if (!conversation.PairingIsUncertain && !exchange.IsDistrusted)
            {
                return exchange;
            }

            found = found is null || exchange.RequestAcknowledgment.OctetsSince(found.RequestAcknowledgment) > 0 ? exchange : found;
        }

        return found;
    }

    /// <summary>What begins at <paramref name="origin"/> cannot be read: the request it answers gets no response, so that it
    /// takes nobody else's.</summary>
    public static void NoteUnreadable(Conversation conversation, in SegmentOrigin origin)
    {
        if (FindRequest(conversation, origin) is { } answered)
        {
            answered.IsAnsweredUnreadably = true;
            answered.Flags |= ExchangeFlags.PairingUncertain;
        }
    }

    public PendingExchange BeginResponse(Flow flow, Conversation conversation, PendingExchange? exchange, in SegmentOrigin origin)
    {
        counters.Responses++;
        if (exchange is null)
        {
            exchange = Take(conversation);
            exchange.ResponseStart = origin.First;
            KeepEarly(flow, conversation, exchange);
        }
        else
        {
            // Every request before this one was read: what came before its response has none.
            while (conversation.Early.Count > 0 && conversation.Early[0].ResponseEnded)
            {
                HandOn(flow, conversation, conversation.Early[0]);
            }

            JudgePairing(conversation, exchange, origin.First);
            exchange.Flags |= conversation.PairingIsUncertain ? ExchangeFlags.PairingUncertain : 0;
        }

        exchange.HasResponse = true;
        return exchange;
    }

    public void EndResponse(Flow flow, Conversation conversation, PendingExchange exchange, Message? response)
    {
        exchange.ResponseEnded = true;
        exchange.Response = response;
        counters.HeldBytes += response?.HeldBytes ?? 0;
        if (!exchange.IsOver)
        {
            return;
        }

        // Those before it got no response that was captured.
        while (conversation.Pending[0] != exchange && conversation.Pending[0] is { RequestEnded: true, HasResponse: false })
        {
            HandOn(flow, conversation, conversation.Pending[0]);
        }

        HandOn(flow, conversation, exchange);
    }

    /// <summary>The flow is over: nothing that is open will be completed.</summary>
    public void Finish(Flow flow, Conversation conversation)
    {
        while (conversation.Early.Count > 0)
        {
            HandOn(flow, conversation, conversation.Early[0]);
        }

        while (conversation.Pending.Count > 0)
        {
            HandOn(flow, conversation, conversation.Pending[0]);
        }
    }

    /// <summary>Decides whether there is a doubt that the response at <paramref name="start"/> answers <paramref name="exchange"/>. There
    /// is none when nothing was lost, and none when the client sent the request having received exactly what came before the
    /// response, unless it keeps several in flight all the time.</summary>
    private static void JudgePairing(Conversation conversation, PendingExchange exchange, SequenceNumber start)
    {
        if (conversation.PairingIsUncertain || exchange.FollowsLoss)
        {
            conversation.PairingIsUncertain = exchange.FollowsLoss || conversation.KeepsSeveralInFlight
                || !exchange.BeginsBatch || !exchange.HasAcknowledgment || start != exchange.RequestAcknowledgment;
            return;
        }

        foreach (var other in conversation.Pending)
        {
            conversation.KeepsSeveralInFlight |= other != exchange && !other.HasResponse && CanAnswer(start, other)
                && other.RequestAcknowledgment.OctetsSince(exchange.RequestAcknowledgment) > 0;
        }
    }

    /// <summary>False when the client had the response already when it sent the request.</summary>
    private static bool CanAnswer(SequenceNumber start, PendingExchange exchange) =>
        !exchange.HasAcknowledgment || start.OctetsSince(exchange.RequestAcknowledgment) >= 0;

    /// <summary>The response captured before the request that begins at <paramref name="origin"/>, if one can be its answer; those the
    /// client had already are orphans.</summary>
    private PendingExchange? TakeEarly(Flow flow, Conversation conversation, in SegmentOrigin origin)
    {
        while (conversation.Early.Count > 0)
        {
            var early = conversation.Early[0];
            if (!origin.HasAcknowledgment || early.ResponseStart.OctetsSince(origin.Acknowledgment) >= 0)
            {
                conversation.Early.RemoveAt(0);
                return early;
            }

            if (!early.ResponseEnded)
            {
                return null;
            }

            HandOn(flow, conversation, early);
        }

        return null;
    }

    /// <summary>Lets a response wait for its request. The bound is that of requests that wait: in a mirror of the server's side alone
    /// every response waits in vain.</summary>
    private void KeepEarly(Flow flow, Conversation conversation, PendingExchange response)
    {
        conversation.Early.Add(response);
        var bound = flow.Half(conversation.Client!.Value).IsKnown ? MaxPending : MaxPendingOneSided;
        while (conversation.Early.Count > bound && conversation.Early[0].ResponseEnded)
        {
            HandOn(flow, conversation, conversation.Early[0]);
        }
    }

    private PendingExchange Take(Conversation conversation)
    {
        counters.HeldBytes += PendingBytes;
        var exchange = _spare.Take() ?? new();
        exchange.Sequence = conversation.NextSequence++;
        return exchange;
    }

    private void HandOn(Flow flow, Conversation conversation, PendingExchange pending)
    {
        if (!conversation.Pending.Remove(pending))
        {
            conversation.Early.Remove(pending);
        }

        counters.HeldBytes -= PendingBytes + (pending.Request?.HeldBytes ?? 0) + (pending.Response?.HeldBytes ?? 0);
        counters.Exchanges++;
        counters.OrphanResponses += pending.HasRequest ? 0 : 1;
        counters.Unanswered += pending.HasResponse ? 0 : 1;
        if (consumer.TakesExchanges)
        {
            using var exchange = Exchange(flow, conversation, pending);
            consumer.OnExchange(exchange);
        }
        else
        {
            pending.Request?.Dispose();
            pending.Response?.Dispose();
        }

        pending.Reset();
        _spare.Keep(pending);
    }

    private static Endpoint ClientOf(Flow flow, Conversation conversation)
    {
        if (conversation.ClientEnd is { } known)
        {
            return known;
        }

        var tuple = flow.Key.Tuple(conversation.Client!.Value);
        var end = new Endpoint(tuple.Source, tuple.SourcePort);
        conversation.ClientEnd = end;
        return end;
    }

    private Exchange Exchange(Flow flow, Conversation conversation, PendingExchange pending)
    {
        var tuple = flow.Key.Tuple(conversation.Client!.Value);
        var exchange = new Exchange
        {
            Id = pending.Id != 0 ? pending.Id : ids.Next(),
            Session = flow.Number,
            SequenceInSession = pending.Sequence,
            Client = ClientOf(flow, conversation),
            Server = new(tuple.Destination, tuple.DestinationPort),
            Vni = flow.Vni,
        };
        if (pending.Request is { } request)
        {
            exchange.SetRequest(request);
        }

        if (pending.Response is { } response)
        {
            exchange.SetResponse(response);
        }

        exchange.Mark(pending.Flags | FlagsOf(flow, pending));
        return exchange;
    }

    private static ExchangeFlags FlagsOf(Flow flow, PendingExchange pending) =>
        (pending.HasResponse ? 0 : ExchangeFlags.NoResponse)
        | (pending.HasRequest ? 0 : ExchangeFlags.OrphanResponse)
        | (pending.Response?.FirstOctetAt < pending.Request?.LastOctetAt ? ExchangeFlags.EarlyResponse : 0)
        | (flow.HasGap ? ExchangeFlags.GapInFlow : 0)
        | (flow.IsSnapCut ? ExchangeFlags.SnapCut : 0)
        | (flow.Initiator is null ? ExchangeFlags.MidStream : 0);
}
