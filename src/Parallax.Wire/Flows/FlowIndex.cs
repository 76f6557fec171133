using System.Numerics;
using Parallax.Wire.Packets;

namespace Parallax.Wire.Flows;

/// <summary>Finds the flow of a segment, by its key and its VNI: tables of chains through the flows.</summary>
/// <remarks>
/// A flow is found at once under the VNI it was first seen under, and under those that were found to be mirrors of it. A segment that is
/// found nowhere is compared with the latest flows of its key. Thread safety: none.
/// </remarks>
internal sealed class FlowIndex
{
    /// <summary>How near a segment must be to the window of a flow seen under another VNI to be a second mirror of it. Both
    /// numbers must agree, so two tenants with the same addresses are taken for one with probability 4·10⁻⁶.</summary>
    private const int AgreementOctets = 4 << 20;

    /// <summary>Flows with which a segment under another VNI is compared, the latest first: however many tenants have the same addresses, a
    /// segment costs no more. A second mirror comes soon after the first.</summary>
    private const int MaxCompared = 64;

    private readonly ulong _seed = unchecked((ulong)Random.Shared.NextInt64(long.MinValue, long.MaxValue));
    private readonly Dictionary<(FlowKey, int Vni), Flow> _mirrors = [];
    private Flow?[] _buckets = new Flow?[1024];

    /// <summary>By the key alone, the latest first; linked both ways, because one key may have very many.</summary>
    private Flow?[] _keyBuckets = new Flow?[1024];

    public int Count { get; private set; }

    /// <summary>The flow of <paramref name="segment"/>, also when this is the first packet of it under another VNI.</summary>
    public Flow? Find(in FlowKey key, in TcpSegment segment, Direction direction)
    {
        for (var flow = _buckets[Bucket(key, segment.Vni)]; flow is not null; flow = flow.NextInBucket)
        {
            if (flow.Vni == segment.Vni && flow.Key == key)
            {
                return flow;
            }
        }

        return _mirrors.Count > 0 && _mirrors.TryGetValue((key, segment.Vni), out var mirrored) ? mirrored
            : FindMirrored(key, segment, direction);
    }

    public void Add(Flow flow)
    {
        if (Count >= _buckets.Length)
        {
            Grow();
        }

        Link(flow);
        Count++;
    }

    public void Remove(Flow flow)
    {
        ref var head = ref _buckets[Bucket(flow.Key, flow.Vni)];
        if (head == flow)
        {
            head = flow.NextInBucket;
        }
        else
        {
            var before = head!;
            while (before.NextInBucket != flow)
            {
                before = before.NextInBucket!;
            }

            before.NextInBucket = flow.NextInBucket;
        }

        if (flow.LaterOfKey is { } later)
        {
            later.EarlierOfKey = flow.EarlierOfKey;
        }
        else
        {
            _keyBuckets[KeyBucket(flow.Key)] = flow.EarlierOfKey;
        }

        if (flow.EarlierOfKey is { } earlier)
        {
            earlier.LaterOfKey = flow.LaterOfKey;
        }

        foreach (var vni in flow.OtherVnis)
        {
            _mirrors.Remove((flow.Key, vni));
        }

        flow.NextInBucket = flow.LaterOfKey = flow.EarlierOfKey = null;
        Count--;
    }

    private Flow? FindMirrored(in FlowKey key, in TcpSegment segment, Direction direction)
    {
        Flow? found = null;
        var compared = 0;
        for (var flow = _keyBuckets[KeyBucket(key)]; flow is not null && compared < MaxCompared; flow = flow.EarlierOfKey, compared++)
        {
            found = flow.Key == key && Agrees(flow, segment, direction) ? flow : found;
        }

        if (found is null || !found.TryAddVni(segment.Vni))
        {
            return null;
        }

        _mirrors.Add((key, segment.Vni), found);
        return found;
    }

    private void Link(Flow flow)
    {
        ref var head = ref _buckets[Bucket(flow.Key, flow.Vni)];
        flow.NextInBucket = head;
        head = flow;
        ref var latest = ref _keyBuckets[KeyBucket(flow.Key)];
        flow.LaterOfKey = null;
        flow.EarlierOfKey = latest;
        if (latest is not null)
        {
            latest.LaterOfKey = flow;
        }

        latest = flow;
    }

    private static bool Agrees(Flow flow, in TcpSegment segment, Direction direction)
    {
        var half = flow.Half(direction);
        var peer = flow.Half(direction.Opposite());
        var sequence = new SequenceNumber(segment.SequenceNumber);
        var acknowledgment = new SequenceNumber(segment.AcknowledgmentNumber);
        if (segment.Has(TcpFlags.Syn))
        {
            return half.IsKnown
                ? half.HasSyn && half.Begins(sequence.Advance(1))
                : segment.Has(TcpFlags.Ack) && peer.HasSyn && peer.Begins(acknowledgment);
        }

        var bySequence = half.IsKnown && IsNear(sequence.OctetsSince(half.Next));
        var byAcknowledgment = peer.IsKnown && segment.Has(TcpFlags.Ack) && IsNear(acknowledgment.OctetsSince(peer.Next));
        return (bySequence || !half.IsKnown) && (byAcknowledgment || !peer.IsKnown || !segment.Has(TcpFlags.Ack))
            && (bySequence || byAcknowledgment);
    }

    private static bool IsNear(int octets) => octets is > -AgreementOctets and < AgreementOctets;

    private int Bucket(in FlowKey key, int vni) =>
        (int)(key.Hash(unchecked(_seed ^ ((ulong)(uint)(vni - TcpSegment.NoVni) * 0x9E37_79B9_7F4A_7C15))) & (uint)(_buckets.Length - 1));

    private int KeyBucket(in FlowKey key) => (int)(key.Hash(_seed) & (uint)(_keyBuckets.Length - 1));

    private void Grow()
    {
        var before = _keyBuckets;
        _buckets = new Flow?[BitOperations.RoundUpToPowerOf2((uint)before.Length * 2)];
        _keyBuckets = new Flow?[_buckets.Length];
        foreach (var chain in before)
        {
            // The earliest first, so that the latest is the first again.
            var flow = chain;
            while (flow?.EarlierOfKey is { } earlier)
            {
                flow = earlier;
            }

            while (flow is not null)
            {
                var later = flow.LaterOfKey;
                Link(flow);
                flow = later;
            }
        }
    }
}
