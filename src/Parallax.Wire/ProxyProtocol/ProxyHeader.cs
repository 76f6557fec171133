using Parallax.Wire.Packets;

namespace Parallax.Wire.ProxyProtocol;

/// <summary>The header that a load balancer puts in front of a connection to tell whose it is: HAProxy's PROXY protocol, versions 1 and 2
/// (proxy-protocol.txt of HAProxy, revision of 2020-03-05).</summary>
/// <param name="Source">The client's address; meaningless without <paramref name="HasAddresses"/>.</param>
/// <param name="SourcePort">The client's port.</param>
/// <param name="Destination">The address the client connected to.</param>
/// <param name="DestinationPort">The port the client connected to.</param>
/// <param name="HasAddresses">False when the header names no TCP addresses (LOCAL, UNKNOWN, UNSPEC, UDP, Unix sockets): those of the
/// connection itself are the right ones.</param>
/// <remarks>Thread safety: an immutable value.</remarks>
public readonly record struct ProxyHeader(
    NetworkAddress Source, ushort SourcePort, NetworkAddress Destination, ushort DestinationPort, bool HasAddresses)
{
    /// <summary>The most octets that <see cref="TryRead"/> needs to see: the longest line of version 1, CR LF included.
    /// Of version 2 it needs fewer, because it does not look at what comes after the addresses.</summary>
    public const int MaxNeeded = ProxyHeaderV1.MaxLength;

    /// <summary>Reads the header at the start of <paramref name="octets"/>, the first octets of a connection; copies nothing.</summary>
    /// <param name="octets">What the connection brought so far, from its first octet on.</param>
    /// <param name="header">The header, with <see cref="ProxyHeaderStatus.Read"/>.</param>
    /// <param name="length">Octets of the header, 0 unless one was read. This can be more than <paramref name="octets"/> has: the
    /// extensions of version 2, up to 65,535 octets, are passed over unread, and the caller passes over those still to come.</param>
    /// <returns>Never <see cref="ProxyHeaderStatus.NeedMore"/> once there are <see cref="MaxNeeded"/> octets.</returns>
    public static ProxyHeaderStatus TryRead(ReadOnlySpan<byte> octets, out ProxyHeader header, out int length)
    {
        var status = ProxyHeaderV1.TryRead(octets, out header, out length);
        return status == ProxyHeaderStatus.Absent ? ProxyHeaderV2.TryRead(octets, out header, out length) : status;
    }

    /// <summary>Whether <paramref name="octets"/> begin as <paramref name="signature"/> does.</summary>
    internal static ProxyHeaderStatus Recognise(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> signature)
    {
        var common = octets.CommonPrefixLength(signature);
        return common == signature.Length ? ProxyHeaderStatus.Read
            : common == octets.Length ? ProxyHeaderStatus.NeedMore
            : ProxyHeaderStatus.Absent;
    }
}
