using Parallax.Traffic.Exchanges;
using Parallax.Wire.Flows;
using Parallax.Wire.Http1;

namespace Parallax.Capture.Pipeline;

/// <summary>The exchanges of a shard that are not over: lends their objects, numbers and counts them, and hands on to the consumer what has
/// ended.</summary>
/// <remarks>Thread safety: none; one per shard.</remarks>
/// <param name="ids">Gives exchanges their numbers.</param>
/// <param name="consumer">Receives requests and exchanges.</param>
/// <param name="clock">Says when requests arrived; null when that is not known.</param>
/// <param name="counters">Counts what passes.</param>
internal sealed class OpenExchanges(ExchangeIds ids, ExchangeConsumer consumer, PacketClock? clock, ExtractionCounters counters)
{
    /// <summary>What an open exchange costs besides its messages' octets: its own object and theirs.</summary>
    private const int PendingBytes = 512;

    private readonly Spares<PendingExchange> _spare = new();

    /// <summary>Begins one that has neither message yet; <see cref="HandOn"/> ends it.</summary>
    /// <param name="sequence">Its place in its conversation.</param>
    public PendingExchange Begin(int sequence)
    {
        counters.HeldBytes += PendingBytes;
        var exchange = _spare.Take() ?? new();
        exchange.Begin(sequence);
        return exchange;
    }

    public void BeginRequest(PendingExchange exchange, MessageHead head, in SegmentOrigin origin)
    {
        counters.RequestsSeen++;
        exchange.BeginRequest(ids.Next(), head, origin);
    }

    /// <summary>Takes over the request's reference, and announces the request unless it is for another server.</summary>
    public void EndRequest(FlowRoles roles, PendingExchange exchange, Message request, bool isInTunnel)
    {
        counters.RequestsIncomplete += request.IsIncomplete ? 1 : 0;
        counters.RequestsTruncated += request is { IsIncomplete: false, IsTruncated: true } ? 1 : 0;
        counters.RequestsComplete += request.IsComplete ? 1 : 0;
        if (isInTunnel)
        {
            counters.RequestsInTunnels += request.IsComplete ? 1 : 0;
        }
        else
        {
            var arrived = clock?.ArrivedAt(request.LastOctetAt) ?? 0;
            consumer.OnRequest(request, new(exchange.Id, roles.Flow.Number, roles.ClientEnd, arrived));
        }

        if (consumer.TakesExchanges)
        {
            counters.HeldBytes += request.HeldBytes;
            exchange.EndRequest(request);
        }
        else
        {
            request.Dispose();
            exchange.EndRequest(null);
        }
    }

    public void BeginResponse(PendingExchange exchange, in SegmentOrigin origin)
    {
        counters.Responses++;
        exchange.BeginResponse(origin);
    }

    /// <summary>Takes over the response's reference; null when it was only read.</summary>
    public void EndResponse(PendingExchange exchange, Message? response)
    {
        counters.HeldBytes += response?.HeldBytes ?? 0;
        exchange.EndResponse(response);
    }

    /// <summary>Hands one on as it is; its object is used again after that.</summary>
    public void HandOn(FlowRoles roles, PendingExchange pending)
    {
        counters.HeldBytes -= PendingBytes + (pending.Request?.HeldBytes ?? 0) + (pending.Response?.HeldBytes ?? 0);
        counters.Exchanges++;
        counters.OrphanResponses += pending.HasRequest ? 0 : 1;
        counters.Unanswered += pending.HasResponse ? 0 : 1;
        if (consumer.TakesExchanges)
        {
            using var exchange = Exchange(roles, pending);
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

    private Exchange Exchange(FlowRoles roles, PendingExchange pending)
    {
        var exchange = new Exchange
        {
            Id = pending.Id != 0 ? pending.Id : ids.Next(),
            Session = roles.Flow.Number,
            SequenceInSession = pending.Sequence,
            Client = roles.ClientEnd,
            Server = roles.ServerEnd,
            Vni = roles.Flow.Vni,
        };
        if (pending.Request is { } request)
        {
            exchange.SetRequest(request);
        }

        if (pending.Response is { } response)
        {
            exchange.SetResponse(response);
        }

        exchange.Mark(pending.Flags | FlagsOf(roles.Flow, pending));
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
