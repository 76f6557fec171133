using System.Net;
using Parallax.Reactor.Connections;

namespace Parallax.Cli.Demo;

/// <summary>Stands between the shoppers and version 1 and writes down what passes. In production nothing stands there: the network
/// copies the packets. Without privileges that cannot be had on one machine, so this relay takes the copier's place.</summary>
/// <remarks>Thread safety: belongs to its loop.</remarks>
internal sealed class Tap
{
    private readonly Listener _listener;

    public Tap(IEventLoop loop, EndPoint shop, MirrorSession session) =>
        _listener = loop.Listen(new(IPAddress.Loopback, 0), ListenOptions.Default, client => new Relay(client, shop, session));

    /// <summary>Where shoppers connect to.</summary>
    public IPEndPoint LocalEndPoint => _listener.LocalEndPoint;

    /// <summary>One connection through the tap: the client's, and ours to the shop.</summary>
    private sealed class Relay : ConnectionHandler
    {
        private readonly Connection _client;
        private readonly Connection _server;
        private readonly TappedFlow _flow;

        public Relay(Connection client, EndPoint shop, MirrorSession session)
        {
            _client = client;
            _flow = new(session, ((IPEndPoint)client.RemoteEndPoint!).Port);
            _server = client.Loop.Connect(shop, this, ConnectOptions.Default);
        }

        public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets)
        {
            _flow.Octets(SideOf(connection), octets);
            OtherThan(connection).Write(octets);
            return octets.Length;
        }

        public override void OnReadEnded(Connection connection)
        {
            _flow.Fin(SideOf(connection));
            OtherThan(connection).ShutdownWrite();
        }

        public override void OnClosed(Connection connection, CloseReason reason)
        {
            if (reason is not (CloseReason.PeerClosed or CloseReason.Closed or CloseReason.LoopStopped))
            {
                _flow.Reset(SideOf(connection));
                OtherThan(connection).Abort();
            }
        }

        private Side SideOf(Connection connection) => connection == _client ? Side.Client : Side.Server;

        private Connection OtherThan(Connection connection) => connection == _client ? _server : _client;
    }
}
