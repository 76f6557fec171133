using System.Runtime.CompilerServices;
using Parallax.Wire.Packets;

namespace Parallax.Wire.Flows;

/// <summary>Both directions of one TCP connection, as observed.</summary>
/// <remarks>Ownership: belongs to its <see cref="FlowTable"/>, which uses the object again for another flow after
/// <see cref="FlowConsumer.OnFlowEnded"/>. Thread safety: none; one thread feeds the table.</remarks>
public sealed class Flow
{
    private FourVnis _vnis;
    private int _vniCount;
    private LinkedListNode<Flow>? _waiting;

    internal Flow()
    {
    }

    /// <summary>Number of the flow in its table, from 1, never used again.</summary>
    public long Number { get; private set; }

    /// <summary>What both directions have in common.</summary>
    public FlowKey Key { get; private set; }

    /// <summary>The VNI it was first seen under; <see cref="TcpSegment.NoVni"/> outside a tunnel.</summary>
    public int Vni => _vnis[0];

    /// <summary>The direction of the SYN without ACK; null when the connection began before the capture.</summary>
    public Direction? Initiator { get; internal set; }

    /// <summary>The direction that asks. The consumer may set it when it finds out; null means that of <see cref="Initiator"/>. What the
    /// other end sends is delivered after what it acknowledges of this direction.</summary>
    public Direction? Client { get; set; }

    /// <summary>What the consumer keeps for this flow; null at its beginning.</summary>
    public object? Attachment { get; set; }

    /// <summary>When a packet of the flow was last seen.</summary>
    public Timestamp LastSeen { get; internal set; }

    /// <summary>True when a packet of the flow was cut by the snap length.</summary>
    public bool IsSnapCut { get; internal set; }

    /// <summary>True when octets of either half were given up.</summary>
    public bool HasGap => Half(Direction.Forward).HasGap || Half(Direction.Backward).HasGap;

    internal FlowHalf Forward { get; } = new();

    internal FlowHalf Backward { get; } = new();

    /// <summary>When both halves had ended or a RST was seen; meant once <see cref="IsClosed"/>.</summary>
    internal Timestamp ClosedAt { get; set; }

    internal bool IsReset { get; set; }

    internal bool HasOctets { get; set; }

    /// <summary>True once it is closed. A separate flag, since a time stamp of zero is a time stamp too.</summary>
    internal bool IsClosed { get; set; }

    /// <summary>Its place among the flows with a gap; in no list when it has none. Made with the first gap.</summary>
    internal LinkedListNode<Flow> Waiting => _waiting ??= new(this);

    internal bool IsWaiting => _waiting?.List is not null;

    internal Flow? NextInBucket { get; set; }

    internal Flow? Older { get; set; }

    internal Flow? Newer { get; set; }

    /// <summary>One direction of the flow.</summary>
    public FlowHalf Half(Direction direction) => direction == Direction.Forward ? Forward : Backward;

    /// <summary>True when a packet of this flow came under <paramref name="vni"/>.</summary>
    public bool IsSeenUnder(int vni)
    {
        for (var i = 0; i < _vniCount; i++)
        {
            if (_vnis[i] == vni)
            {
                return true;
            }
        }

        return false;
    }

    internal bool TryAddVni(int vni)
    {
        if (_vniCount == FourVnis.Length)
        {
            return false;
        }

        _vnis[_vniCount++] = vni;
        return true;
    }

    internal void Begin(long number, in FlowKey key, int vni)
    {
        Number = number;
        Key = key;
        _vnis[0] = vni;
        _vniCount = 1;
    }

    /// <summary>Takes back that it was seen later than <paramref name="time"/>.</summary>
    internal void NotLaterThan(Timestamp time)
    {
        LastSeen = Timestamp.Earlier(LastSeen, time);
        ClosedAt = Timestamp.Earlier(ClosedAt, time);
        foreach (var half in (ReadOnlySpan<FlowHalf>)[Forward, Backward])
        {
            half.GapSince = Timestamp.Earlier(half.GapSince, time);
            half.GapAcknowledgedSince = Timestamp.Earlier(half.GapAcknowledgedSince, time);
        }
    }

    internal void Reset()
    {
        Forward.Reset();
        Backward.Reset();
        Initiator = Client = null;
        Attachment = null;
        ClosedAt = default;
        IsReset = IsClosed = HasOctets = IsSnapCut = false;
        NextInBucket = null;
    }

    /// <summary>Both ends of a connection and a switch or two between them may be mirrored; more is a misconfiguration.</summary>
    [InlineArray(Length)]
    private struct FourVnis
    {
        public const int Length = 4;
        private int _first;
    }
}
