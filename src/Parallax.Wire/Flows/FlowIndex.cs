using System.Numerics;
using Parallax.Wire.Packets;

namespace Parallax.Wire.Flows;

/// <summary>Finds the flow of a segment: a hash table chained through the flows, so that all flows with one key stand in one chain.
/// </summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class FlowIndex
{
    /// <summary>How near a segment must be to the window of a flow seen under another VNI to be a second mirror of it. Both
    /// numbers must agree, so two tenants with the same addresses are taken for one with probability 4·10⁻⁶.</summary>
    private const int AgreementOctets = 4 << 20;

    /// <summary>Connections of tenants with the same addresses and ports that are told apart. They all stand in one chain, so their
    /// number is bounded.</summary>
    private const int MaxOfOneKey = 64;

    private readonly HashKey _key = HashKey.NewRandom();
    private Flow?[] _buckets = new Flow?[1024];

    public int Count { get; private set; }

    /// <summary>The flow of <paramref name="segment"/>, also when this is the first packet of it under another VNI.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="direction">Which way it goes.</param>
    /// <param name="crowdedOut">The oldest flow with the same key when there are so many that it must end before another begins.</param>
    public Flow? Find(in FlowKey key, in TcpSegment segment, Direction direction, out Flow? crowdedOut)
    {
        Flow? sameKey = null;
        var found = 0;
        crowdedOut = null;
        for (var flow = _buckets[Bucket(key)]; flow is not null; flow = flow.NextInBucket)
        {
            if (flow.Key == key)
            {
                if (flow.IsSeenUnder(segment.Vni))
                {
                    return flow;
                }

                found++;
                crowdedOut = found >= MaxOfOneKey ? flow : null;
                sameKey = Agrees(flow, segment, direction) ? flow : sameKey;
            }
        }

        return sameKey is not null && sameKey.TryAddVni(segment.Vni) ? sameKey : null;
    }

    public void Add(Flow flow)
    {
        if (Count >= _buckets.Length)
        {
            Grow();
        }

        ref var head = ref _buckets[Bucket(flow.Key)];
        flow.NextInBucket = head;
        head = flow;
        Count++;
    }

    public void Remove(Flow flow)
    {
        ref var head = ref _buckets[Bucket(flow.Key)];
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

        flow.NextInBucket = null;
        Count--;
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

    private int Bucket(in FlowKey key) => (int)(key.Hash(_key) & (uint)(_buckets.Length - 1));

    private void Grow()
    {
        var before = _buckets;
        _buckets = new Flow?[BitOperations.RoundUpToPowerOf2((uint)before.Length * 2)];
        foreach (var chain in before)
        {
            for (var flow = chain; flow is not null;)
            {
                var next = flow.NextInBucket;
                ref var head = ref _buckets[Bucket(flow.Key)];
                flow.NextInBucket = head;
                head = flow;
                flow = next;
            }
        }
    }
}
