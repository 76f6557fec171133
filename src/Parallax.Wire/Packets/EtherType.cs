namespace Parallax.Wire.Packets;

/// <summary>The EtherType values (IANA "IEEE 802 Numbers") that mean something to the decoder.</summary>
internal static class EtherType
{
    /// <summary>From here on the field is a type; up to <see cref="EthernetHeader.MaxPayloadLength"/> it is a length (IEEE 802.3
    /// §3.2.6).</summary>
    public const ushort Lowest = 0x0600;

    public const ushort Ipv4 = 0x0800;
    public const ushort Arp = 0x0806;

    /// <summary>ERSPAN type III, after GRE only.</summary>
    public const ushort Erspan3 = 0x22EB;

    /// <summary>A whole Ethernet frame ("transparent Ethernet bridging"), after GRE and GENEVE.</summary>
    public const ushort Ethernet = 0x6558;

    public const ushort ReverseArp = 0x8035;
    public const ushort Vlan = 0x8100;

    /// <summary>Traffic, mostly HTTP, that a router redirects to a cache (draft-mclaggan-wccp-v2rev1 §4), after GRE only.</summary>
    public const ushort CacheRedirect = 0x883E;

    /// <summary>Aruba's GRE tunnels: 0x8200, 0x8210, … 0x83F0 carry an 802.11 frame without its check sequence.</summary>
    public const ushort ArubaTunnel = 0x8200;

    public const ushort Ipv6 = 0x86DD;
    public const ushort SlowProtocols = 0x8809;
    public const ushort Ppp = 0x880B;
    public const ushort Mpls = 0x8847;
    public const ushort MplsUpstream = 0x8848;
    public const ushort PppoeDiscovery = 0x8863;
    public const ushort PppoeSession = 0x8864;
    public const ushort Eapol = 0x888E;

    /// <summary>IEEE 802.1ad, the outer tag of QinQ.</summary>
    public const ushort ServiceVlan = 0x88A8;

    /// <summary>ERSPAN types I and II, after GRE only.</summary>
    public const ushort Erspan = 0x88BE;

    public const ushort LinkLayerDiscovery = 0x88CC;
    public const ushort MacSec = 0x88E5;

    /// <summary>Provider backbone bridging ("MAC in MAC").</summary>
    public const ushort Ieee8021Ah = 0x88E7;

    /// <summary>The tag of port extenders, IEEE 802.1BR in its form before the standard.</summary>
    public const ushort VnTag = 0x8926;

    public const ushort Loopback = 0x9000;

    /// <summary>QinQ before IEEE 802.1ad was written.</summary>
    public const ushort OldServiceVlan = 0x9100;
}
