using System.Buffers.Binary;
using System.Text;
using Parallax.Wire.Packets;

namespace Parallax.Wire.Tests.Packets;

/// <summary>Builds packets from the inside out, one function a layer; every number is written as the wire has it.</summary>
internal static class PacketBytes
{
    public const string Client = "10.0.0.1";
    public const string Server = "10.0.0.2";
    public const string Client6 = "2001:db8::1";
    public const string Server6 = "2001:db8::2";

    public static byte[] Text(string text) => Encoding.ASCII.GetBytes(text);

    public static byte[] U16(int value)
    {
        var octets = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(octets, (ushort)value);
        return octets;
    }

    public static byte[] U32(uint value)
    {
        var octets = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, value);
        return octets;
    }

    /// <summary>1000 → 80, sequence number 7, acknowledgment number 9.</summary>
    public static byte[] Tcp(byte[] payload, TcpFlags flags = TcpFlags.Ack | TcpFlags.Psh, byte[]? options = null, uint sequence = 7) =>
    [
        .. U16(1000), .. U16(80), .. U32(sequence), .. U32(9),
        (byte)((5 + ((options?.Length ?? 0) / 4)) << 4), (byte)flags, .. U16(512), .. U16(0), .. U16(0),
        .. options ?? [], .. payload,
    ];

    public static byte[] Udp(int destinationPort, byte[] payload, int sourcePort = 40000) =>
        [.. U16(sourcePort), .. U16(destinationPort), .. U16(8 + payload.Length), .. U16(0), .. payload];

    public static byte[] Ipv4(
        int protocol, byte[] payload, int? totalLength = null, byte[]? options = null, int id = 1, int offset = 0, bool more = false) =>
    [
        (byte)(0x45 + ((options?.Length ?? 0) / 4)), 0, .. U16(totalLength ?? 20 + (options?.Length ?? 0) + payload.Length),
        .. U16(id), .. U16((offset / 8) | (more ? 0x2000 : 0)), 64, (byte)protocol, .. U16(0),
        .. System.Net.IPAddress.Parse(Client).GetAddressBytes(), .. System.Net.IPAddress.Parse(Server).GetAddressBytes(),
        .. options ?? [], .. payload,
    ];

    public static byte[] Ipv6(int nextHeader, byte[] payload, int? payloadLength = null) =>
    [
        0x60, 0, 0, 0, .. U16(payloadLength ?? payload.Length), (byte)nextHeader, 64,
        .. System.Net.IPAddress.Parse(Client6).GetAddressBytes(), .. System.Net.IPAddress.Parse(Server6).GetAddressBytes(),
        .. payload,
    ];

    public static byte[] Ipv6Fragment(int nextHeader, byte[] payload, int offset, bool more, uint id = 1) =>
        [(byte)nextHeader, 0, .. U16(offset | (more ? 1 : 0)), .. U32(id), .. payload];

    public static byte[] Ethernet(int type, byte[] payload) => [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, .. U16(type), .. payload];

    /// <summary>What stands after the tag protocol identifier.</summary>
    public static byte[] Vlan(int vid, int type, byte[] payload) => [.. U16(0x6000 | vid), .. U16(type), .. payload];

    public static byte[] Vxlan(int vni, byte[] frame) => [0x08, 0, 0, 0, .. U32((uint)vni << 8), .. frame];

    public static byte[] Geneve(int vni, int type, byte[] payload, byte[]? options = null) =>
        [(byte)((options?.Length ?? 0) / 4), 0, .. U16(type), .. U32((uint)vni << 8), .. options ?? [], .. payload];

    public static byte[] Gre(int type, byte[] payload, int flags = 0, byte[]? optional = null) =>
        [.. U16(flags), .. U16(type), .. optional ?? [], .. payload];

    public static byte[] Pppoe(byte[] ppp) => [0x11, 0, .. U16(0x77), .. U16(ppp.Length), .. ppp];

    public static byte[] Snap(int type, byte[] payload) => [0xAA, 0xAA, 3, 0, 0, 0, .. U16(type), .. payload];

    /// <summary>An 802.11 data frame to a distribution system; <paramref name="qos"/> with quality of service.</summary>
    public static byte[] Wireless(byte[] llc, bool qos = false, int flags = 1) =>
        [(byte)(qos ? 0x88 : 0x08), (byte)flags, .. new byte[22], .. qos ? new byte[2] : [], .. llc];

    /// <summary>The smallest whole thing: a request in IPv4.</summary>
    public static byte[] Request(string text = "GET / HTTP/1.1\r\n\r\n") => Ipv4(IpProtocol.Tcp, Tcp(Text(text)));
}
