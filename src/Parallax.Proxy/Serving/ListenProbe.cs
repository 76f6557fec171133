using System.Net;
using System.Net.Sockets;

namespace Parallax.Proxy.Serving;

/// <summary>Finds out whether an address is free before the loops share it, and says what is wrong with one that is not.</summary>
/// <remarks>Sockets that share an address (SO_REUSEPORT) share it with those of any process of the same user: a second proxy would take
/// half of the first one's connections without a word. Thread safety: pure functions.</remarks>
internal static class ListenProbe
{
    /// <summary>True when a connection could belong to either.</summary>
    public static bool Meet(IPEndPoint one, IPEndPoint other) =>
        one.Port == other.Port && (one.Address.Equals(other.Address) || IsEvery(one.Address) || IsEvery(other.Address));

    /// <exception cref="SocketException">Somebody listens there, or it is not an address of this machine.</exception>
    public static void Check(IPEndPoint address)
    {
        using var probe = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            probe.DualMode = true;
        }

        probe.Bind(address);
    }

    /// <summary>The same fault with the address and what would be right.</summary>
    public static SocketException Explained(IPEndPoint address, SocketException fault) => new((int)fault.SocketErrorCode, fault switch
    {
        { SocketErrorCode: SocketError.AddressAlreadyInUse } =>
            $"cannot listen at {address}: somebody listens there already; stop them (ss -ltnp shows who it is) or name another port",
        { SocketErrorCode: SocketError.AddressNotAvailable } =>
            $"cannot listen at {address}: {address.Address} is not an address of this machine; name one, or none for all of them",
        { SocketErrorCode: SocketError.AccessDenied } =>
            $"cannot listen at {address}: port {address.Port} needs a privilege; use one above 1023, such as --listen {address.Port}=8080",
        _ => $"cannot listen at {address}: {fault.Message}",
    });

    private static bool IsEvery(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
