using System.Buffers.Binary;
using System.Net;
using System.Runtime.CompilerServices;

namespace Parallax.Reactor.Loops;

/// <summary>A socket address as the kernel reads and writes it, big enough for IPv6 (struct sockaddr_in, sockaddr_in6).</summary>
[InlineArray(Size)]
internal struct NativeAddress
{
    //  sockaddr_in    | family, host order (16) | port (16) | IPv4 address (32) | unused (64)                              |
    //  sockaddr_in6   | family, host order (16) | port (16) | flow (32)         | IPv6 address (128) | scope, host order (32) |
    public const int Size = 28;
    private const int Ipv4Size = 16;

    private byte _first;

    /// <summary>Writes <paramref name="endPoint"/>.</summary>
    /// <returns>How many octets of <paramref name="address"/> it takes.</returns>
    public static uint Write(IPEndPoint endPoint, out NativeAddress address)
    {
        address = default;
        Span<byte> octets = address;
        var ip = endPoint.Address;
        var isIpv4 = ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
        BitConverter.TryWriteBytes(octets, (ushort)(isIpv4 ? NativeSocket.Ipv4 : NativeSocket.Ipv6));
        BinaryPrimitives.WriteUInt16BigEndian(octets[2..], (ushort)endPoint.Port);
        ip.TryWriteBytes(octets[(isIpv4 ? 4 : 8)..], out _);
        if (isIpv4)
        {
            return Ipv4Size;
        }

        BitConverter.TryWriteBytes(octets[24..], (uint)ip.ScopeId);
        return Size;
    }

    /// <summary>Reads an address; an IPv4 address inside IPv6 is given as IPv4. Null when it is of another family.</summary>
    public static IPEndPoint? Read(ReadOnlySpan<byte> octets)
    {
        int family = BitConverter.ToUInt16(octets);
        var port = BinaryPrimitives.ReadUInt16BigEndian(octets[2..]);
        if (family == NativeSocket.Ipv4)
        {
            return new IPEndPoint(new IPAddress(octets.Slice(4, 4)), port);
        }

        if (family != NativeSocket.Ipv6)
        {
            return null;
        }

        var address = new IPAddress(octets.Slice(8, 16), BitConverter.ToUInt32(octets[24..]));
        return new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, port);
    }

    /// <summary>Where <paramref name="socket"/> is bound; null when the system does not say.</summary>
    public static unsafe IPEndPoint? OfSocket(int socket)
    {
        var address = default(NativeAddress);
        uint length = Size;
        return NativeSocket.GetName(socket, (byte*)&address, &length) < 0 ? null : Read(address);
    }
}
