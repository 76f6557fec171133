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
    NetworkAddress Source, ushort SourcePort, NetworkAddress Destination, ushort DestinationPort, bool HasAddresses);
