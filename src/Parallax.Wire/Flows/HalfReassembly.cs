using Parallax.Wire.Packets;

namespace Parallax.Wire.Flows;

/// <summary>The reassembly of one segment into its half, and the giving up of gaps; the part of <see cref="FlowTable"/> that knows
/// sequence numbers but no table.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class HalfReassembly(FlowLimits limits, FlowConsumer consumer)
{
    /// <summary>A segment put together by a card carries up to 512 KiB (Linux, GSO); what a capture file claims beyond that is made up.
    /// </summary>
    private const int MaxMissingOctets = 1 << 20;

    public FlowCounters Counters { get; } = new();

    /// <summary>Packet time. Gaps age by it and not by the stamps of the segments, which may come in any order.</summary>
    public Timestamp Now { get; set; }

    public void Take(Flow flow, Direction direction, in TcpSegment segment)
    {
        var half = flow.Half(direction);
        var start = new SequenceNumber(segment.SequenceNumber);
        if (segment.Has(TcpFlags.Syn))
        {
            start = start.Advance(1);
            flow.Initiator ??= segment.Has(TcpFlags.Ack) ? direction.Opposite() : direction;
        }

        var missing = Math.Clamp(segment.MissingOctets, 0, MaxMissingOctets);
        var length = segment.Payload.Length + missing;
        if (!half.IsKnown || half.IsTentative)
        {
            BeginHalf(half, segment, start, length);
        }

        var origin = new SegmentOrigin(start, new(segment.AcknowledgmentNumber), segment.Has(TcpFlags.Ack), segment.Timestamp);
        if (segment.Has(TcpFlags.Fin) && half.IsKnown)
        {
            half.SetFin(start.Advance(length));
        }

        // A RST may carry text that says why (RFC 9293 §3.5.2): no part of the stream. Nor is anything after a FIN.
        if (!segment.Has(TcpFlags.Rst) && !half.IsEnded)
        {
            AddOctets(flow, direction, origin, segment.Payload, missing);
            DeliverHeld(flow, direction);
        }

        GoOn(flow, direction);
    }

    private static void BeginHalf(FlowHalf half, in TcpSegment segment, SequenceNumber start, int length)
    {
        if (segment.Has(TcpFlags.Syn))
        {
            half.Begin(start, syn: true);
        }
        else if (!segment.Has(TcpFlags.Rst) && (length > 0 || segment.Has(TcpFlags.Fin)))
        {
            half.BeginTentatively(start);
        }
    }

    /// <summary>Gives up the gap in front of the half when it has stayed too long.</summary>
    /// <returns>True while a gap is still waited for.</returns>
    public bool GiveUpIfOld(Flow flow, Direction direction)
    {
        var half = flow.Half(direction);
        if (half.GapEnd is null || half.IsEnded)
        {
            return false;
        }

        if (!half.GapSince.IsKnown)
        {
            half.GapSince = Now;
        }

        if (half.IsGapAcknowledged && !half.GapAcknowledgedSince.IsKnown)
        {
            half.GapAcknowledgedSince = Now;
        }

        var patience = half.IsTentative ? limits.AcknowledgedGapPatience : limits.GapPatience;
        var old = Now.Elapsed(half.GapSince) > patience;
        var acknowledged = half.GapAcknowledgedSince.IsKnown
            && Now.Elapsed(half.GapAcknowledgedSince) > limits.AcknowledgedGapPatience;
        if (old || acknowledged)
        {
            GiveUpGap(flow, direction);
            GoOn(flow, direction);
        }

        return half.GapEnd is not null && !half.IsEnded;
    }

    /// <summary>Gives up the gaps of the flow that octets are held for: the table holds too many in all.</summary>
    public void GiveUpHeld(Flow flow)
    {
        foreach (var direction in RequestsFirst(flow))
        {
            while (flow.Half(direction).Holds)
            {
                Counters.GapsForcedByBounds++;
                GiveUpGap(flow, direction);
                GoOn(flow, direction);
            }
        }
    }

    /// <summary>Gives up every gap of the flow: nothing more will come.</summary>
    public void Finish(Flow flow)
    {
        foreach (var direction in RequestsFirst(flow))
        {
            var half = flow.Half(direction);
            while (!half.IsEnded && (half.GapEnd is not null || half.Holds))
            {
                GiveUpGap(flow, direction);
                GoOn(flow, direction);
            }
        }
    }

    private static ReadOnlySpan<Direction> RequestsFirst(Flow flow) => (flow.Client ?? flow.Initiator) == Direction.Backward
        ? [Direction.Backward, Direction.Forward]
        : [Direction.Forward, Direction.Backward];

    /// <summary>True when octets of the server acknowledge octets of the client that may still come: a reader of both halves is to
    /// meet a request before its response, also when the two took different ways to the mirror. Never the other way round, so that a
    /// loss among the responses does not delay a request.</summary>
    private static bool ComesTooEarly(Flow flow, Direction direction, in SegmentOrigin origin)
    {
        if ((flow.Client ?? flow.Initiator) is not { } client || direction == client || !origin.HasAcknowledgment)
        {
            return false;
        }

        var requests = flow.Half(client);
        return requests is { IsKnown: true, IsEnded: false, GapEnd: not null } && origin.Acknowledgment.OctetsSince(requests.Next) > 0;
    }

    /// <summary>Ends the half when it got to its FIN, and delivers what of the other half waited for it.</summary>
    private void GoOn(Flow flow, Direction direction)
    {
        EndIfReached(flow, direction);
        var peer = direction.Opposite();
        if (flow.Half(peer).WaitsForPeer)
        {
            DeliverHeld(flow, peer);
            EndIfReached(flow, peer);
        }
    }

    /// <summary>Octets after the FIN are not part of the stream.</summary>
    private void Discard(FlowHalf half)
    {
        Counters.HeldBytes -= half.HeldBytes;
        half.DiscardHeld();
    }

    private void AddOctets(Flow flow, Direction direction, in SegmentOrigin origin, ReadOnlySpan<byte> octets, int missing)
    {
        if (!octets.IsEmpty)
        {
            Add(flow, direction, origin, octets, octets.Length);
        }

        if (missing > 0)
        {
            flow.IsSnapCut = true;
            Add(flow, direction, origin.Skip(octets.Length), default, missing);
        }
    }

    /// <param name="flow">The flow.</param>
    /// <param name="direction">Which half.</param>
    /// <param name="origin">Place of the first octet.</param>
    /// <param name="octets">The octets; empty when the capture cut them off.</param>
    /// <param name="length">How many the segment carried.</param>
    private void Add(Flow flow, Direction direction, SegmentOrigin origin, ReadOnlySpan<byte> octets, int length)
    {
        var half = flow.Half(direction);
        var old = half.Next.OctetsSince(origin.First);
        if (old >= length && !half.IsTentative)
        {
            Counters.OldSegments++;
            return;
        }

        if (old > 0 && !half.IsTentative)
        {
            octets = octets.IsEmpty ? octets : octets[old..];
            origin = origin.Skip(old);
            length -= old;
        }

        if (old < 0 || half.IsTentative || half.WaitsForPeer || ComesTooEarly(flow, direction, origin))
        {
            Hold(flow, direction, origin, octets, length);
            return;
        }

        if (!half.Holds)
        {
            Deliver(flow, direction, origin, octets, length);
            return;
        }

        DeliverAroundHeld(flow, direction, origin, octets, length);
    }

    private void DeliverAroundHeld(Flow flow, Direction direction, SegmentOrigin origin, ReadOnlySpan<byte> octets, int length)
    {
        var half = flow.Half(direction);
        while (length > 0)
        {
            var take = half.RoomBeforeHeld(length);
            if (take > 0)
            {
                Deliver(flow, direction, origin, octets.IsEmpty ? octets : octets[..take], take);
            }
            else
            {
                var next = half.Next;
                var conflicts = half.Conflicts;
                half.CompareHeld(octets);
                Counters.ConflictingSegments += half.Conflicts - conflicts;
                DeliverHeld(flow, direction);
                take = Math.Min(half.Next.OctetsSince(next), length);
                if (take == 0)
                {
                    Hold(flow, direction, origin, octets, length);
                    return;
                }
            }

            octets = octets.IsEmpty ? octets : octets[take..];
            origin = origin.Skip(take);
            length -= take;
        }

        DeliverHeld(flow, direction);
    }

    private void Hold(Flow flow, Direction direction, in SegmentOrigin origin, ReadOnlySpan<byte> octets, int length)
    {
        var half = flow.Half(direction);
        var before = half.HeldBytes;
        Counters.OutOfOrderSegments++;
        var conflicts = half.Conflicts;
        half.Hold(origin, octets, length);
        Counters.ConflictingSegments += half.Conflicts - conflicts;
        Counters.HeldBytes += half.HeldBytes - before;
        if (!half.GapSince.IsKnown && half.GapEnd is not null)
        {
            half.GapSince = Now;
        }

        while (half.Holds && (half.HeldBytes > limits.MaxHeldBytesPerHalf || half.HoldsTooMany))
        {
            // That a tentative half begins with its eighth segment is not loss.
            Counters.GapsForcedByBounds += half.IsTentative ? 0 : 1;
            GiveUpGap(flow, direction);
        }
    }

    /// <summary>Goes on after the gap, or without what the half waits for.</summary>
    private void GiveUpGap(Flow flow, Direction direction)
    {
        var half = flow.Half(direction);
        if (half.GapEnd is not { } end)
        {
            DeliverHeld(flow, direction, evenEarly: true);
            return;
        }

        if (half.IsTentative)
        {
            half.Begin(end, syn: false);
        }
        else
        {
            Lose(flow, direction, end.OctetsSince(half.Next));
        }

        DeliverHeld(flow, direction);
    }

    private void DeliverHeld(Flow flow, Direction direction, bool evenEarly = false)
    {
        var half = flow.Half(direction);
        while (half.WaitsForPeer && (evenEarly || !ComesTooEarly(flow, direction, half.FirstHeldOrigin)))
        {
            var held = half.TakeHeld();
            Counters.HeldBytes -= held.Bytes;
            Deliver(flow, direction, held.Origin, held.Octets is null ? default : held.Octets.AsSpan(0, held.Length), held.Length);
            HeldSegments.Release(held);
        }
    }

    private void Deliver(Flow flow, Direction direction, in SegmentOrigin origin, ReadOnlySpan<byte> octets, int length)
    {
        if (octets.IsEmpty)
        {
            Lose(flow, direction, length);
            return;
        }

        flow.Half(direction).Advance(length, delivered: true);
        Counters.DeliveredOctets += length;
        consumer.OnOctets(flow, direction, octets, origin);
    }

    private void Lose(Flow flow, Direction direction, int octets)
    {
        var half = flow.Half(direction);
        half.HasGap = true;
        half.Advance(octets, delivered: false);
        Counters.Gaps++;
        Counters.LostOctets += octets;
        consumer.OnGap(flow, direction, octets);
    }

    private void EndIfReached(Flow flow, Direction direction)
    {
        var half = flow.Half(direction);
        if (!half.IsEnded && !half.IsTentative && half.Fin is { } fin && half.Next.OctetsSince(fin) >= 0)
        {
            half.IsEnded = true;
            Discard(half);
            consumer.OnHalfEnded(flow, direction);
        }
    }
}
