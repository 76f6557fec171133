using Parallax.Capture.Sources;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;
using Parallax.Wire;
using Parallax.Wire.Flows;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Pipeline;

/// <summary>One thread's share of a capture: decodes the packets of its source, owns the flows that are steered to it, builds exchanges.
/// </summary>
/// <remarks>Thread safety: one thread runs it; the counters may be read by any, and other shards put segments into its inbox.</remarks>
public sealed class CaptureShard : PacketSink
{
    private const int InboxItems = 16_384;
    private const long InboxBytes = 16 << 20;

    private readonly ShardOptions _options;
    private readonly FlowTable _flows;
    private readonly ExchangeBuilder _builder;
    private readonly ExchangeConsumer _consumer;
    private readonly PacketClock? _clock;
    private readonly TrafficBySource<int> _byVni = new(KeyedNumbers.Comparer);
    private readonly TrafficBySource<NetworkAddress> _bySender = new();
    private readonly TrafficBySource<int> _unreadLinkTypes = new(KeyedNumbers.Comparer);
    private readonly TranslatedCopies? _copies;
    private BoundedQueue<HandedSegment>? _inbox;
    private CaptureShard[]? _all;

    /// <summary>Makes a shard that owns every flow it sees.</summary>
    /// <param name="options">What is captured.</param>
    /// <param name="pool">Lends the memory of messages.</param>
    /// <param name="ids">Gives exchanges their numbers.</param>
    /// <param name="consumer">Receives what is found, on the thread that runs this shard.</param>
    public CaptureShard(ShardOptions options, OctetPool pool, ExchangeIds ids, ExchangeConsumer consumer)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _consumer = consumer;
        _clock = options.IsLive ? new(options.Clock) : null;
        _builder = new(options.Extraction, pool, ids, consumer, _clock);
        _flows = new(options.Flows, _builder);
        Decoder = new(options.Decoder);
        _copies = options.LeavesOutTranslatedCopies ? new() : null;
    }

    /// <summary>Packets taken from the source.</summary>
    public long Packets { get; private set; }

    /// <summary>Their octets as captured.</summary>
    public long Octets { get; private set; }

    /// <summary>Segments of virtual networks that are not captured.</summary>
    public long DeniedVnis { get; private set; }

    /// <summary>Segments of other ports than the services'.</summary>
    public long OtherPorts { get; private set; }

    /// <summary>Segments of connections that were seen with other addresses, too.</summary>
    public long TranslatedCopies { get; private set; }

    /// <summary>Segments handed to the shard that owns their flow.</summary>
    public long HandedOver { get; private set; }

    /// <summary>Segments this shard's inbox had no room for; drops of ours.</summary>
    public DropCounters InboxDrops { get; } = new();

    /// <summary>What became of the packets.</summary>
    public PacketDecoder Decoder { get; }

    /// <summary>What the flow table met.</summary>
    public FlowCounters Flows => _flows.Counters;

    /// <summary>What the extraction met.</summary>
    public ExtractionCounters Extraction => _builder.Counters;

    /// <summary>Traffic by virtual network; a null key stands for all beyond the first thousand.</summary>
    public IReadOnlyList<(int? Key, TrafficCount Count)> ByVni => _byVni.Read();

    /// <summary>Packets of link types the decoder does not know.</summary>
    public IReadOnlyList<(int? Key, TrafficCount Count)> UnreadLinkTypes => _unreadLinkTypes.Read();

    /// <summary>Traffic by sender of tunnelled packets; a null key stands for all beyond the first thousand.</summary>
    public IReadOnlyList<(NetworkAddress? Key, TrafficCount Count)> BySender => _bySender.Read();

    /// <summary>Makes <paramref name="shards"/> share their flows: each hands what is not its own to the owner.</summary>
    /// <param name="shards">All shards of one port, before any runs.</param>
    /// <param name="wake">Wakes the thread of the shard with the given index.</param>
    public static void Join(CaptureShard[] shards, Action<int> wake)
    {
        ArgumentNullException.ThrowIfNull(shards);
        for (var i = 0; i < shards.Length; i++)
        {
            var index = i;
            shards[i]._all = shards;
            shards[i]._inbox = new(InboxItems, InboxBytes, shards[i].InboxDrops, () => wake(index));
        }
    }

    /// <inheritdoc/>
    public override void OnPacket(ReadOnlySpan<byte> octets, LinkType link, int originalLength, Timestamp time)
    {
        Packets++;
        Octets += octets.Length;
        var status = Decoder.TryDecode(octets, link, time, originalLength, out var segment);
        if (status == DecodeStatus.Ok)
        {
            Take(segment, octets.Length);
        }
        else if (status == DecodeStatus.UnsupportedLinkType)
        {
            _unreadLinkTypes.Add((int)link, octets.Length);
        }
    }

    /// <inheritdoc/>
    public override void OnDatagram(ReadOnlySpan<byte> datagram, Tunnel tunnel, NetworkAddress sender, Timestamp time)
    {
        Packets++;
        Octets += datagram.Length;
        _bySender.Add(sender, datagram.Length);
        var status = tunnel == Tunnel.Vxlan
            ? Decoder.TryDecodeVxlan(datagram, time, out var segment)
            : Decoder.TryDecodeGeneve(datagram, time, out segment);
        if (status == DecodeStatus.Ok)
        {
            Take(segment, datagram.Length);
        }
    }

    /// <inheritdoc/>
    public override void OnBatchEnd(Timestamp now)
    {
        TakeHanded();
        _flows.Advance(now);
        while (Extraction.HeldBytes > _options.Extraction.MaxHeldBytes && _flows.TryEvictOldest())
        {
        }

        _clock?.Set(now);
        _consumer.OnBatchEnd();
    }

    /// <summary>The capture is over: everything that is open is ended.</summary>
    public void Finish()
    {
        TakeHanded();
        _flows.Finish();
        _consumer.OnBatchEnd();
    }

    private void Take(in TcpSegment segment, int octets)
    {
        if (segment.Vni != TcpSegment.NoVni)
        {
            _byVni.Add(segment.Vni, octets);
        }

        if (!_options.Vnis.Lets(segment.Vni))
        {
            DeniedVnis++;
            return;
        }

        if (_options.Ports.Count > 0 && !_options.Ports.Contains(segment.DestinationPort) && !_options.Ports.Contains(segment.SourcePort))
        {
            OtherPorts++;
            return;
        }

        if (_copies is not null && _copies.IsCopy(segment))
        {
            TranslatedCopies++;
            return;
        }

        var owner = _all is null ? this : _all[Steering.ShardOf(segment, _all.Length)];
        if (owner == this)
        {
            _flows.Add(segment);
        }
        else
        {
            HandOver(segment, owner);
        }
    }

    private void HandOver(in TcpSegment segment, CaptureShard owner)
    {
        HandedOver++;
        var handed = new HandedSegment(segment);
        if (owner._inbox!.Offer(handed, handed.Bytes) != DropReason.None)
        {
            handed.Release();
        }
    }

    private void TakeHanded()
    {
        while (_inbox is not null && _inbox.TryTake(out var handed))
        {
            _flows.Add(handed.ToSegment());
            handed.Release();
        }
    }
}
