using System.Net.Sockets;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>Has the system ask silent peers, see <see cref="KeepAlive"/>.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal static class SilenceProbes
{
    /// <summary>For a socket of the system. One that listens hands it on to those it accepts.</summary>
    /// <returns>False when the system refuses; <see cref="NativeErrors.Last"/> says why.</returns>
    public static bool TryAsk(int socket, KeepAlive keepAlive) =>
        NativeSocket.SetOption(socket, NativeSocket.TcpLevel, NativeSocket.KeepAliveTime, keepAlive.TimeSeconds) == 0
        && NativeSocket.SetOption(socket, NativeSocket.TcpLevel, NativeSocket.KeepAliveInterval, keepAlive.IntervalSeconds) == 0
        && NativeSocket.SetOption(socket, NativeSocket.TcpLevel, NativeSocket.KeepAliveProbes, keepAlive.Probes) == 0
        && NativeSocket.SetOption(socket, NativeSocket.SocketLevel, NativeSocket.AsksSilentPeers, 1) == 0;

    /// <summary>For a socket of the runtime.</summary>
    /// <exception cref="SocketException">The connection is gone already.</exception>
    public static void Ask(Socket socket, KeepAlive keepAlive)
    {
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, keepAlive.TimeSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, keepAlive.IntervalSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, keepAlive.Probes);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
    }
}
