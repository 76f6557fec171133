using Parallax.Wire;
using Parallax.Wire.Flows;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Pipeline;

/// <summary>Finds connections that are copies of another one with other addresses, ports or VLANs: who captures on all interfaces of a
/// host that translates addresses (NAT) or has VLAN interfaces sees each packet before and after.</summary>
/// <remarks>Translation leaves the initial sequence number alone, which senders choose at random (RFC 6528): a second SYN with the same
/// number within seconds is the same SYN. Memory: bounded. Thread safety: one thread.</remarks>
internal sealed class TranslatedCopies
{
    /// <summary>Most SYNs and copies remembered; the oldest goes first.</summary>
    private const int MaxRemembered = 1 << 16;

    /// <summary>A packet passes through a host in far less; a SYN that is sent again keeps its addresses.</summary>
    private static readonly TimeSpan Passage = TimeSpan.FromSeconds(2);

    private readonly Dictionary<uint, (FlowKey Key, Timestamp Time)> _synOf = new(KeyedNumbers.Comparer);
    private readonly Queue<uint> _syns = new();
    private readonly HashSet<FlowKey> _copies = [];
    private readonly Queue<FlowKey> _copiesInOrder = new();

    /// <summary>True when <paramref name="segment"/> belongs to a copy.</summary>
    public bool IsCopy(in TcpSegment segment)
    {
        var key = FlowKey.Of(segment, out _);
        return (segment.Flags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn ? IsCopiedSyn(segment, key) : _copies.Contains(key);
    }

    private bool IsCopiedSyn(in TcpSegment segment, in FlowKey key)
    {
        if (_synOf.TryGetValue(segment.SequenceNumber, out var first) && segment.Timestamp.Elapsed(first.Time).Duration() < Passage)
        {
            if (first.Key == key)
            {
                return _copies.Contains(key);
            }

            AddCopy(key);
            return true;
        }

        // A new connection with the addresses of an old copy.
        _copies.Remove(key);
        if (_synOf.TryAdd(segment.SequenceNumber, (key, segment.Timestamp)))
        {
            _syns.Enqueue(segment.SequenceNumber);
            if (_syns.Count > MaxRemembered)
            {
                _synOf.Remove(_syns.Dequeue());
            }
        }
        else
        {
            _synOf[segment.SequenceNumber] = (key, segment.Timestamp);
        }

        return false;
    }

    private void AddCopy(in FlowKey key)
    {
        if (_copies.Add(key))
        {
            _copiesInOrder.Enqueue(key);
            if (_copiesInOrder.Count > MaxRemembered)
            {
                _copies.Remove(_copiesInOrder.Dequeue());
            }
        }
    }
}
