namespace Parallax.Wire.Flows;

/// <summary>One direction of a flow: which octet comes next, what arrived too early, what the receiver acknowledged.</summary>
/// <remarks>
/// Overlap is resolved in favour of the first copy. The cases, with N the next octet and [ ] a segment:
/// <code>
///   [old]  N                 all of it was delivered before: a retransmission, dropped
///     [old N new]            the new part is in order
///          N[new]            in order
///          N   [early]       held until the gap in front is filled or given up
/// </code>
/// A half whose SYN was not seen begins *tentatively*: its first segments are held for a moment, because in a reordered capture
/// the ones in front of them, or the SYN itself, may still come.
/// Thread safety: none; belongs to one <see cref="FlowTable"/>.
/// </remarks>
public sealed class FlowHalf
{
    /// <summary>More segments than this are not reordered: the capture began here.</summary>
    private const int TentativeSegments = 8;

    /// <summary>How far before the first segment seen the SYN may turn out to lie.</summary>
    private const int TentativeReachOctets = 1 << 20;

    /// <summary>An acknowledgment further ahead than this is none of this connection: larger than any window in use.</summary>
    private const int FarthestAcknowledgment = 64 << 20;

    private HeldSegments? _held;
    private SequenceNumber _first;

    /// <summary>True once a segment of this half was seen, so that <see cref="Next"/> means something.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>True when the SYN of this half was seen.</summary>
    public bool HasSyn { get; private set; }

    /// <summary>True while the first octet of this half is not certain; all of it is held meanwhile.</summary>
    internal bool IsTentative { get; private set; }

    /// <summary>The next octet to deliver.</summary>
    public SequenceNumber Next { get; private set; }

    /// <summary>True once the FIN was reached in order.</summary>
    public bool IsEnded { get; internal set; }

    /// <summary>Octets delivered so far; octets given up are not among them.</summary>
    public long DeliveredOctets { get; private set; }

    /// <summary>True when octets of this half were given up.</summary>
    public bool HasGap { get; internal set; }

    /// <summary>Bytes held out of order, bookkeeping included.</summary>
    internal int HeldBytes => _held?.Bytes ?? 0;

    internal bool HoldsTooMany => _held?.Count >= (IsTentative ? TentativeSegments : HeldSegments.MaxCount);

    internal bool Holds => _held is { Count: > 0 };

    /// <summary>True when the next octets are here, but held until what they answer was delivered.</summary>
    internal bool WaitsForPeer => !IsTentative && Holds && _held!.First.Origin.First == Next;

    /// <summary>Where the first held octets come from; meant only when some are held.</summary>
    internal SegmentOrigin FirstHeldOrigin => _held!.First.Origin;

    internal SequenceNumber? Fin { get; private set; }

    /// <summary>When the gap in front of <see cref="Next"/> was noticed; not known when there is none.</summary>
    internal Timestamp GapSince { get; set; }

    /// <summary>When that gap was first seen acknowledged.</summary>
    internal Timestamp GapAcknowledgedSince { get; set; }

    /// <summary>Consecutive segments so far from <see cref="Next"/> that they cannot belong to this connection.</summary>
    internal int Strays { get; set; }

    /// <summary>Invariant: beyond <see cref="Next"/>; what it says of octets already seen is of no use, and would come to lie ahead
    /// again 2³¹ octets later.</summary>
    private SequenceNumber? Acknowledged { get; set; }

    /// <summary>Where the octets that are missing in front of <see cref="Next"/> end; null when none are known to be missing.</summary>
    internal SequenceNumber? GapEnd
    {
        get
        {
            if (_held is { Count: > 0 })
            {
                return WaitsForPeer ? null : _held.First.Origin.First;
            }

            if (Fin is { } fin)
            {
                return IsTentative || fin.OctetsSince(Next) > 0 ? fin : null;
            }

            // One octet ahead may be a FIN that was not captured.
            return Acknowledged is { } acknowledged && acknowledged.OctetsSince(Next) > 1 ? acknowledged : null;
        }
    }

    internal bool IsGapAcknowledged => Acknowledged is { } acknowledged && GapEnd is { } end && acknowledged.OctetsSince(end) >= 0;

    internal long Conflicts => _held?.Conflicts ?? 0;

    /// <summary>True when <paramref name="first"/> is the first octet of this half: a SYN that names it is the SYN of this connection,
    /// however late it comes.</summary>
    internal bool Begins(SequenceNumber first) => IsTentative
        ? _first.OctetsSince(first) is >= 0 and < TentativeReachOctets
        : _first == first;

    internal void Begin(SequenceNumber next, bool syn)
    {
        IsKnown = true;
        HasSyn = syn;
        Next = next;
        _first = next;
        IsTentative = false;
    }

    /// <summary>A segment without SYN is the first one seen, or lies before the first one seen.</summary>
    internal void BeginTentatively(SequenceNumber start)
    {
        if (!IsKnown || _first.OctetsSince(start) > 0)
        {
            Next = _first = start;
        }

        IsKnown = IsTentative = true;
    }

    /// <summary>A FIN in front of octets seen already is no FIN of this connection.</summary>
    internal void SetFin(SequenceNumber fin)
    {
        if (fin.OctetsSince(Next) >= 0)
        {
            Fin ??= fin;
        }
    }

    internal void SetAcknowledged(SequenceNumber acknowledgment)
    {
        var isAhead = acknowledgment.OctetsSince(Next) is > 0 and < FarthestAcknowledgment;
        if (isAhead && (Acknowledged is not { } before || acknowledgment.OctetsSince(before) > 0))
        {
            Acknowledged = acknowledgment;
        }
    }

    internal void Hold(in SegmentOrigin origin, ReadOnlySpan<byte> octets, int length) => (_held ??= new()).Add(origin, octets, length);

    /// <summary>How many of the next <paramref name="length"/> octets may be delivered before a held segment begins.</summary>
    internal int RoomBeforeHeld(int length) =>
        _held is { Count: > 0 } ? Math.Min(length, _held.First.Origin.First.OctetsSince(Next)) : length;

    internal HeldSegment TakeHeld() => _held!.TakeFirst();

    internal void CompareHeld(ReadOnlySpan<byte> again) => _held!.CompareFirst(Next, again);

    internal void Advance(int octets, bool delivered)
    {
        Next = Next.Advance(octets);
        DeliveredOctets += delivered ? octets : 0;
        GapSince = default;
        GapAcknowledgedSince = default;
        Strays = 0;
        if (Acknowledged is { } acknowledged && acknowledged.OctetsSince(Next) <= 0)
        {
            Acknowledged = null;
        }
    }

    internal void DiscardHeld() => _held?.Clear();

    internal void Reset()
    {
        _held?.Clear();
        IsKnown = IsTentative = HasSyn = IsEnded = HasGap = false;
        Next = default;
        Fin = null;
        Acknowledged = null;
        DeliveredOctets = 0;
        GapSince = GapAcknowledgedSince = default;
        Strays = 0;
    }
}
