using Parallax.Traffic.Exchanges;
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

        var place = PlaceOf(flow, conversation, direction);
        if (!place.Half.HasBegun)
        {
            Begin(place, flow.Half(direction), octets);
        }

        if (place.Half.IsOpaque)
        {
            Counters.TunnelOctets += octets.Length;
            return;
        }

        if (place.IsRequests)
        {
            WithholdBodyIfRefused(place.Half, octets);
        }

        Read(place, octets, origin);
    }

    /// <inheritdoc/>
    public override void OnGap(Flow flow, Direction direction, int octets)
    {
        var conversation = ConversationOf(flow);
        if (conversation.Client is null)
        {
            return;
        }

        var place = PlaceOf(flow, conversation, direction);
        if (place.Half.Extractor is { } extractor)
        {
            extractor.Reader.SkipGap(octets);
            Read(place, default, default);
        }
        else
        {
            place.Half.IsLost = true;
        }

        if (place.Half.IsLost)
        {
            NoteLoss(place);
            conversation.PassedOverOctets += place.IsRequests ? octets : 0;
        }
    }

    /// <inheritdoc/>
    public override void OnHalfEnded(Flow flow, Direction direction)
    {
        if (flow.Attachment is Conversation { Client: not null } conversation)
        {
            FinishHalf(PlaceOf(flow, conversation, direction), isClosed: true);
        }
    }

    /// <inheritdoc/>
    public override void OnFlowEnded(Flow flow, FlowEnd reason)
    {
        if (flow.Attachment is not Conversation conversation)
        {
            return;
        }

        FinishHalf(new(flow, conversation, conversation.Requests, IsRequests: true), isClosed: false);
        FinishHalf(new(flow, conversation, conversation.Responses, IsRequests: false), isClosed: false);
        _pairing.Finish(flow, conversation);
        _consumer.OnSessionEnded(flow.Number);
        conversation.Reset();
        _spare.Push(conversation);
    }

    /// <summary>Finds out which end is the client: by what is said first, else by the SYN, else by the ports.</summary>
    /// <remarks>A request says more than a SYN: there are captures in which the end that answered the SYN asks.</remarks>
    private static bool KnowsClient(Conversation conversation, Flow flow, Direction direction, ReadOnlySpan<byte> octets)
    {
        if (conversation.Client is not null)
        {
            return true;
        }

        var tuple = flow.Key.Tuple(direction);
        conversation.Client = MessageStart.Looks(octets) switch
        {
            MessageLook.Request => direction,
            MessageLook.Response => direction.Opposite(),
            _ when flow.Initiator is { } initiator => initiator,
            MessageLook.Undecided => tuple.DestinationPort < tuple.SourcePort ? direction : direction.Opposite(),
            _ => null,
        };
        flow.Client = conversation.Client;
        return conversation.Client is not null;
    }

    /// <summary>Without its SYN, or behind a gap, the half may begin anywhere, inside a body as well; a whole start line proves that it
    /// does not.</summary>
    private static void Begin(in Place place, FlowHalf half, ReadOnlySpan<byte> octets)
    {
        place.Half.HasBegun = true;
        if (!half.HasSyn || half.HasGap)
        {
            place.Half.IsLost = MessageStart.Looks(octets) is MessageLook.Neither or MessageLook.Undecided;
            NoteLoss(place);
        }
    }

    /// <summary>Whole messages may be missing here: behind a gap that the reader lost its place in, before a half without its SYN.</summary>
    private static void NoteLoss(in Place place)
    {
        place.Conversation.RequestsMayBeMissing |= place.IsRequests;
        place.Conversation.ResponsesMayBeMissing |= !place.IsRequests;
        place.Conversation.HasUnmatchedResponse |= !place.IsRequests;
    }

    private static Place PlaceOf(Flow flow, Conversation conversation, Direction direction)
    {
        var isRequests = direction == conversation.Client;
        return new(flow, conversation, isRequests ? conversation.Requests : conversation.Responses, isRequests);
    }

    /// <summary>A client that expected 100 Continue and got its final answer goes on with its next request, or sends the body all the same
    /// (RFC 9110 §10.1.1): what it sends shows which.</summary>
    private static void WithholdBodyIfRefused(HalfState requests, ReadOnlySpan<byte> octets)
    {
        if (requests.Extractor is { Exchange.IsRefused: true } extractor && MessageStart.Looks(octets) == MessageLook.Request)
        {
            extractor.Reader.WithholdBody();
        }
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
            extractor.Follow(octets, origin);
            var met = extractor.Reader.Read(octets, out var consumed);
            status = met.Kind;
            Handle(place, extractor, met);
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

    private void Handle(in Place place, HalfExtractor extractor, in ReadEvent met)
    {
        switch (met.Kind)
        {
            case ReadEventKind.Head:
                OnHead(place, extractor, met.RawOctets);
                break;
            case ReadEventKind.Body when extractor.Exchange is not null:
                extractor.AddBody(met);
                break;
            case ReadEventKind.End when extractor.Exchange is not null:
                OnEnd(place, extractor);
                LookIntoTunnel(place, extractor);
                break;
            case ReadEventKind.Malformed:
                Counters.Malformed++;
                GiveUpMessage(place);
                break;
            case ReadEventKind.Skipped when place.Conversation.IsTunnel:
                Counters.TunnelOctets += met.RawOctets.Length;
                break;
            case ReadEventKind.Skipped:
                Counters.SkippedOctets += met.RawOctets.Length;
                place.Conversation.PassedOverOctets += place.IsRequests ? met.RawOctets.Length : 0;
                break;
            case ReadEventKind.Opaque:
                place.Half.IsOpaque = true;
                Counters.TunnelOctets += met.RawOctets.Length;
                break;
        }
    }

    private void OnHead(in Place place, HalfExtractor extractor, ReadOnlySpan<byte> octets)
    {
        var head = extractor.Reader.Head;
        if (place.IsRequests)
        {
            extractor.Exchange = _pairing.BeginRequest(place.Flow, place.Conversation, extractor.Begin(octets), head, extractor.Start);
            return;
        }

        var exchange = Pairing.FindRequest(place.Conversation, extractor.Start);
        extractor.Reader.RequestMethod = exchange?.Method ?? KnownMethod.Get;
        if (head.IsInterim)
        {
            exchange?.Flags |= ExchangeFlags.InterimSeen;
            return;
        }

        extractor.Exchange = _pairing.BeginResponse(place.Flow, place.Conversation, exchange, extractor.Begin(octets), extractor.Start);
        if (head.StatusCode == 101)
        {
            extractor.Exchange.Flags |= ExchangeFlags.Upgraded;
            BecomeOpaque(place.Conversation.Requests);
        }
        else if (extractor.Exchange.Method == KnownMethod.Connect && head.StatusCode is >= 200 and < 300)
        {
            extractor.Exchange.Flags |= ExchangeFlags.Tunnelled;
        }
    }

    /// <summary>Another protocol follows: neither half is HTTP/1 any more. That of the responses finds out by itself.</summary>
    private void BecomeOpaque(HalfState requests)
    {
        requests.IsOpaque = true;
        if (requests.Extractor is { Exchange: null })
        {
            Release(requests);
        }
    }

    /// <summary>Behind a CONNECT that was agreed to anything may follow, clear-text HTTP included: both halves look out for it.</summary>
    private static void LookIntoTunnel(in Place place, HalfExtractor extractor)
    {
        var reader = extractor.Reader;
        if (place.IsRequests || reader.BodyFraming != BodyFraming.Tunnel || reader.Head.StatusCode == 101)
        {
            return;
        }

        reader.StartResynchronising();
        place.Conversation.IsTunnel = true;
        place.Conversation.Requests.IsLost = true;
        if (place.Conversation.Requests.Extractor is { Exchange: null } requests)
        {
            requests.Reader.StartResynchronising();
        }
    }

    private void OnEnd(in Place place, HalfExtractor extractor)
    {
        var exchange = extractor.Exchange!;
        var message = extractor.End();
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

    private void FinishHalf(in Place place, bool isClosed)
    {
        if (place.Half.Extractor is { } extractor)
        {
            Handle(place, extractor, extractor.Reader.Finish(isClosed));
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
