using System.Net.Sockets;
using System.Security.Authentication;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>What exceptions of sockets and TLS streams mean to a connection.</summary>
internal static class ManagedErrors
{
    /// <summary>Whether <paramref name="exception"/> is one with which sockets and streams tell of the network, of TLS, or that they were
    /// closed meanwhile.</summary>
    public static bool IsOfTransport(Exception exception) =>
        exception is SocketException or IOException or AuthenticationException or ObjectDisposedException or OperationCanceledException;

    public static CloseReason ToCloseReason(Exception exception) => exception switch
    {
        AuthenticationException => CloseReason.TlsFailed,
        SocketException socketException => ToCloseReason(socketException.SocketErrorCode),
        IOException { InnerException: SocketException inner } => ToCloseReason(inner.SocketErrorCode),
        IOException => CloseReason.Reset,
        _ => CloseReason.Failed,
    };

    private static CloseReason ToCloseReason(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => CloseReason.Refused,
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => CloseReason.Reset,
        SocketError.NetworkDown or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.HostUnreachable
            or SocketError.TimedOut => CloseReason.Unreachable,
        SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.AddressNotAvailable => CloseReason.Exhausted,
        _ => CloseReason.Failed,
    };
}
