using System.Buffers.Binary;
using Parallax.Wire.Packets;

namespace Parallax.Wire.ProxyProtocol;

/// <summary>Version 2 of the PROXY protocol: binary (proxy-protocol.txt §2.2).</summary>
internal static class ProxyHeaderV2
{
    //  | 0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A  (12 octets)                   |
    //  | version (4) command (4) | family (4) protocol (4) | length (16)    |
    //  | source address | destination address | source port | destination port | extensions |

    private const int FixedLength = 16;
    private const int Version = 2;
    private const int Local = 0;
    private const int Proxied = 1;
    private const int MaxFamily = 3;
    private const int MaxProtocol = 2;
    private const byte TcpOverIPv4 = 0x11;
    private const byte TcpOverIPv6 = 0x21;
    private const int IPv4Length = 12;
    private const int IPv6Length = 36;

    public static ProxyHeaderStatus TryRead(ReadOnlySpan<byte> octets, out ProxyHeader header, out int length)
    {
        header = default;
        length = 0;
        var isKnown = Signature.Recognise(octets, "\r\n\r\n\0\r\nQUIT\n"u8);
        if (isKnown != ProxyHeaderStatus.Read)
        {
            return isKnown;
        }

        if (octets.Length < FixedLength)
        {
            return ProxyHeaderStatus.NeedMore;
        }

        var command = octets[12] & 0xF;
        var family = octets[13];
        int rest = BinaryPrimitives.ReadUInt16BigEndian(octets[14..]);
        if (octets[12] >> 4 != Version || command > Proxied || family >> 4 > MaxFamily || (family & 0xF) > MaxProtocol)
        {
            return ProxyHeaderStatus.Malformed;
        }

        var status = command == Local ? ProxyHeaderStatus.Read : TryReadAddresses(octets[FixedLength..], family, rest, out header);
        length = status == ProxyHeaderStatus.Read ? FixedLength + rest : 0;
        return status;
    }

    private static ProxyHeaderStatus TryReadAddresses(ReadOnlySpan<byte> octets, byte family, int rest, out ProxyHeader header)
    {
        header = default;
        var needed = family switch
        {
            TcpOverIPv4 => IPv4Length,
            TcpOverIPv6 => IPv6Length,
            _ => 0,
        };
        if (rest < needed || octets.Length < needed)
        {
            return rest < needed ? ProxyHeaderStatus.Malformed : ProxyHeaderStatus.NeedMore;
        }

        if (needed > 0)
        {
            var size = (needed - 4) / 2;
            header = new ProxyHeader(
                AddressOf(octets[..size]),
                BinaryPrimitives.ReadUInt16BigEndian(octets[(2 * size)..]),
                AddressOf(octets[size..(2 * size)]),
                BinaryPrimitives.ReadUInt16BigEndian(octets[((2 * size) + 2)..]),
                HasAddresses: true);
        }

        return ProxyHeaderStatus.Read;
    }

    private static NetworkAddress AddressOf(ReadOnlySpan<byte> octets) => octets.Length == 4
        ? NetworkAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(octets))
        : NetworkAddress.FromSocket(octets);
}
