namespace Parallax.Wire.Packets;

/// <summary>What the first octets of a packet are: the LINKTYPE_ values of the pcap file formats that the decoder knows.</summary>
/// <remarks>A file may hold any other value; the decoder answers it with <see cref="DecodeStatus.UnsupportedLinkType"/>.</remarks>
public enum LinkType
{
    /// <summary>BSD loopback: a protocol family in the byte order of the capturing host.</summary>
    Null = 0,

    /// <summary>IEEE 802.3 Ethernet.</summary>
    Ethernet = 1,

    /// <summary>IEEE 802.5 Token Ring.</summary>
    TokenRing = 6,

    /// <summary>PPP (RFC 1661), with or without address and control octets.</summary>
    Ppp = 9,

    /// <summary>FDDI.</summary>
    Fddi = 10,

    /// <summary>Raw IP, the value of most systems' DLT_RAW.</summary>
    RawBsd = 12,

    /// <summary>Raw IP, the value of OpenBSD's DLT_RAW.</summary>
    RawOpenBsd = 14,

    /// <summary>OpenBSD's packet filter log, in its form before OpenBSD 3.4.</summary>
    OldPflog = 17,

    /// <summary>PPP in HDLC-like framing (RFC 1662) or Cisco HDLC, told apart by the address octet.</summary>
    PppSerial = 50,

    /// <summary>PPPoE session packets (RFC 2516) without the Ethernet header.</summary>
    PppEthernet = 51,

    /// <summary>LLC over ATM (RFC 1483).</summary>
    AtmRfc1483 = 100,

    /// <summary>Raw IP; the version nibble tells IPv4 from IPv6.</summary>
    Raw = 101,

    /// <summary>Cisco HDLC.</summary>
    CiscoHdlc = 104,

    /// <summary>IEEE 802.11 wireless.</summary>
    Ieee80211 = 105,

    /// <summary>Frame Relay (RFC 2427), or as Cisco encapsulates it.</summary>
    FrameRelay = 107,

    /// <summary>OpenBSD loopback: a protocol family in network byte order.</summary>
    Loop = 108,

    /// <summary>Linux "cooked" capture, version 1.</summary>
    LinuxSll = 113,

    /// <summary>OpenBSD's packet filter log.</summary>
    Pflog = 117,

    /// <summary>IEEE 802.11 after a Prism header.</summary>
    Prism = 119,

    /// <summary>IP over Fibre Channel (RFC 2625).</summary>
    IpOverFibreChannel = 122,

    /// <summary>ATM as SunATM delivers it.</summary>
    SunAtm = 123,

    /// <summary>IEEE 802.11 after a radiotap header.</summary>
    Radiotap = 127,

    /// <summary>ARCNET with the header Linux gives it.</summary>
    ArcnetLinux = 129,

    /// <summary>IP over IEEE 1394 (FireWire) as Apple delivers it.</summary>
    AppleIeee1394 = 138,

    /// <summary>DOCSIS MAC frames of cable networks.</summary>
    Docsis = 143,

    /// <summary>IEEE 802.11 after an AVS header.</summary>
    Avs = 163,

    /// <summary>PPP with the direction in place of the address octet, as pppd logs it.</summary>
    PppPppd = 166,

    /// <summary>Juniper: PPPoE.</summary>
    JuniperPppoe = 167,

    /// <summary>Juniper: Ethernet.</summary>
    JuniperEthernet = 178,

    /// <summary>Juniper: PPP.</summary>
    JuniperPpp = 179,

    /// <summary>Juniper: Frame Relay.</summary>
    JuniperFrameRelay = 180,

    /// <summary>Juniper: Cisco HDLC.</summary>
    JuniperCiscoHdlc = 181,

    /// <summary>Anything after a per-packet information header, mostly IEEE 802.11.</summary>
    Ppi = 192,

    /// <summary>ERF records of Endace's DAG cards: Ethernet and PPP or HDLC.</summary>
    Erf = 197,

    /// <summary>PPP after an octet for the direction.</summary>
    PppWithDirection = 204,

    /// <summary>Cisco HDLC after an octet for the direction.</summary>
    CiscoHdlcWithDirection = 205,

    /// <summary>Frame Relay after an octet for the direction.</summary>
    FrameRelayWithDirection = 206,

    /// <summary>MPLS labels.</summary>
    Mpls = 219,

    /// <summary>Solaris' IP observability.</summary>
    Ipnet = 226,

    /// <summary>Raw IPv4.</summary>
    Ipv4 = 228,

    /// <summary>Raw IPv6.</summary>
    Ipv6 = 229,

    /// <summary>Linux netfilter log messages.</summary>
    Nflog = 239,

    /// <summary>Ethernet after the header of Hilscher's netANALYZER.</summary>
    NetAnalyzer = 240,

    /// <summary>The same with the preamble.</summary>
    NetAnalyzerTransparent = 241,

    /// <summary>IP over InfiniBand (RFC 4391) after a global route header.</summary>
    IpOverInfiniBand = 242,

    /// <summary>Apple's packet tap: any link layer after a header that names interface and process.</summary>
    Pktap = 258,

    /// <summary>IEEE 802.3br Ethernet frames with their preamble.</summary>
    EthernetMpacket = 274,

    /// <summary>Linux "cooked" capture, version 2.</summary>
    LinuxSll2 = 276,

    /// <summary>Ethernet with the tag of a Broadcom switch after the addresses.</summary>
    DsaBroadcom = 281,

    /// <summary>Ethernet with the tag of a Broadcom switch in front.</summary>
    DsaBroadcomPrepended = 282,

    /// <summary>Ethernet with the tag of a Marvell switch.</summary>
    DsaMarvell = 283,

    /// <summary>Ethernet with the tag of a Marvell switch after an EtherType.</summary>
    DsaMarvellEtherTyped = 284,
}
