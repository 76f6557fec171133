using System.Net;
using System.Net.Sockets;
using Parallax.Reactor.Loops;

namespace Parallax.Reactor.Tests.Loops;

/// <summary>A listening peer, for connections the loop makes.</summary>
internal abstract class TestListener : IDisposable
{
    public abstract IPEndPoint LocalEndPoint { get; }

    public abstract TestPeer Accept();

    public abstract void Dispose();
}

/// <summary>A plain listening socket.</summary>
internal sealed class SocketListener(Socket socket, TimeSpan guard) : TestListener
{
    public override IPEndPoint LocalEndPoint => (IPEndPoint)socket.LocalEndPoint!;

    public override TestPeer Accept()
    {
        Assert.True(socket.Poll(guard, SelectMode.SelectRead), "Nobody has connected.");
        return new SocketPeer(socket.Accept());
    }

    public override void Dispose() => socket.Dispose();
}

/// <summary>One on a simulated network, which runs while it waits.</summary>
internal sealed class SimulatedBacklogListener(SimulatedBacklog backlog, SimulatedNetwork network) : TestListener
{
    public override IPEndPoint LocalEndPoint => backlog.Local;

    public override TestPeer Accept()
    {
        network.RunUntilIdle();
        Assert.True(backlog.TryAccept(out var socket), "Nobody has connected.");
        return new SimulatedPeer(socket, network);
    }

    public override void Dispose() => backlog.Close();
}
