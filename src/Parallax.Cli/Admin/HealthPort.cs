using System.Net;
using System.Net.Sockets;
using Parallax.Cli.CommandLine;
using Parallax.Reactor.Connections;
using Parallax.Runs.Running;

namespace Parallax.Cli.Admin;

/// <summary>Answers the health checks of a load balancer: a TCP connection is accepted, an HTTP request gets 200.</summary>
/// <remarks>Ownership: its loop ends with <see cref="Dispose"/>.</remarks>
internal sealed class HealthPort : IDisposable
{
    private static readonly byte[] Answer =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"u8.ToArray();

    private readonly IEventLoop _loop;

    private HealthPort(IEventLoop loop, IPEndPoint localEndPoint)
    {
        _loop = loop;
        LocalEndPoint = localEndPoint;
    }

    /// <summary>Where it listens; the real port when port 0 was asked for.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Opens the port.</summary>
    /// <param name="local">Where to listen; port 0 lets the system choose.</param>
    /// <param name="loops">Makes its loop.</param>
    /// <exception cref="UsageException">It is taken, or the address is not this machine's.</exception>
    public static HealthPort Open(IPEndPoint local, RunLoops loops)
    {
        var loop = loops.Create("health");
        try
        {
            var listener = loop.Listen(local, ListenOptions.Default, connection => VisitorBound.Accept(connection, new Checker()));
            loop.Start();
            return new(loop, listener.LocalEndPoint);
        }
        catch (SocketException fault)
        {
            loop.Dispose();
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

    public void Dispose() => _loop.Dispose();

    private sealed class Checker : ConnectionHandler
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

        public override void OnConnected(Connection connection) => connection.SetDeadline(Patience);

        public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets)
        {
            if (octets.IndexOf("\r\n\r\n"u8) >= 0)
            {
                connection.Write(Answer);
                connection.CloseAfterWrites();
                return octets.Length;
            }

            return 0;
        }

        public override void OnReadEnded(Connection connection) => connection.Close();

        public override void OnDeadline(Connection connection) => connection.Close();
    }
}
