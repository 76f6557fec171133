namespace Parallax.Wire.Packets;

/// <summary>What a packet says once every layer below TCP has been walked down: who sent which octets of which connection.</summary>
/// <remarks>
/// Ownership: <see cref="Payload"/> is a view over the packet (or over the fragment buffer of the decoder) and is valid until the
/// decoder's next call or until the source takes its buffer back, whichever is first. Thread safety: a stack-only value.
/// </remarks>
public ref struct TcpSegment
{
    /// <summary>The value of <see cref="Vni"/> when the packet came in no tunnel that numbers its networks.</summary>
    public const int NoVni = -1;

    /// <summary>Sender, innermost IP header.</summary>
    public NetworkAddress Source { get; set; }

    /// <summary>Receiver, innermost IP header.</summary>
    public NetworkAddress Destination { get; set; }

    /// <summary>Sender's TCP port.</summary>
    public ushort SourcePort { get; set; }

    /// <summary>Receiver's TCP port.</summary>
    public ushort DestinationPort { get; set; }

    /// <summary>The VLAN identifiers of the innermost Ethernet header, outermost first, 12 bits each, with a marker bit above them,
    /// so that "no tag" (0) differs from "tag 0": 0x1000 | vid for one tag, 0x1000000 | outer &lt;&lt; 12 | inner for two.</summary>
    public uint Vlans { get; set; }

    /// <summary>The network identifier of the innermost VXLAN or GENEVE header, 24 bits; <see cref="NoVni"/> without one.</summary>
    public int Vni { get; set; }

    /// <summary>Sequence number of the first octet of <see cref="Payload"/> (of the SYN when that is set).</summary>
    public uint SequenceNumber { get; set; }

    /// <summary>Next sequence number the sender expects; meant only with <see cref="TcpFlags.Ack"/>.</summary>
    public uint AcknowledgmentNumber { get; set; }

    /// <summary>Control bits.</summary>
    public TcpFlags Flags { get; set; }

    /// <summary>The octets of the stream that the capture holds; Ethernet padding is not among them.</summary>
    public ReadOnlySpan<byte> Payload { get; set; }

    /// <summary>Octets of the stream that the segment carried after <see cref="Payload"/> but the capture cut off (snap length);
    /// 0 for a whole segment.</summary>
    public int MissingOctets { get; set; }

    /// <summary>When the packet was seen.</summary>
    public Timestamp Timestamp { get; set; }

    /// <summary>True when <paramref name="flag"/> is set (all of its bits, when it has several).</summary>
    public readonly bool Has(TcpFlags flag) => (Flags & flag) == flag;
}
