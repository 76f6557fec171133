using System.Buffers.Binary;

namespace Parallax.Wire.Packets;

/// <summary>A VXLAN header (RFC 7348 §5), which is also that of VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe §3).</summary>
/// <param name="Vni">The VXLAN network identifier, 24 bits.</param>
/// <param name="NextProtocol">What follows, meant on VXLAN-GPE ports only: elsewhere it is among the reserved bits, which a receiver
/// ignores. <see cref="NextEthernet"/> when the sender set no next-protocol flag.</param>
/// <remarks>Thread safety: an immutable value.</remarks>
public readonly record struct VxlanHeader(int Vni, byte NextProtocol)
{
    //  |R|R|R|R|I|P|R|R|        reserved (16)        |  next protocol (8)  |
    //  |                 VNI (24)                    |    reserved (8)     |
    private const byte VniFlag = 0x08;
    private const byte NextProtocolFlag = 0x04;

    /// <summary>Octets of the header.</summary>
    public const int Length = 8;

    /// <summary><see cref="NextProtocol"/>: an Ethernet frame follows.</summary>
    public const byte NextEthernet = 3;

    /// <summary>Splits <paramref name="datagram"/>, the payload of a UDP datagram, into its header and the Ethernet frame it carries;
    /// copies nothing.</summary>
    /// <returns><see cref="DecodeStatus.Ok"/>, <see cref="DecodeStatus.Truncated"/> or <see cref="DecodeStatus.MissingVni"/>.</returns>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> datagram, out VxlanHeader header, out ReadOnlySpan<byte> frame)
    {
        header = default;
        frame = default;
        if (datagram.Length < Length)
        {
            return DecodeStatus.Truncated;
        }

        if ((datagram[0] & VniFlag) == 0)
        {
            return DecodeStatus.MissingVni;
        }

        header = new VxlanHeader(
            (int)(BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]) >> 8),
            (datagram[0] & NextProtocolFlag) == 0 ? NextEthernet : datagram[3]);
        frame = datagram[Length..];
        return DecodeStatus.Ok;
    }
}
