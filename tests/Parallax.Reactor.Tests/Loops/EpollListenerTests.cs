using System.Net;
using System.Net.Sockets;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Tests.Loops;

/// <summary>Connections that wait in the kernel when a listener closes: they are not lost.</summary>
public sealed class EpollListenerTests() : LoopSuite(LoopKind.Epoll)
{
    private const int Waiting = 20;

    [Fact]
    public async Task Close_ConnectionsWait_AreServedFirst()
    {
        var peers = new List<TestPeer>();
        await On(() =>
        {
            // None is accepted before the loop turns again.
            var listener = Loop.Listen(AnyPort, ListenOptions.Default, _ => Script.Echo());
            peers.AddRange(Enumerable.Range(0, Waiting).Select(_ => Peer(listener.LocalEndPoint)));
            listener.Close();
            Assert.False(listener.IsOpen);
        });
        foreach (var peer in peers)
        {
            peer.Send("a"u8);
            Assert.Equal("a"u8.ToArray(), ReadExactly(peer, 1));
            peer.Dispose();
        }
    }

    [Fact]
    public async Task Close_OfAnInheritedSocket_LeavesThoseThatWaitToTheNext()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(AnyPort);
        socket.Listen(Waiting);
        var inherited = new InheritedSocket((int)socket.Handle, ProtocolType.Tcp, (IPEndPoint)socket.LocalEndPoint!);
        var options = new ListenOptions { Inherited = inherited };
        var peers = new List<TestPeer>();
        await On(() =>
        {
            var first = Loop.Listen(inherited.LocalEndPoint, options, _ => throw new InvalidOperationException("it was closed"));
            peers.AddRange(Enumerable.Range(0, Waiting).Select(_ => Peer(first.LocalEndPoint)));
            first.Close();
        });

        // Two loops accept from the same queue.
        using var other = NewLoop();
        await On(() => Loop.Listen(inherited.LocalEndPoint, options, _ => Script.Echo()));
        await On(other, () => other.Listen(inherited.LocalEndPoint, options, _ => Script.Echo()));
        peers.AddRange(Enumerable.Range(0, Waiting).Select(_ => Peer(inherited.LocalEndPoint)));
        foreach (var peer in peers)
        {
            peer.Send("a"u8);
            Assert.Equal("a"u8.ToArray(), ReadExactly(peer, 1));
            peer.Dispose();
        }

        Assert.Equal(2 * Waiting, Loop.Counters.AcceptedCount + other.Counters.AcceptedCount);
    }
}
