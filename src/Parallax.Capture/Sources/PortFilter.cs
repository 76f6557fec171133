namespace Parallax.Capture.Sources;

/// <summary>The filter, in the language of pcap-filter(7), that lets through what may hold a segment of a service's port. What it lets
/// through beyond that is decoded and counted as another port's.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class PortFilter
{
    /// <summary>Later fragments have no ports, and are of any protocol: of TCP or of a tunnel.</summary>
    private const string Fragments = "ip[6:2] & 0x1fff != 0 or ip6 proto 44";

    /// <summary>Behind extension headers libpcap does not look for ports; a BIG TCP segment has the hop-by-hop header with its length.
    /// </summary>
    private const string Extensions = "ip6[6] = 0 or ip6 proto 43 or ip6 proto 51 or ip6 proto 60 or ip proto 51";

    /// <summary>Mirrored packets that arrive in GRE, ERSPAN, IP in IP, VXLAN, GENEVE, GRE in UDP or TZSP have their ports inside.</summary>
    private const string Tunnels = "ip proto 47 or ip6 proto 47 or ip proto 4 or ip proto 41 or ip6 proto 4 or ip6 proto 41"
        + " or udp dst port 4789 or udp dst port 8472 or udp dst port 4790 or udp dst port 6081"
        + " or udp dst port 4754 or udp dst port 6635 or udp dst port 37008";

    /// <summary>The filter for both directions of <paramref name="ports"/>.</summary>
    /// <param name="ports">One port or more.</param>
    /// <param name="withVlans">True adds frames with one or two VLAN tags; not every link type has them.</param>
    public static string For(IReadOnlyList<ushort> ports, bool withVlans)
    {
        var any = string.Join(" or ", ports.Select(port => $"tcp port {port}")) + $" or {Fragments} or {Extensions} or {Tunnels}";
        return withVlans ? $"({any}) or (vlan and (({any}) or (vlan and ({any}))))" : $"({any})";
    }
}
