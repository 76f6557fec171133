using Parallax.Traffic.Exchanges;
using Parallax.Wire.Flows;
using Parallax.Wire.Http1;

namespace Parallax.Capture.Pipeline;

/// <summary>Turns the octets of flows into exchanges: finds out who is the client, has both halves read and responses paired with
/// requests.</summary>
/// <remarks>Thread safety: one thread, that of its shard. Memory: messages come from the pool and count against its limit; a flow
/// between messages costs its <see cref="Conversation"/> only.</remarks>
public sealed class ExchangeBuilder : FlowConsumer
{
    private readonly ExchangeConsumer _consumer;
    private readonly Extraction _extraction;
    private readonly Pairing _pairing;
    private readonly ProtocolRecognition _protocols;
    private readonly Spares<Conversation> _spare = new();

    /// <summary>Makes a builder.</summary>
    /// <param name="options">What is kept.</param>
    /// <param name="pool">Lends the memory of messages.</param>
    /// <param name="ids">Gives exchanges their numbers; shared by all shards.</param>
    /// <param name="consumer">Receives what is found.</param>
    public ExchangeBuilder(ExtractionOptions options, OctetPool pool, ExchangeIds ids, ExchangeConsumer consumer)
    {
        _consumer = consumer;
        _pairing = new(ids, consumer, Counters);
        _protocols = new(Counters);
        _extraction = new(new(pool, options, consumer.TakesExchanges), _pairing, _protocols, Counters);
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
        if (conversation.IsPastPreamble)
        {
            Read(flow, conversation, direction, octets, origin);
        }
        else
        {
            ReadPreamble(flow, conversation, direction, octets, origin);
        }
    }

    private void ReadPreamble(
        Flow flow, Conversation conversation, Direction direction, ReadOnlySpan<byte> octets, in SegmentOrigin origin)
    {
        conversation.Preamble ??= ProxyPreamble.Begin(octets, direction);
        if (conversation.Preamble is not { } preamble || preamble.From != direction)
        {
            // While the client's header is on its way the server may say something; nothing else comes before the first octets.
            conversation.IsPastPreamble = conversation.Preamble is null;
            Read(flow, conversation, direction, octets, origin);
            return;
        }

        var taken = preamble.Take(octets, origin, out var client);
        conversation.ClientEnd ??= client;
        if (taken < 0)
        {
            EndPreamble(conversation);
            if (!preamble.Kept.IsEmpty)
            {
                Read(flow, conversation, direction, preamble.Kept, preamble.Origin);
            }

            Read(flow, conversation, direction, octets, origin);
        }
        else if (preamble.IsOver)
        {
            EndPreamble(conversation);
            Counters.ProxiedConnections++;
            conversation.Client ??= direction;
            flow.Client = conversation.Client;
            if (taken < octets.Length)
            {
                Read(flow, conversation, direction, octets[taken..], origin.Skip(taken));
            }
        }
    }

    private static void EndPreamble(Conversation conversation)
    {
        conversation.Preamble = null;
        conversation.IsPastPreamble = true;
    }

    private void Read(Flow flow, Conversation conversation, Direction direction, ReadOnlySpan<byte> octets, in SegmentOrigin origin)
    {
        if (conversation.Looks < ProtocolRecognition.MaxLooks)
        {
            _protocols.Look(conversation, octets);
        }

        if (!KnowsClient(conversation, flow, direction, octets))
        {
            Counters.SkippedOctets += octets.Length;
            return;
        }

        var half = HalfOf(flow, conversation, direction);
        var state = half.State;
        if (!state.HasBegun)
        {
            Begin(half, flow.Half(direction), octets);
        }

        if (state.IsOpaque)
        {
            Counters.TunnelOctets += octets.Length;
            return;
        }

        if (half.IsRequests)
        {
            WithholdBodyIfRefused(state, octets);
        }

        var wasLost = state.IsLost;
        _extraction.Read(half, octets, origin);
        if (state.IsLost && !wasLost)
        {
            // What cannot be read is like a gap.
            NoteLoss(half);
        }
    }

    /// <inheritdoc/>
    public override void OnGap(Flow flow, Direction direction, int octets)
    {
        var conversation = ConversationOf(flow);
        if (conversation.Preamble is { } preamble && preamble.From == direction)
        {
            preamble.Skip(octets);
            EndPreamble(conversation);
        }

        if (conversation.Client is null)
        {
            return;
        }

        var half = HalfOf(flow, conversation, direction);
        _extraction.SkipGap(half, octets);
        if (half.State.IsLost)
        {
            NoteLoss(half);
        }
    }

    /// <inheritdoc/>
    public override void OnHalfEnded(Flow flow, Direction direction)
    {
        if (flow.Attachment is Conversation { Client: not null } conversation)
        {
            _extraction.Finish(HalfOf(flow, conversation, direction), isClosed: true);
        }
    }

    /// <inheritdoc/>
    public override void OnFlowEnded(Flow flow, FlowEnd reason)
    {
        if (flow.Attachment is not Conversation conversation)
        {
            return;
        }

        if (conversation.Client is null && conversation.Looks > 0)
        {
            _protocols.Note(conversation, OtherProtocol.Unknown);
        }

        _extraction.Finish(new(flow, conversation, IsRequests: true), isClosed: false);
        _extraction.Finish(new(flow, conversation, IsRequests: false), isClosed: false);
        _pairing.Finish(flow, conversation);
        _consumer.OnSessionEnded(flow.Number);
        conversation.Reset();
        _spare.Keep(conversation);
    }

    /// <summary>Finds out which end is the client: by what is said first, else by the SYN, else by the ports.</summary>
    /// <remarks>A request says more than a SYN: there are captures in which the end that answered the SYN asks.</remarks>
    private static bool KnowsClient(Conversation conversation, Flow flow, Direction direction, ReadOnlySpan<byte> octets)
    {
        if (conversation.Client is not null)
        {
            return true;
        }

        conversation.Client = MessageStart.Looks(octets) switch
        {
            MessageLook.Request => direction,
            MessageLook.Response => direction.Opposite(),
            _ when flow.Initiator is { } initiator => initiator,
            MessageLook.Undecided => GuessClient(flow, direction, octets),
            _ => null,
        };
        flow.Client = conversation.Client;
        return conversation.Client is not null;
    }

    private static Direction GuessClient(Flow flow, Direction direction, ReadOnlySpan<byte> octets)
    {
        var mayAsk = MessageStart.MayBe(octets, MessageKind.Request);
        var tuple = flow.Key.Tuple(direction);
        var asks = mayAsk == MessageStart.MayBe(octets, MessageKind.Response) ? tuple.DestinationPort < tuple.SourcePort : mayAsk;
        return asks ? direction : direction.Opposite();
    }

    private static ConversationHalf HalfOf(Flow flow, Conversation conversation, Direction direction) =>
        new(flow, conversation, direction == conversation.Client);

    /// <summary>Without its SYN, or after a gap, a half may begin anywhere, inside a body as well; the look of a start line tells that it
    /// does not.</summary>
    private static void Begin(in ConversationHalf half, FlowHalf octetsOf, ReadOnlySpan<byte> octets)
    {
        half.State.HasBegun = true;
        if (!octetsOf.HasSyn || octetsOf.HasGap)
        {
            half.State.IsLost = MessageStart.IsInsideMethod(octets)
                || (MessageStart.Looks(octets) is MessageLook.Neither or MessageLook.Undecided
                    && !MessageStart.MayBe(octets, half.IsRequests ? MessageKind.Request : MessageKind.Response));
            NoteLoss(half);
        }
    }

    /// <summary>Whole messages may be missing here: after a gap that the reader lost its place in, before a half without its
    /// SYN.</summary>
    private static void NoteLoss(in ConversationHalf half)
    {
        half.Conversation.RequestsMayBeMissing |= half.IsRequests;
        half.Conversation.PairingIsUncertain |= !half.IsRequests;
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

        conversation = _spare.Take() ?? new();
        flow.Attachment = conversation;
        return conversation;
    }
}
