using System.Net;
using System.Net.Sockets;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Tests.Loops;

/// <summary>Posting, listening, starting and stopping.</summary>
public abstract class LifeSuite(LoopKind kind) : LoopSuite(kind)
{
    [Fact]
    public async Task Post_CallbackThrows_IsReportedAndTheLoopGoesOn()
    {
        ExpectsFaults = true;
        Loop.Post(_ => throw new InvalidOperationException("boom"), null);
        Assert.True(await On(() => Loop.IsLoopThread));
        Assert.Equal("boom", Assert.Single(Faults).Message);
        Assert.Equal(1, Loop.Counters.Faults);
    }

    [Fact]
    public void Post_AfterStop_IsRefused()
    {
        Loop.Stop();
        Assert.False(Loop.Post(_ => Assert.Fail("must not run"), null));
    }

    [Fact]
    public void Stop_RunsWhatWasPostedBefore()
    {
        var ran = 0;
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(Loop.Post(_ => ran++, null));
        }

        Loop.Stop();
        Assert.Equal(1000, ran);
    }

    [Fact]
    public async Task Stop_ClosesConnectionsAndListeners()
    {
        var inbound = new Script();
        var address = await Serve(inbound);
        using var peer = Peer(address);
        var outbound = new Script { Connected = connection => connection.Write(Noise(20_000_000), null) };
        using var listener = PeerListener();
        await Connect(listener.LocalEndPoint, outbound);
        await Soon(outbound.WhenConnected);
        await Soon(inbound.WhenConnected);
        Loop.Stop();
        Assert.Equal(CloseReason.LoopStopped, await Soon(inbound.WhenClosed));
        Assert.Equal(CloseReason.LoopStopped, await Soon(outbound.WhenClosed));
        Assert.Empty(ReadToEnd(peer));
        Assert.Equal(SocketError.ConnectionRefused, Assert.Throws<SocketException>(() => Peer(address)).SocketErrorCode);
    }

    [Fact]
    public async Task Connect_WhileStopping_IsClosedAtOnce()
    {
        var late = new Script();
        var first = new Script
        {
            Closed = (connection, _) => connection.Loop.Connect(AnyPort, late, ConnectOptions.Default),
        };
        using var peer = Peer(await Serve(first));
        await Soon(first.WhenConnected);
        Loop.Stop();
        Assert.Equal(CloseReason.LoopStopped, await Soon(late.WhenClosed));
    }

    [Fact]
    public async Task Stop_OnTheLoopThread_OnlyAsks()
    {
        await On(Loop.Stop);
        Loop.Stop();
        Assert.False(Loop.Post(_ => { }, null));
    }

    [Fact]
    public void Connect_OnAnotherThread_Throws() =>
        Assert.Throws<InvalidOperationException>(() => Loop.Connect(AnyPort, new Script(), ConnectOptions.Default));

    [Fact]
    public async Task Connect_NotAnAddress_Throws() =>
        await Assert.ThrowsAsync<NotSupportedException>(
            () => On(() => Loop.Connect(new DnsEndPoint("example", 80), new Script(), ConnectOptions.Default)));

    [Fact]
    public async Task Listen_AddressInUse_Throws()
    {
        using var taken = PeerListener();
        var error = await Assert.ThrowsAsync<SocketException>(
            () => On(() => Loop.Listen(taken.LocalEndPoint, ListenOptions.Default, _ => new Script())));
        Assert.Equal(SocketError.AddressAlreadyInUse, error.SocketErrorCode);
    }

    [Fact]
    public async Task Listen_PortZero_TellsTheRealPort_AndEndPointsAgree()
    {
        var script = new Script();
        var address = await Serve(script);
        Assert.NotEqual(0, address.Port);
        using var peer = Peer(address);
        var connection = await Soon(script.WhenConnected);
        Assert.Equal(peer.LocalEndPoint, await On(() => connection.RemoteEndPoint));
        Assert.Equal(peer.RemoteEndPoint, await On(() => connection.LocalEndPoint));
    }

    [Fact]
    public async Task Listen_Ipv6Any_ServesIpv4Too()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6 here");
        var script = new Script();
        var listener = await On(() => Loop.Listen(new IPEndPoint(IPAddress.IPv6Any, 0), ListenOptions.Default, _ => script));
        using var peer = Peer(new IPEndPoint(IPAddress.Loopback, listener.LocalEndPoint.Port));
        var connection = await Soon(script.WhenConnected);
        Assert.Equal(peer.LocalEndPoint, await On(() => connection.RemoteEndPoint));
    }

    [Fact]
    public async Task Connect_OverIpv6_Works()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6 here");
        var listener = await On(() => Loop.Listen(new IPEndPoint(IPAddress.IPv6Loopback, 0), ListenOptions.Default, _ => Script.Echo()));
        var script = new Script();
        var connection = await Connect(listener.LocalEndPoint, script);
        await Soon(script.WhenConnected);
        Assert.Equal(listener.LocalEndPoint, connection.RemoteEndPoint);
        Assert.Equal(IPAddress.IPv6Loopback, await On(() => connection.LocalEndPoint!.Address));
    }

    [Fact]
    public async Task Listener_Closed_RefusesButKeepsItsConnections()
    {
        var listener = await On(() => Loop.Listen(AnyPort, ListenOptions.Default, _ => Script.Echo()));
        using var peer = Peer(listener.LocalEndPoint);
        peer.Send("a"u8);
        ReadExactly(peer, 1);
        await On(listener.Close);
        Assert.False(await On(() => listener.IsOpen));
        Assert.Throws<SocketException>(() => Peer(listener.LocalEndPoint));
        peer.Send("b"u8);
        Assert.Equal("b"u8, ReadExactly(peer, 1));
    }

    [Fact]
    public async Task Listen_ReusePort_TwoLoopsShareTheAddress()
    {
        using var second = NewLoop();
        var options = new ListenOptions { ReusePort = true };
        var counts = new int[2];
        var address = (await On(() => Loop.Listen(AnyPort, options, _ => Count(0)))).LocalEndPoint;
        await On(second, () => second.Listen(address, options, _ => Count(1)));
        for (var i = 0; i < 400 && (Volatile.Read(ref counts[0]) == 0 || Volatile.Read(ref counts[1]) == 0); i++)
        {
            using var peer = Peer(address);
            peer.Send("a"u8);
            ReadExactly(peer, 1);
        }

        Assert.All(counts, count => Assert.InRange(count, 1, 400));

        Script Count(int loop)
        {
            Interlocked.Increment(ref counts[loop]);
            return Script.Echo();
        }
    }

    [Fact]
    public async Task Accept_CallbackThrows_ClosesTheConnection()
    {
        ExpectsFaults = true;
        var listener = await On(() => Loop.Listen(AnyPort, ListenOptions.Default, _ => throw new InvalidOperationException("no")));
        using var peer = Peer(listener.LocalEndPoint);
        Assert.Empty(ReadToEnd(peer));
        await On(() => { });
        Assert.Equal("no", Assert.Single(Faults).Message);
    }

    [Fact]
    public async Task Counters_TellWhatHappened()
    {
        var echo = Script.Echo();
        var client = new Script { Connected = connection => connection.Write("12345"u8), Received = CloseAfterFive };
        await Connect(await Serve(echo), client);
        Assert.Equal(CloseReason.PeerClosed, await Soon(echo.WhenClosed));
        var counters = Loop.Counters;
        Assert.Equal((1, 1), (counters.Accepted, counters.Connected));
        Assert.Equal((10, 10), (counters.OctetsReceived, counters.OctetsSent));
        Assert.InRange(counters.Turns, 1, long.MaxValue);

        static int CloseAfterFive(Connection connection, ReadOnlySpan<byte> octets)
        {
            if (octets.Length < 5)
            {
                return 0;
            }

            connection.Close();
            return 5;
        }
    }
}

public sealed class LifeOnEpoll() : LifeSuite(LoopKind.Epoll);

public sealed class LifeOnManaged() : LifeSuite(LoopKind.Managed);

public sealed class LifeOnSimulated() : LifeSuite(LoopKind.Simulated);
