using System.Net;
using System.Net.Sockets;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Tests.Loops;

/// <summary>How connections end.</summary>
public abstract class ClosingSuite(LoopKind kind) : LoopSuite(kind)
{
    [Fact]
    public async Task PeerFin_ByDefault_SendsThePendingAndCloses()
    {
        var script = Script.Echo();
        using var peer = Peer(await Serve(script));
        peer.Send("bye"u8);
        peer.End();
        Assert.Equal("bye"u8, ReadToEnd(peer));
        Assert.Equal(CloseReason.PeerClosed, await Soon(script.WhenClosed));
    }

    [Fact]
    public async Task PeerFin_Overridden_LeavesOurDirectionOpen()
    {
        var script = new Script { ReadEnded = _ => { } };
        using var peer = Peer(await Serve(script));
        peer.End();
        var connection = await Soon(script.WhenConnected);
        await Soon(script.WhenReadEnded);
        await On(() => connection.Write("still here"u8));
        Assert.Equal("still here"u8, ReadExactly(peer, 10));
        await On(connection.ShutdownWrite);
        Assert.Empty(ReadToEnd(peer));
        Assert.Equal(CloseReason.PeerClosed, await Soon(script.WhenClosed));
    }

    [Fact]
    public async Task ShutdownWrite_SendsThePendingThenFin_AndStillReceives()
    {
        var received = Script.NewSource<byte[]>();
        var script = new Script
        {
            Connected = connection =>
            {
                connection.Write("last words"u8);
                connection.ShutdownWrite();
                connection.Write("ignored"u8);
            },
            Received = (_, octets) =>
            {
                received.TrySetResult(octets.ToArray());
                return octets.Length;
            },
        };
        using var peer = Peer(await Serve(script));
        Assert.Equal("last words"u8, ReadToEnd(peer));
        peer.Send("answer"u8);
        Assert.Equal("answer"u8.ToArray(), await Soon(received.Task));
        peer.Dispose();
        Assert.Equal(CloseReason.PeerClosed, await Soon(script.WhenClosed));
    }

    [Fact]
    public async Task PeerReset_IsTold()
    {
        var script = Script.Echo();
        using var peer = Peer(await Serve(script));
        peer.Send("a"u8);
        ReadExactly(peer, 1);
        peer.Reset();
        Assert.Equal(CloseReason.Reset, await Soon(script.WhenClosed));
    }

    [Fact]
    public async Task PeerGone_WhileWriting_IsTold()
    {
        var script = new Script { ReadEnded = _ => { } };
        using var peer = Peer(await Serve(script));
        var connection = await Soon(script.WhenConnected);
        peer.Dispose();
        await Soon(script.WhenReadEnded);
        var octets = Noise(4096);
        while (await On(() => connection.IsOpen))
        {
            await On(() => connection.Write(octets));
        }

        Assert.Equal(CloseReason.Reset, await Soon(script.WhenClosed));
    }

    [Fact]
    public async Task PeerAnswersEarlyAndLeaves_TheAnswerIsStillRead()
    {
        using var listener = PeerListener();
        var answer = Script.NewSource<byte[]>();
        var script = new Script
        {
            Received = (_, octets) =>
            {
                answer.TrySetResult(octets.ToArray());
                return octets.Length;
            },
        };
        var connection = await Connect(listener.LocalEndPoint, script);
        using (var peer = listener.Accept())
        {
            peer.Send("413"u8);
        }

        await On(() => connection.Write(Noise(1_000_000), null));
        Assert.Equal("413"u8.ToArray(), await Soon(answer.Task));
        Assert.Contains(await Soon(script.WhenClosed), (CloseReason[])[CloseReason.Reset, CloseReason.PeerClosed]);
    }

    [Fact]
    public async Task Close_DiscardsThePending_AndPeerSeesTheEnd()
    {
        var script = new Script
        {
            Connected = connection =>
            {
                connection.Write("never sent"u8);
                connection.Close();
                Assert.False(connection.IsOpen);
            },
        };
        using var peer = Peer(await Serve(script));
        Assert.Empty(ReadToEnd(peer));
        Assert.Equal(CloseReason.Closed, await Soon(script.WhenClosed));
    }

    [Fact]
    public async Task Abort_ResetsThePeer()
    {
        var script = new Script { Connected = connection => connection.Abort() };
        using var peer = Peer(await Serve(script));
        var error = Assert.Throws<SocketException>(() => ReadToEnd(peer));
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        Assert.Equal(CloseReason.Closed, await Soon(script.WhenClosed));
    }

    [Fact]
    public async Task CloseAfterWrites_SendsEverythingFirst()
    {
        var large = Noise(5_000_000);
        var script = new Script
        {
            Connected = connection =>
            {
                connection.Write(large, null);
                connection.CloseAfterWrites();
            },
        };
        using var peer = Peer(await Serve(script));
        Assert.True(large.AsSpan().SequenceEqual(ReadToEnd(peer)));
        Assert.Equal(CloseReason.Closed, await Soon(script.WhenClosed));
    }

    [Fact]
    public async Task Close_InsideOnReceived_TellsClosedOnceAfterTheCall()
    {
        var log = new List<string>();
        var script = new Script
        {
            Received = (connection, _) =>
            {
                connection.Close();
                connection.Close();
                connection.Abort();
                connection.Write("ignored"u8);
                log.Add("returned");
                return 0;
            },
            Closed = (connection, _) =>
            {
                connection.Write("ignored"u8);
                connection.SetDeadline(TimeSpan.Zero);
                log.Add("closed");
            },
        };
        using var peer = Peer(await Serve(script));
        peer.Send("x"u8);
        await Soon(script.WhenClosed);
        await On(() => { });
        Assert.Equal(["returned", "closed"], await On(() => log));
        Assert.Equal(1, script.TimesClosed);
    }

    [Fact]
    public async Task Connect_InsideOnClosed_Works()
    {
        using var listener = PeerListener();
        var second = new Script();
        var first = new Script
        {
            Closed = (connection, _) => connection.Loop.Connect(listener.LocalEndPoint, second, ConnectOptions.Default),
        };
        var connection = await Connect(listener.LocalEndPoint, first);
        await On(connection.Close);
        await Soon(second.WhenConnected);
    }

    [Fact]
    public async Task Connect_NobodyListens_IsRefused()
    {
        IPEndPoint gone;
        using (var listener = PeerListener())
        {
            gone = listener.LocalEndPoint;
        }

        var script = new Script();
        await Connect(gone, script);
        Assert.Equal(CloseReason.Refused, await Soon(script.WhenClosed));
        Assert.False(script.WhenConnected.IsCompleted);
    }

    [Fact]
    public async Task Handler_Throws_ClosesItsConnectionAndNoOther()
    {
        ExpectsFaults = true;
        var scripts = new Queue<Script>([new Script { Received = (_, _) => throw new InvalidOperationException("boom") }, Script.Echo()]);
        var bad = scripts.Peek();
        var address = await Serve(scripts.Dequeue);
        using var badPeer = Peer(address);
        await Soon(bad.WhenConnected);
        using var goodPeer = Peer(address);
        badPeer.Send("a"u8);
        Assert.Equal(CloseReason.Failed, await Soon(bad.WhenClosed));
        goodPeer.Send("b"u8);
        Assert.Equal("b"u8, ReadExactly(goodPeer, 1));
        Assert.Equal("boom", Assert.Single(Faults).Message);
    }

    [Fact]
    public async Task OnClosed_Throws_IsReported()
    {
        ExpectsFaults = true;
        var script = new Script { Closed = (_, _) => throw new InvalidOperationException("late") };
        using (Peer(await Serve(script)))
        {
            await Soon(script.WhenConnected);
        }

        await Soon(script.WhenClosed);
        await On(() => { });
        Assert.Equal("late", Assert.Single(Faults).Message);
    }

    [Theory]
    [InlineData("sent")]
    [InlineData("closed")]
    [InlineData("ignored")]
    [InlineData("small")]
    [InlineData("reset")]
    [InlineData("stopped")]
    public async Task Owner_WhateverHappens_IsDisposedOfOnce(string fate)
    {
        var owner = new Owner();
        var script = new Script { Closed = (connection, _) => connection.Close() };
        using var peer = Peer(await Serve(script));
        var connection = await Soon(script.WhenConnected);
        await On(() =>
        {
            if (fate == "ignored")
            {
                connection.Close();
            }

            connection.Write(Noise(fate switch { "small" => 10, "sent" => 5000, _ => 20_000_000 }), owner);
            if (fate == "closed")
            {
                connection.Close();
            }
        });
        if (fate == "reset")
        {
            peer.Reset();
        }
        else if (fate is "sent" or "small")
        {
            ReadExactly(peer, fate == "small" ? 10 : 5000);
        }

        if (fate is "closed" or "ignored" or "reset")
        {
            await Soon(script.WhenClosed);
        }

        Loop.Stop();
        Assert.Equal(1, owner.Times);
    }
}

public sealed class ClosingOnEpoll() : ClosingSuite(LoopKind.Epoll);

public sealed class ClosingOnManaged() : ClosingSuite(LoopKind.Managed);

public sealed class ClosingOnSimulated() : ClosingSuite(LoopKind.Simulated);
