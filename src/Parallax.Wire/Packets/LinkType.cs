namespace Parallax.Wire.Packets;

/// <summary>What the first octets of a packet are: the LINKTYPE_ values of the pcap file formats that the decoder knows.</summary>
/// <remarks>A file may hold any other value; the decoder answers it with <see cref="DecodeStatus.UnsupportedLinkType"/>.</remarks>
public enum LinkType
{
    /// <summary>BSD loopback: a protocol family in the byte order of the capturing host.</summary>
    Null = 0,

    /// <summary>IEEE 802.3 Ethernet.</summary>
    Ethernet = 1,

    /// <summary>PPP (RFC 1661), with or without address and control octets.</summary>
    Ppp = 9,

    /// <summary>Raw IP, the value of most systems' DLT_RAW.</summary>
    RawBsd = 12,

    /// <summary>Raw IP, the value of OpenBSD's DLT_RAW.</summary>
    RawOpenBsd = 14,

    /// <summary>PPP in HDLC-like framing (RFC 1662) or Cisco HDLC, told apart by the address octet.</summary>
    PppSerial = 50,

    /// <summary>PPPoE session packets (RFC 2516) without the Ethernet header.</summary>
    PppEthernet = 51,

    /// <summary>Raw IP; the version nibble tells IPv4 from IPv6.</summary>
    Raw = 101,

    /// <summary>Cisco HDLC.</summary>
    CiscoHdlc = 104,

    /// <summary>IEEE 802.11 wireless.</summary>
    Ieee80211 = 105,

    /// <summary>OpenBSD loopback: a protocol family in network byte order.</summary>
    Loop = 108,

    /// <summary>Linux "cooked" capture, version 1.</summary>
    LinuxSll = 113,

    /// <summary>IEEE 802.11 behind a radiotap header.</summary>
    Radiotap = 127,

    /// <summary>ARCNET with the header Linux gives it.</summary>
    ArcnetLinux = 129,

    /// <summary>Raw IPv4.</summary>
    Ipv4 = 228,

    /// <summary>Raw IPv6.</summary>
    Ipv6 = 229,

    /// <summary>Linux netfilter log messages.</summary>
    Nflog = 239,

    /// <summary>Linux "cooked" capture, version 2.</summary>
    LinuxSll2 = 276,
}
