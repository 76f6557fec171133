using System.Buffers.Binary;

namespace Parallax.Benchmarks.Load;

/// <summary>Writes one TCP segment as a frame, bare, after a VXLAN header, or after all outer headers.</summary>
internal static class Frame
{
    public const int VxlanBytes = 8;
    private const int EthernetBytes = 14;
    private const int IpBytes = 20;
    private const int UdpBytes = 8;
    private const int TcpBytes = 20;
    private const int OuterBytes = EthernetBytes + IpBytes + UdpBytes;
    private const int Vni = 42;

    /// <summary>Writes the payload of a VXLAN datagram.</summary>
    /// <returns>Its length.</returns>
    public static int WriteVxlan(Span<byte> to, in Segment segment)
    {
        to[..VxlanBytes].Clear();
        to[0] = 0x08;
        BinaryPrimitives.WriteUInt32BigEndian(to[4..], Vni << 8);
        return VxlanBytes + WritePlain(to[VxlanBytes..], segment);
    }

    /// <summary>Writes a frame that carries a VXLAN datagram.</summary>
    /// <returns>Its length.</returns>
    public static int WriteWrapped(Span<byte> to, in Segment segment)
    {
        var length = WriteVxlan(to[OuterBytes..], segment);
        var ip = WriteEthernet(to);
        WriteIp(ip, 17, 0x0A00_0001, 0x0A00_0002, UdpBytes + length);
        var udp = ip[IpBytes..];
        BinaryPrimitives.WriteUInt16BigEndian(udp, 50_000);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], 4789);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)(UdpBytes + length));
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], 0);
        return OuterBytes + length;
    }

    /// <summary>Writes an Ethernet frame. Checksums are left out.</summary>
    /// <returns>Its length.</returns>
    public static int WritePlain(Span<byte> to, in Segment segment)
    {
        var ip = WriteEthernet(to);
        WriteIp(ip, 6, segment.Source, segment.Destination, TcpBytes + segment.Payload.Length);
        var tcp = ip[IpBytes..];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, segment.SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], segment.DestinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], segment.Sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], segment.Acknowledgment);
        tcp[12] = (TcpBytes / 4) << 4;
        tcp[13] = (byte)segment.Flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], 65_535);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[16..], 0);
        segment.Payload.CopyTo(tcp[TcpBytes..]);
        return EthernetBytes + IpBytes + TcpBytes + segment.Payload.Length;
    }

    private static Span<byte> WriteEthernet(Span<byte> to)
    {
        to[..12].Fill(0x02);
        BinaryPrimitives.WriteUInt16BigEndian(to[12..], 0x0800);
        return to[EthernetBytes..];
    }

    private static void WriteIp(Span<byte> ip, byte protocol, uint source, uint destination, int payload)
    {
        ip[..IpBytes].Clear();
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(IpBytes + payload));
        ip[6] = 0x40;
        ip[8] = 64;
        ip[9] = protocol;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], source);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], destination);
    }
}
