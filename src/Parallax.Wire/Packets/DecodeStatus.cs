namespace Parallax.Wire.Packets;

/// <summary>What came of one packet; everything but <see cref="Ok"/> names the one thing that was in the way of a TCP segment.</summary>
/// <remarks>The value is also the tag of the packet counters, so a new one belongs in docs/metrics.md.</remarks>
public enum DecodeStatus
{
    /// <summary>The step succeeded; from the decoder: the packet holds a TCP segment.</summary>
    Ok,

    /// <summary>The capture ends within a header; what it holds is not enough to know whose octets these are.</summary>
    Truncated,

    /// <summary>The link layer is of a kind that the decoder does not know.</summary>
    UnsupportedLinkType,

    /// <summary>A well-formed frame with an EtherType (or PPP protocol) that the decoder does not know.</summary>
    UnsupportedEtherType,

    /// <summary>A tunnel header of a version or with a payload that the decoder does not know.</summary>
    UnsupportedTunnel,

    /// <summary>A link layer header contradicts itself.</summary>
    MalformedLink,

    /// <summary>An IP header (or extension header) contradicts itself: wrong version, longer than its datagram, impossible
    /// fragment.</summary>
    MalformedIp,

    /// <summary>A UDP length below the eight octets of its own header.</summary>
    MalformedUdp,

    /// <summary>A TCP data offset below five words or after the end of the segment.</summary>
    MalformedTcp,

    /// <summary>A tunnel header contradicts itself.</summary>
    MalformedTunnel,

    /// <summary>ARP, spanning tree, link control and the like: no IP, and rightly so.</summary>
    NotIp,

    /// <summary>IP, but neither TCP nor a tunnel that the decoder knows (ICMP, plain UDP, …).</summary>
    NotTcp,

    /// <summary>The payload is encrypted (ESP, protected 802.11, MACsec).</summary>
    Encrypted,

    /// <summary>A link layer that split or bundled datagrams: 802.11 fragments and A-MSDU, ARCNET split packets.</summary>
    LinkFragment,

    /// <summary>A fragment was taken in; its datagram is not complete yet.</summary>
    FragmentHeld,

    /// <summary>A fragment that the snap length cut: its datagram can never be completed.</summary>
    FragmentDropped,

    /// <summary>A fragment that disagrees with those before it about where its datagram ends; it was discarded.</summary>
    FragmentConflict,

    /// <summary>A VXLAN header without a valid network identifier (RFC 7348 §5: the I flag is clear).</summary>
    MissingVni,

    /// <summary>More than four tunnels, four VLAN tags or four reassembled datagrams inside each other.</summary>
    TooDeep,
}
