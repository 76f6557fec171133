using Parallax.Wire.Packets;

namespace Parallax.Wire.Flows;

/// <summary>Turns TCP segments into the octets of each half, in order: finds the flow, reassembles by sequence number, gives up gaps
/// that stay, forgets flows that end or fall silent. Everything it holds is bounded by <see cref="FlowLimits"/>.</summary>
/// <remarks>
/// Time is the packets' own: <see cref="Add"/> takes it from the segment, <see cref="Advance"/> lets it pass when nothing arrives.
/// A segment more than a minute ahead of those before it does not move it alone, only if the next one is as far: one wrong stamp ends no
/// flow.
/// Memory: octets that arrive in order are handed on without a copy; only out-of-order octets are kept. Objects are used again;
/// in steady state nothing is allocated. Thread safety: one thread; the counters may be read by any.
/// </remarks>
public sealed class FlowTable(FlowLimits limits, FlowConsumer consumer)
{
    /// <summary>A segment further than this from the next octet is not part of the connection: larger than any window in use.</summary>
    private const int StrayOctets = 64 << 20;

    /// <summary>So many strays in a row, with nothing of the old connection between them, are another connection.</summary>
    private const int StraysThatReplace = 3;

    /// <summary>After a silence like this one stray is enough.</summary>
    private const long SilenceNanoseconds = 30_000_000_000;

    private const long SweepIntervalNanoseconds = 50_000_000;

    /// <summary>A packet this far ahead of those before it may bear a wrong stamp: time follows when the next packet agrees.</summary>
    private const long LeapNanoseconds = 60_000_000_000;

    /// <summary>Flows kept for their next use: few enough to be forgotten after a flood.</summary>
    private const int MaxSpare = 16_384;

    private readonly FlowIndex _index = new();
    private readonly FlowList _silent = new();
    private readonly FlowList _talking = new();
    private readonly FlowList _closed = new();
    private readonly LinkedList<Flow> _waiting = new();
    private readonly Stack<Flow> _spare = new();
    private readonly HalfReassembly _reassembly = new(limits, consumer);
    private Timestamp _now;
    private Timestamp _nextSweep;
    private long _lastNumber;
    private bool _hasLeapt; // the packet before was too far ahead to be believed; _ahead is its flow, if it has one
    private Flow? _ahead;

    /// <summary>What was seen and given up.</summary>
    public FlowCounters Counters => _reassembly.Counters;

    /// <summary>Flows kept for their next use.</summary>
    internal int Spare => _spare.Count;

    /// <summary>Takes in one segment and calls the consumer with whatever it completes.</summary>
    public void Add(in TcpSegment segment)
    {
        Counters.Segments++;
        var leaps = _now.IsKnown && segment.Timestamp.Since(_now) > LeapNanoseconds;
        if (leaps && !_hasLeapt)
        {
            AddAhead(segment);
            return;
        }

        if (_hasLeapt)
        {
            _hasLeapt = false;
            _ahead?.NotLaterThan(leaps ? segment.Timestamp : _now);
            _ahead = null;
        }

        if (segment.Timestamp > _now)
        {
            Advance(segment.Timestamp);
        }

        Place(segment);
    }

    /// <summary>Lets packet time pass: gives up gaps that stayed too long, forgets closed and idle flows. Cheap when nothing is due.
    /// </summary>
    /// <param name="now">Packet time; earlier than the latest seen does nothing.</param>
    public void Advance(Timestamp now)
    {
        if (now <= _now)
        {
            return;
        }

        _now = _reassembly.Now = now;
        if (now < _nextSweep)
        {
            return;
        }

        _nextSweep = new(unchecked(now.Nanoseconds + SweepIntervalNanoseconds));
        GiveUpOldGaps();
        Forget(_closed, limits.ClosedLinger, FlowEnd.Closed);
        Forget(_silent, limits.HandshakeTimeout, FlowEnd.HandshakeTimeout);
        Forget(_talking, limits.IdleTimeout, FlowEnd.Idle);
    }

    /// <summary>Ends the flow that has carried octets and been silent longest, to free what its messages hold.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryEvictOldest()
    {
        if ((_closed.Oldest ?? _talking.Oldest) is not { } flow)
        {
            return false;
        }

        End(flow, ReasonOf(flow) ?? FlowEnd.EvictedForMemory);
        return true;
    }

    /// <summary>The capture is over: gives up every gap and ends every flow.</summary>
    public void Finish()
    {
        foreach (var list in (ReadOnlySpan<FlowList>)[_closed, _talking, _silent])
        {
            while (list.Oldest is { } flow)
            {
                End(flow, ReasonOf(flow) ?? FlowEnd.CaptureEnded);
            }
        }
    }

    /// <summary>Takes in a segment at the time it bears, and goes back to the time before it.</summary>
    private void AddAhead(in TcpSegment segment)
    {
        var before = _now;
        _now = _reassembly.Now = segment.Timestamp;
        _ahead = Place(segment);
        _now = _reassembly.Now = before;
        _hasLeapt = true;
    }

    /// <summary>Finds or begins the flow of <paramref name="segment"/> and takes its octets.</summary>
    /// <returns>Null when it belongs to no flow.</returns>
    private Flow? Place(in TcpSegment segment)
    {
        var key = FlowKey.Of(segment, out var direction);
        var flow = _index.Find(key, segment, direction, out var crowdedOut);
        if (flow is not null && !IsPartOf(flow, segment, direction))
        {
            if (!Replaces(flow, segment, direction))
            {
                return null;
            }

            End(flow, FlowEnd.Replaced);
            flow = null;
        }

        if (flow is null && !IsWorthAFlow(segment))
        {
            return null;
        }

        if (flow is null)
        {
            if (crowdedOut is not null)
            {
                End(crowdedOut, ReasonOf(crowdedOut) ?? FlowEnd.Evicted);
            }

            flow = Begin(key, segment, direction);
        }

        flow.LastSeen = _now;
        Take(flow, segment, direction);
        return flow;
    }

    /// <summary>A flow begins with a SYN or with octets; bare ACK, FIN and RST of an unknown connection tell nothing.</summary>
    private static bool IsWorthAFlow(in TcpSegment segment) =>
        !segment.Has(TcpFlags.Rst) && (segment.Has(TcpFlags.Syn) || !segment.Payload.IsEmpty || segment.MissingOctets > 0);

    /// <summary>Why the connection is over; null when it is not.</summary>
    private static FlowEnd? ReasonOf(Flow flow) => !flow.IsClosed ? null : flow.IsReset ? FlowEnd.Reset : FlowEnd.Closed;

    private static bool IsPartOf(Flow flow, in TcpSegment segment, Direction direction)
    {
        var half = flow.Half(direction);
        var sequence = new SequenceNumber(segment.SequenceNumber);
        return !half.IsKnown
            || (segment.Has(TcpFlags.Syn)
                ? half.Begins(sequence.Advance(1))
                : sequence.OctetsSince(half.Next) is > -StrayOctets and < StrayOctets);
    }

    /// <summary>True when a segment that is not part of the flow ends it: a new SYN, too many strays in a row, or one after a long
    /// silence.</summary>
    private bool Replaces(Flow flow, in TcpSegment segment, Direction direction)
    {
        if (segment.Has(TcpFlags.Syn))
        {
            return true;
        }

        Counters.StraySegments++;
        return ++flow.Half(direction).Strays >= StraysThatReplace || _now.Since(flow.LastSeen) > SilenceNanoseconds;
    }

    private Flow Begin(in FlowKey key, in TcpSegment segment, Direction direction)
    {
        if (_index.Count >= limits.MaxFlows)
        {
            var oldest = _closed.Oldest ?? _silent.Oldest ?? _talking.Oldest!;
            End(oldest, ReasonOf(oldest) ?? FlowEnd.Evicted);
        }

        var flow = _spare.Count > 0 ? _spare.Pop() : new Flow();
        flow.Begin(++_lastNumber, key, segment.Vni);
        if (segment.Has(TcpFlags.Syn))
        {
            flow.Initiator = segment.Has(TcpFlags.Ack) ? direction.Opposite() : direction;
        }
        else
        {
            Counters.BegunMidStream++;
        }

        _index.Add(flow);
        _silent.Add(flow);
        Counters.Begun++;
        Counters.Flows = _index.Count;
        return flow;
    }

    private void Take(Flow flow, in TcpSegment segment, Direction direction)
    {
        var peer = flow.Half(direction.Opposite());
        if (segment.Has(TcpFlags.Ack) && peer.IsKnown)
        {
            peer.SetAcknowledged(new(segment.AcknowledgmentNumber));
        }

        if (!segment.Payload.IsEmpty && !flow.HasOctets)
        {
            if (!flow.IsClosed)
            {
                _silent.Remove(flow);
                _talking.Add(flow);
            }

            flow.HasOctets = true;
        }

        _reassembly.Take(flow, direction, segment);
        if (segment.Has(TcpFlags.Rst))
        {
            flow.IsReset = true;
        }

        if (!flow.IsClosed)
        {
            ListOf(flow).MoveToNewest(flow);
            CloseIfOver(flow);
        }

        if (!flow.IsWaiting && HasGapAhead(flow))
        {
            _waiting.AddLast(flow.Waiting);
        }

        KeepHeldBytesBounded();
    }

    private static bool HasGapAhead(Flow flow) => flow.Forward.GapEnd is not null || flow.Backward.GapEnd is not null;

    /// <summary>The one list the flow is in.</summary>
    private FlowList ListOf(Flow flow) => flow.IsClosed ? _closed : flow.HasOctets ? _talking : _silent;

    private void CloseIfOver(Flow flow)
    {
        if (!flow.IsClosed && (flow.IsReset || (flow.Forward.IsEnded && flow.Backward.IsEnded)))
        {
            ListOf(flow).Remove(flow);
            flow.IsClosed = true;
            flow.ClosedAt = _now;
            _closed.Add(flow);
        }
    }

    private void GiveUpOldGaps()
    {
        for (var waiting = _waiting.First; waiting is not null;)
        {
            var flow = waiting.Value;
            waiting = waiting.Next;
            var forward = _reassembly.GiveUpIfOld(flow, Direction.Forward);
            var backward = _reassembly.GiveUpIfOld(flow, Direction.Backward);
            if (!forward && !backward)
            {
                _waiting.Remove(flow.Waiting);
                CloseIfOver(flow);
            }
        }
    }

    private void KeepHeldBytesBounded()
    {
        while (Counters.HeldBytes > limits.MaxHeldBytes && _waiting.First is { } oldest)
        {
            // One that holds nothing waits on at the end, so that it is not looked at again for the next segment.
            var flow = oldest.Value;
            _reassembly.GiveUpHeld(flow);
            _waiting.Remove(oldest);
            if (HasGapAhead(flow))
            {
                _waiting.AddLast(oldest);
            }

            CloseIfOver(flow);
        }
    }

    private void Forget(FlowList list, TimeSpan after, FlowEnd reason)
    {
        while (list.Oldest is { } flow && _now.Elapsed(flow.IsClosed ? flow.ClosedAt : flow.LastSeen) > after)
        {
            End(flow, ReasonOf(flow) ?? reason);
        }
    }

    private void End(Flow flow, FlowEnd reason)
    {
        _reassembly.Finish(flow);
        ListOf(flow).Remove(flow);
        _index.Remove(flow);
        if (flow.IsWaiting)
        {
            _waiting.Remove(flow.Waiting);
        }

        Counters.Flows = _index.Count;
        Counters.CountEnd(reason);
        consumer.OnFlowEnded(flow, reason);
        flow.Reset();
        if (_spare.Count < MaxSpare)
        {
            _spare.Push(flow);
        }
    }
}
