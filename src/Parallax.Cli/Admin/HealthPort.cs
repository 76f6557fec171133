using System.Net;
using System.Net.Sockets;
using System.Text;
using Parallax.Cli.CommandLine;
using Parallax.Reactor.Connections;
using Parallax.Runs.Running;

namespace Parallax.Cli.Admin;

/// <summary>Answers the health checks of a load balancer: a TCP connection is accepted, an HTTP request for one of the usual paths gets
/// 200, one for another 404, so that nobody takes it for what it is not.</summary>
internal static class HealthPort
{
    private static readonly string[] Paths = ["/", "/health", "/healthz", "/live", "/ready"];

    private static readonly byte[] Healthy = AnswerOf("200 OK", "ok\n");

    private static readonly byte[] NotFound = AnswerOf("404 Not Found", $"health checks are answered at {string.Join(' ', Paths)}\n");

    /// <summary>Opens the port.</summary>
    /// <param name="local">Where to listen; port 0 lets the system choose.</param>
    /// <param name="loops">Makes its loop.</param>
    /// <param name="whenFree">See <see cref="SidePort.Open"/>.</param>
    /// <exception cref="UsageException">It is taken, or the address is not this machine's.</exception>
    public static SidePort Open(IPEndPoint local, RunLoops loops, Action<string>? whenFree = null)
    {
        try
        {
            return SidePort.Open("health", local, static _ => new Checker(), loops, whenFree);
        }
        catch (SocketException fault)
        {
            throw new UsageException(fault.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"--health: TCP port {local.Port} is taken; name another",
                SocketError.AddressNotAvailable =>
                    $"--health: {local.Address} is not an address of this machine; name one, or leave it out for all",
                SocketError.AccessDenied => $"--health: TCP port {local.Port} needs a privilege; use one above 1023",
                _ => $"--health: cannot listen at {local}: {fault.Message}",
            });
        }
    }

    private static byte[] AnswerOf(string status, string text) => Encoding.ASCII.GetBytes(
        $"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {text.Length}\r\nConnection: close\r\n\r\n{text}");

    // "GET /path?query HTTP/1.1"
    private static bool IsKnown(ReadOnlySpan<byte> octets)
    {
        var rest = octets[(octets.IndexOf((byte)' ') + 1)..];
        var end = rest.IndexOfAny(" ?\r"u8);
        return end > 0 && Paths.Contains(Encoding.Latin1.GetString(rest[..end]));
    }

    private sealed class Checker : ConnectionHandler
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

        public override void OnConnected(Connection connection) => connection.SetDeadline(Patience);

        public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets)
        {
            if (octets.IndexOf("\r\n\r\n"u8) >= 0)
            {
                connection.Write(IsKnown(octets) ? Healthy : NotFound);
                connection.CloseAfterWrites();
                return octets.Length;
            }

            return 0;
        }

        public override void OnReadEnded(Connection connection) => connection.Close();

        public override void OnDeadline(Connection connection) => connection.Close();
    }
}
