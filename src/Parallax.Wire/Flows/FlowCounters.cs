namespace Parallax.Wire.Flows;

/// <summary>What a <see cref="FlowTable"/> has seen and given up. All values only grow, except the two that say what is held now.</summary>
/// <remarks>Thread safety: written by the table's thread; may be read by any (each value is torn-free, the set is no
/// snapshot).</remarks>
public sealed class FlowCounters
{
    private readonly long[] _ended = new long[Enum.GetValues<FlowEnd>().Length];

    /// <summary>Segments handed to the table.</summary>
    public long Segments { get; internal set; }

    /// <summary>Flows begun.</summary>
    public long Begun { get; internal set; }

    /// <summary>Flows begun without their SYN.</summary>
    public long BegunMidStream { get; internal set; }

    /// <summary>Octets delivered in order.</summary>
    public long DeliveredOctets { get; internal set; }

    /// <summary>Segments all of whose octets were delivered before: retransmissions, keep-alive probes, second mirrors.</summary>
    public long OldSegments { get; internal set; }

    /// <summary>Segments that came before the octets in front of them.</summary>
    public long OutOfOrderSegments { get; internal set; }

    /// <summary>Octets given up: never captured, or cut off by the snap length.</summary>
    public long LostOctets { get; internal set; }

    /// <summary>Gaps given up.</summary>
    public long Gaps { get; internal set; }

    /// <summary>Of these, the ones given up early because a bound on held bytes was reached.</summary>
    public long GapsForcedByBounds { get; internal set; }

    /// <summary>Held segments whose octets came again with other values; the first copy was kept.</summary>
    public long ConflictingSegments { get; internal set; }

    /// <summary>Segments too far from the window of their flow to belong to it.</summary>
    public long StraySegments { get; internal set; }

    /// <summary>Flows held now.</summary>
    public int Flows { get; internal set; }

    /// <summary>Out-of-order bytes held now, bookkeeping included.</summary>
    public long HeldBytes { get; internal set; }

    /// <summary>Flows that ended for <paramref name="reason"/>.</summary>
    public long Ended(FlowEnd reason) => _ended[(int)reason];

    internal void CountEnd(FlowEnd reason) => _ended[(int)reason]++;
}
