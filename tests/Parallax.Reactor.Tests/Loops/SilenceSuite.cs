using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Tests.Loops;

/// <summary>Peers that fall silent, and those that vanish.</summary>
public abstract class SilenceSuite(LoopKind kind) : LoopSuite(kind)
{
    // The timer of /proc/net/tcp that waits for silence to last.
    private const string KeepAliveTimer = "02";

    [Fact]
    public async Task Accept_WithKeepAlive_SystemWatchesForSilence()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux tells its timers");
        var script = new Script();
        var time = TimeSpan.FromSeconds(1000);
        var address = await Serve(() => script, new ListenOptions { KeepAlive = new() { Time = time } });
        using var peer = Peer(address);
        await Soon(script.WhenConnected);
        var (timer, left) = TimerOf(address, (IPEndPoint)peer.LocalEndPoint);
        Assert.Equal(KeepAliveTimer, timer);
        Assert.InRange(left, TimeSpan.FromSeconds(900), time);
    }

    [Fact]
    public async Task Accept_WithoutKeepAlive_SystemDoesNot()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux tells its timers");
        var script = new Script();
        var address = await Serve(() => script, new ListenOptions());
        using var peer = Peer(address);
        await Soon(script.WhenConnected);
        Assert.NotEqual(KeepAliveTimer, TimerOf(address, (IPEndPoint)peer.LocalEndPoint).Timer);
    }

    [Fact]
    public async Task Connect_WithKeepAlive_SystemWatchesForSilence()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux tells its timers");
        using var listener = PeerListener();
        var address = listener.LocalEndPoint;
        var script = new Script();
        var connection = await Connect(address, script, new ConnectOptions { KeepAlive = new() { Time = TimeSpan.FromSeconds(1000) } });
        await Soon(script.WhenConnected);
        Assert.Equal(KeepAliveTimer, TimerOf(await On(() => connection.LocalEndPoint!), address).Timer);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Peer_VanishesWithoutAWord_ConnectionCloses(bool isPaused)
    {
        var script = new Script
        {
            Connected = connection =>
            {
                if (isPaused)
                {
                    connection.PauseReading();
                }
            },
        };
        var address = await Serve(
            () => script,
            new ListenOptions { KeepAlive = new() { Time = TimeSpan.FromSeconds(1), Interval = TimeSpan.FromSeconds(1), Probes = 1 } });
        var peer = Peer(address);
        await Soon(script.WhenConnected);
        Vanish(peer.Socket);

        // The system answers the question with a reset, because it knows of no such connection any more.
        Assert.Equal(CloseReason.Reset, await Soon(script.WhenClosed));
    }

    // Closes a socket without telling its peer (TCP_REPAIR, which needs CAP_NET_ADMIN).
    private static void Vanish(Socket peer)
    {
        const int Tcp = 6;
        const int Repair = 19;
        try
        {
            peer.SetRawSocketOption(Tcp, Repair, BitConverter.GetBytes(1));
        }
        catch (SocketException)
        {
            Assert.Skip("needs CAP_NET_ADMIN on Linux");
        }
        finally
        {
            peer.Close(0);
        }
    }

    // proc_net_tcp(5): "sl local remote st tx:rx tr:tm->when …"; the time is in hundredths of a second.
    private static (string Timer, TimeSpan Left) TimerOf(IPEndPoint local, IPEndPoint remote)
    {
        var line = File.ReadLines("/proc/net/tcp").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Single(line => PortOf(line[1]) == $"{local.Port:X4}" && PortOf(line[2]) == $"{remote.Port:X4}");
        var timer = line[5].Split(':');
        return (timer[0], TimeSpan.FromSeconds(long.Parse(timer[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 100.0));

        static string PortOf(string address) => address.Split(':')[^1];
    }
}

public sealed class SilenceOnEpoll() : SilenceSuite(LoopKind.Epoll);

public sealed class SilenceOnManaged() : SilenceSuite(LoopKind.Managed);
