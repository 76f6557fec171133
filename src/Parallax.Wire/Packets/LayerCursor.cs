namespace Parallax.Wire.Packets;

/// <summary>What the next octets of a packet are.</summary>
internal enum Layer : byte
{
    /// <summary>The walk's end.</summary>
    Tcp,
    Ethernet,

    /// <summary>Whatever the EtherType in <see cref="LayerCursor.Protocol"/> says.</summary>
    EtherTyped,
    Llc,
    Ppp,
    Mpls,
    Ieee80211,

    /// <summary>IPv4 or IPv6, as the version nibble says.</summary>
    Ip,

    /// <summary>Whatever the protocol number in <see cref="LayerCursor.Protocol"/> says.</summary>
    IpPayload,
    Udp,
    Gre,
    Vxlan,
    VxlanGpe,
    Geneve,
    GtpUser,
    Ayiya,
    Teredo,
    Tzsp,
}

/// <summary>How far the walk down the layers of one packet has come, and what it has learnt on the way.</summary>
internal ref struct LayerCursor
{
    private const int MaxTunnels = 4;
    private const int MaxVlanTags = 4;
    private const int MaxReassemblies = 4;

    private byte _tunnels;
    private byte _vlanTags;
    private byte _reassemblies;

    /// <summary>A walk over <paramref name="octets"/>, of which the capture cut off <paramref name="missing"/> at the end.</summary>
    public LayerCursor(ReadOnlySpan<byte> octets, int missing, Timestamp time)
    {
        Rest = octets;
        Missing = missing;
        Time = time;
        Vni = TcpSegment.NoVni;
    }

    /// <summary>The octets not yet decoded; they end where the innermost length field says.</summary>
    public ReadOnlySpan<byte> Rest;

    /// <summary>Octets that belong after <see cref="Rest"/>, but were not captured.</summary>
    public int Missing;

    /// <summary>What <see cref="Rest"/> starts with.</summary>
    public Layer Next;

    /// <summary>The EtherType or IP protocol number that goes with <see cref="Next"/>.</summary>
    public ushort Protocol;

    public uint Vlans;
    public int Vni;
    public NetworkAddress Source;
    public NetworkAddress Destination;
    public readonly Timestamp Time;

    /// <summary>Moves on to <paramref name="rest"/>.</summary>
    public DecodeStatus Continue(Layer next, ReadOnlySpan<byte> rest, ushort protocol = 0)
    {
        Next = next;
        Rest = rest;
        Protocol = protocol;
        return DecodeStatus.Ok;
    }

    /// <summary>Moves on to <paramref name="rest"/>, which a tunnel carries.</summary>
    public DecodeStatus EnterTunnel(Layer next, ReadOnlySpan<byte> rest, ushort protocol = 0)
    {
        if (_tunnels == MaxTunnels)
        {
            return DecodeStatus.TooDeep;
        }

        _tunnels++;
        return Continue(next, rest, protocol);
    }

    /// <summary>Forgets the tags of an outer Ethernet frame.</summary>
    public void StartEthernetFrame()
    {
        Vlans = 0;
        _vlanTags = 0;
    }

    /// <summary>Notes a VLAN tag; false when there are too many.</summary>
    public bool PushVlan(ushort vid)
    {
        Vlans = VlanTag.Push(Vlans, vid);
        return ++_vlanTags <= MaxVlanTags;
    }

    /// <summary>Notes that a datagram was put together for this packet; false when there are too many inside each other.</summary>
    public bool PushReassembly() => ++_reassemblies <= MaxReassemblies;
}
