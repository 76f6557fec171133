using Parallax.Traffic.Exchanges;
using Parallax.Wire.Flows;

namespace Parallax.Capture.Pipeline;

/// <summary>Turns the octets of flows into exchanges: gives each flow its <see cref="CapturedFlow"/>, which reads them.</summary>
/// <remarks>Thread safety: one thread, that of its shard. Memory: messages come from the pool and count against its limit; a flow
/// between messages costs its <see cref="CapturedFlow"/> only.</remarks>
public sealed class ExchangeBuilder : FlowConsumer
{
    private readonly ExchangeConsumer _consumer;
    private readonly OpenExchanges _exchanges;
    private readonly ExtractorPool _extractors;
    private readonly Spares<CapturedFlow> _spare = new();

    /// <summary>Makes a builder.</summary>
    /// <param name="options">What is kept.</param>
    /// <param name="pool">Lends the memory of messages.</param>
    /// <param name="ids">Gives exchanges their numbers; shared by all shards.</param>
    /// <param name="consumer">Receives what is found.</param>
    /// <param name="clock">Says when requests arrived, see <see cref="RequestContext.ArrivedAt"/>; the shard sets it. Null, the default,
    /// when packets are not captured live.</param>
    public ExchangeBuilder(
        ExtractionOptions options, OctetPool pool, ExchangeIds ids, ExchangeConsumer consumer, PacketClock? clock = null)
    {
        _consumer = consumer;
        _exchanges = new(ids, consumer, clock, Counters);
        _extractors = new(pool, options, consumer.TakesExchanges, Counters);
    }

    /// <summary>What was met.</summary>
    public ExtractionCounters Counters { get; } = new();

    /// <inheritdoc/>
    public override void OnOctets(Flow flow, Direction direction, ReadOnlySpan<byte> octets, in SegmentOrigin origin) =>
        Of(flow).Read(direction, octets, origin);

    /// <inheritdoc/>
    public override void OnGap(Flow flow, Direction direction, int octets) => Of(flow).SkipGap(direction, octets);

    /// <inheritdoc/>
    public override void OnHalfEnded(Flow flow, Direction direction)
    {
        if (flow.Attachment is CapturedFlow captured)
        {
            captured.EndHalf(direction);
        }
    }

    /// <inheritdoc/>
    public override void OnFlowEnded(Flow flow, FlowEnd reason)
    {
        if (flow.Attachment is CapturedFlow captured)
        {
            captured.Finish();
            _consumer.OnSessionEnded(flow.Number);
            _spare.Keep(captured);
        }
    }

    private CapturedFlow Of(Flow flow)
    {
        if (flow.Attachment is CapturedFlow captured)
        {
            return captured;
        }

        captured = _spare.Take() ?? new(_extractors, _exchanges, Counters);
        captured.Begin(flow);
        flow.Attachment = captured;
        return captured;
    }
}
