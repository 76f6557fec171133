using Parallax.Traffic.Exchanges;
using Parallax.Wire;
using Parallax.Wire.Flows;
using Parallax.Wire.Http1;

namespace Parallax.Capture.Pipeline;

/// <summary>Turns the octets of flows into exchanges: finds out who is the client, reads both halves, pairs responses with requests.
/// </summary>
/// <remarks>Thread safety: one thread, that of its shard. Memory: messages come from the pool and count against its limit; a flow
/// between messages costs its <see cref="Conversation"/> only.</remarks>
public sealed class ExchangeBuilder : FlowConsumer
{
    private readonly ExchangeConsumer _consumer;
    private readonly ExtractorPool _extractors;
    private readonly Pairing _pairing;
    private readonly Stack<Conversation> _spare = new();
    private Timestamp _time;

    /// <summary>Makes a builder.</summary>
    /// <param name="options">What is kept.</param>
    /// <param name="pool">Lends the memory of messages.</param>
    /// <param name="ids">Gives exchanges their numbers; shared by all shards.</param>
    /// <param name="consumer">Receives what is found.</param>
    public ExchangeBuilder(ExtractionOptions options, OctetPool pool, ExchangeIds ids, ExchangeConsumer consumer)
    {
        _consumer = consumer;
        _extractors = new(pool, options);
        _pairing = new(ids, consumer, Counters);
    }

    /// <summary>What was met.</summary>
    public ExtractionCounters Counters { get; } = new();

    /// <summary>What to add to a packet's time to get the monotonic clock's: <see cref="RequestContext.ArrivedAt"/> is made with it.
    /// Null, the default, when packets do not come from now.</summary>
    public long? MonotonicOffset
    {
        get => _pairing.MonotonicOffset;
        set => _pairing.MonotonicOffset = value;
    }

    /// <inheritdoc/>
    public override void OnOctets(Flow flow, Direction direction, ReadOnlySpan<byte> octets, in SegmentOrigin origin)
    {
        var conversation = ConversationOf(flow);
        if (!KnowsClient(conversation, flow, direction, octets))
        {
            Counters.SkippedOctets += octets.Length;
            return;
        }

        var isRequests = direction == conversation.Client;
        var half = isRequests ? conversation.Requests : conversation.Responses;
        if (flow.Half(direction) is { HasSyn: false } begun && begun.DeliveredOctets == octets.Length)
        {
            half.IsLost = true;
            NoteLoss(conversation, isRequests);
        }

        if (half.IsOpaque)
        {
            Counters.TunnelOctets += octets.Length;
            return;
        }

        _time = origin.Timestamp;
        Read(new(flow, conversation, half, isRequests), octets, origin);
    }

    /// <inheritdoc/>
    public override void OnGap(Flow flow, Direction direction, int octets)
    {
        var conversation = ConversationOf(flow);
        if ((conversation.Client ??= flow.Initiator) is not { } client)
        {
            return;
        }

        var isRequests = direction == client;
        var half = isRequests ? conversation.Requests : conversation.Responses;
        if (half.Extractor is { } extractor)
        {
            extractor.Reader.SkipGap(octets);
            Read(new(flow, conversation, half, isRequests), default, default);
        }
        else
        {
            half.IsLost = true;
        }

        if (half.IsLost)
        {
            NoteLoss(conversation, isRequests);
        }
    }

    /// <inheritdoc/>
    public override void OnHalfEnded(Flow flow, Direction direction)
    {
        if (flow.Attachment is Conversation { Client: { } client } conversation)
        {
            var isRequests = direction == client;
            FinishHalf(new(flow, conversation, isRequests ? conversation.Requests : conversation.Responses, isRequests));
        }
    }

    /// <inheritdoc/>
    public override void OnFlowEnded(Flow flow, FlowEnd reason)
    {
        if (flow.Attachment is not Conversation conversation)
        {
            return;
        }

        FinishHalf(new(flow, conversation, conversation.Requests, IsRequests: true));
        FinishHalf(new(flow, conversation, conversation.Responses, IsRequests: false));
        _pairing.Finish(flow, conversation);
        _consumer.OnSessionEnded(flow.Number);
        conversation.Reset();
        _spare.Push(conversation);
    }

    /// <summary>Finds out which end is the client: by its SYN, else by what it says.</summary>
    private static bool KnowsClient(Conversation conversation, Flow flow, Direction direction, ReadOnlySpan<byte> octets)
    {
        if (conversation.Client is not null)
        {
            return true;
        }

        var tuple = flow.Key.Tuple(direction);
        conversation.Client = flow.Initiator ?? MessageStart.Looks(octets) switch
        {
            MessageLook.Request => direction,
            MessageLook.Response => direction.Opposite(),
            MessageLook.Undecided => tuple.DestinationPort < tuple.SourcePort ? direction : direction.Opposite(),
            _ => null,
        };
        flow.Client = conversation.Client;
        return conversation.Client is not null;
    }

    /// <summary>Whole messages may be missing here: behind a gap that the reader lost its place in, before a half without its SYN.</summary>
    private static void NoteLoss(Conversation conversation, bool ofRequests)
    {
        conversation.RequestsMayBeMissing |= ofRequests;
        conversation.ResponsesMayBeMissing |= !ofRequests;
    }

    private Conversation ConversationOf(Flow flow)
    {
        if (flow.Attachment is Conversation conversation)
        {
            return conversation;
        }

        conversation = _spare.Count > 0 ? _spare.Pop() : new();
        flow.Attachment = conversation;
        return conversation;
    }

    private void Read(in Place place, ReadOnlySpan<byte> octets, SegmentOrigin origin)
    {
        var extractor = place.Half.Extractor ??= _extractors.Rent(place.IsRequests, place.Half.IsLost);
        var status = ReadEventKind.Head;
        while (status != ReadEventKind.NeedMore && !place.Half.IsOpaque)
        {
            var met = extractor.Reader.Read(octets, out var consumed);
            status = met.Kind;
            Handle(place, extractor, met, origin);
            octets = octets[consumed..];
            origin = origin.Skip(consumed);
        }

        Counters.TunnelOctets += octets.Length;
        place.Half.IsLost = extractor.Reader.IsLost;
        if (place.Half.IsLost)
        {
            GiveUpMessage(place);
        }

        if (place.Half.IsOpaque || place.Half.IsLost || extractor.Reader.AtMessageStart)
        {
            Release(place.Half);
        }
    }

    private void Handle(in Place place, HalfExtractor extractor, in ReadEvent met, in SegmentOrigin origin)
    {
        switch (met.Kind)
        {
            case ReadEventKind.Head:
                OnHead(place, extractor, met, origin);
                break;
            case ReadEventKind.Body when extractor.Exchange is not null:
                extractor.AddBody(met);
                break;
            case ReadEventKind.End when extractor.Exchange is not null:
                OnEnd(place, extractor);
                break;
            case ReadEventKind.Malformed:
                Counters.Malformed++;
                GiveUpMessage(place);
                break;
            case ReadEventKind.Skipped:
                Counters.SkippedOctets += met.RawOctets.Length;
                break;
            case ReadEventKind.Opaque:
                place.Half.IsOpaque = true;
                Counters.TunnelOctets += met.RawOctets.Length;
                break;
        }
    }

    private void OnHead(in Place place, HalfExtractor extractor, in ReadEvent met, in SegmentOrigin origin)
    {
        var head = extractor.Reader.Head;
        if (place.IsRequests)
        {
            var request = extractor.Begin(met.RawOctets, origin.Timestamp);
            extractor.Exchange = _pairing.BeginRequest(place.Flow, place.Conversation, request, head, origin);
            return;
        }

        var exchange = Pairing.FindRequest(place.Conversation, origin);
        extractor.Reader.RequestMethod = exchange?.Method ?? KnownMethod.Get;
        if (head.IsInterim)
        {
            exchange?.Flags |= ExchangeFlags.InterimSeen;
            return;
        }

        var response = extractor.Begin(met.RawOctets, origin.Timestamp);
        extractor.Exchange = _pairing.BeginResponse(place.Conversation, exchange, response, origin);
        EnterTunnelIfAgreed(place.Conversation, extractor.Exchange, head.StatusCode);
    }

    /// <summary>101, or 2xx to CONNECT: from here on the flow is opaque in both directions.</summary>
    private void EnterTunnelIfAgreed(Conversation conversation, PendingExchange exchange, int status)
    {
        var upgraded = status == 101;
        var tunnelled = exchange.Method == KnownMethod.Connect && status is >= 200 and < 300;
        if (!upgraded && !tunnelled)
        {
            return;
        }

        exchange.Flags |= upgraded ? ExchangeFlags.Upgraded : ExchangeFlags.Tunnelled;
        conversation.Requests.IsOpaque = true;
        if (conversation.Requests.Extractor is { Exchange: null })
        {
            Release(conversation.Requests);
        }
    }

    private void OnEnd(in Place place, HalfExtractor extractor)
    {
        var exchange = extractor.Exchange!;
        var message = extractor.End(_time);
        extractor.Exchange = null;
        if (place.IsRequests)
        {
            _pairing.EndRequest(place.Flow, place.Conversation, exchange, message);
        }
        else
        {
            _pairing.EndResponse(place.Flow, place.Conversation, exchange);
        }
    }

    /// <summary>The message at hand will never be whole and its end is not known.</summary>
    private void GiveUpMessage(in Place place)
    {
        if (place.Half.Extractor is { Exchange: not null } extractor)
        {
            OnEnd(place, extractor);
        }
    }

    private void FinishHalf(in Place place)
    {
        if (place.Half.Extractor is { } extractor)
        {
            Handle(place, extractor, extractor.Reader.Finish(), default);
            GiveUpMessage(place);
            Release(place.Half);
        }
    }

    private void Release(HalfState half)
    {
        if (half.Extractor is { } extractor)
        {
            half.Extractor = null;
            _extractors.Return(extractor);
        }
    }

    /// <summary>One half of one conversation.</summary>
    private readonly record struct Place(Flow Flow, Conversation Conversation, HalfState Half, bool IsRequests);
}
