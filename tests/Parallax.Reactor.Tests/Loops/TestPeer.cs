using System.Net;
using System.Net.Sockets;
using Parallax.Reactor.Loops;

namespace Parallax.Reactor.Tests.Loops;

/// <summary>The other end of a loop's connection, without any of our code over it. Its calls wait as those of a blocking socket
/// do.</summary>
internal abstract class TestPeer : IDisposable
{
    public abstract EndPoint LocalEndPoint { get; }

    public abstract EndPoint RemoteEndPoint { get; }

    /// <summary>The system's socket, for what only such a one has.</summary>
    public abstract Socket Socket { get; }

    public abstract void Send(ReadOnlySpan<byte> octets);

    /// <summary>Sends <paramref name="chunk"/> again and again while the caller receives, then ends its direction.</summary>
    public abstract Task SendMeanwhile(byte[] chunk, int times);

    /// <returns>0 at the end.</returns>
    public abstract int Receive(Span<byte> room);

    /// <summary>Ends its direction.</summary>
    public abstract void End();

    /// <summary>Closes with a reset.</summary>
    public abstract void Reset();

    public abstract void Dispose();
}

/// <summary>A plain socket.</summary>
internal sealed class SocketPeer(Socket socket) : TestPeer
{
    public override EndPoint LocalEndPoint => socket.LocalEndPoint!;

    public override EndPoint RemoteEndPoint => socket.RemoteEndPoint!;

    public override Socket Socket => socket;

    public override void Send(ReadOnlySpan<byte> octets) => socket.Send(octets);

    public override Task SendMeanwhile(byte[] chunk, int times) => Task.Run(() =>
    {
        for (var i = 0; i < times; i++)
        {
            socket.Send(chunk);
        }

        End();
    });

    public override int Receive(Span<byte> room) => socket.Receive(room);

    public override void End() => socket.Shutdown(SocketShutdown.Send);

    public override void Reset() => socket.Close(0);

    public override void Dispose() => socket.Dispose();
}

/// <summary>An end on a simulated network, which runs while it waits. What does not fit yet is sent as soon as it does.</summary>
internal sealed class SimulatedPeer(SimulatedSocket socket, SimulatedNetwork network) : TestPeer
{
    private readonly LinkedList<ReadOnlyMemory<byte>> _unsent = new();
    private bool _mustEnd;

    public override EndPoint LocalEndPoint => socket.Local;

    public override EndPoint RemoteEndPoint => socket.Remote;

    public override Socket Socket => throw new NotSupportedException("A simulated peer has no socket.");

    public override void Send(ReadOnlySpan<byte> octets)
    {
        _unsent.AddLast(octets.ToArray());
        SendUnsent();
    }

    public override Task SendMeanwhile(byte[] chunk, int times)
    {
        for (var i = 0; i < times; i++)
        {
            _unsent.AddLast(chunk);
        }

        End();
        return Task.CompletedTask;
    }

    public override int Receive(Span<byte> room)
    {
        while (true)
        {
            SendUnsent();
            if (socket.Receive(room) is { } received)
            {
                return received;
            }

            network.RunUntilIdle();
            if (!socket.CanReceive && !SendUnsent())
            {
                Assert.True(network.TryAdvanceToNextTimer(), "Nothing will ever come.");
            }
        }
    }

    public override void End()
    {
        _mustEnd = true;
        SendUnsent();
    }

    public override void Reset() => socket.Close(isAbort: true);

    public override void Dispose() => socket.Close(isAbort: false);

    // Whether something was sent.
    private bool SendUnsent()
    {
        var hasSent = false;
        while (_unsent.First is { } first)
        {
            var sent = socket.Send(first.Value.Span);
            hasSent |= sent > 0;
            first.Value = first.Value[sent..];
            if (!first.Value.IsEmpty)
            {
                return hasSent;
            }

            _unsent.RemoveFirst();
        }

        if (_mustEnd)
        {
            socket.ShutdownWrites();
        }

        return hasSent;
    }
}
