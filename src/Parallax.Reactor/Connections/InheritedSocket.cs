using System.Net;
using System.Net.Sockets;

namespace Parallax.Reactor.Connections;

/// <summary>A socket that was open before the process began.</summary>
/// <remarks>Thread safety: immutable.</remarks>
/// <param name="Descriptor">Its descriptor, which stays open as long as the process.</param>
/// <param name="Protocol">TCP, already listening, or UDP.</param>
/// <param name="LocalEndPoint">Where it is bound.</param>
public sealed record InheritedSocket(int Descriptor, ProtocolType Protocol, IPEndPoint LocalEndPoint)
{
    /// <summary>Whether it is what <paramref name="wanted"/> asks for: the same port, and the same address or all of them on both
    /// sides.</summary>
    public bool Serves(IPEndPoint wanted) => wanted.Port == LocalEndPoint.Port
        && (wanted.Address.Equals(LocalEndPoint.Address) || (IsEvery(wanted.Address) && IsEvery(LocalEndPoint.Address)));

    /// <inheritdoc/>
    public override string ToString() => $"{Protocol.ToString().ToUpperInvariant()} {LocalEndPoint}";

    private static bool IsEvery(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
