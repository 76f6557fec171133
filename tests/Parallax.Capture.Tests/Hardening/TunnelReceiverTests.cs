using System.Net;
using System.Net.Sockets;
using Parallax.Capture.Sources;
using Parallax.TestKit;
using Parallax.Wire;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Tests.Hardening;

/// <summary>Real sockets on loopback.</summary>
public sealed class TunnelReceiverTests
{
    private static string Get(int n) => $"GET /{n} HTTP/1.1\r\nHost: example.test\r\n\r\n";

    private static byte[] Datagram(ScriptedSegment segment) => Encode.Vxlan(7, Encode.Ethernet(segment));

    [Fact]
    public void Run_FiveThousandFramesBackToBack_EachArrivesOrIsCountedAsLoss()
    {
        using var bench = new TunnelBench(Tunnel.Vxlan, 1);
        var requests = Enumerable.Range(0, 5_000)
            .Select(n => new FlowScript(FlowEndpoints.Numbered(n)).Client(Get(n)).Segments[0]).ToList();
        requests.ForEach(request => bench.Send(Datagram(request)));
        var account = bench.Finish();
        Assert.Equal(5_000, bench.Found.Requests + account.Losses.Kernel);
    }

    [Theory]
    [InlineData(1_477)]
    [InlineData(8_960)]
    [InlineData(65_400)]
    public void Run_SegmentsOfAnySize_ArriveWhole(int octets)
    {
        var body = new byte[3 * octets];
        new Random(octets).NextBytes(body);
        var script = new FlowScript { MaxSegmentOctets = octets }.Handshake()
            .Client($"POST / HTTP/1.1\r\nContent-Length: {body.Length}\r\n\r\n").Client(body)
            .Server("HTTP/1.1 204 No Content\r\n\r\n").Fin();
        using var bench = new TunnelBench(Tunnel.Vxlan, 1);
        script.Segments.ToList().ForEach(segment => bench.Send(Datagram(segment)));
        bench.Finish();
        var exchange = Assert.Single(bench.Found.Exchanges);
        Assert.True(exchange.Request!.IsComplete);
    }

    [Fact]
    public void Run_FrameCutByTheMirror_IsIncompleteNotWrong()
    {
        var script = new FlowScript().Handshake().Client("POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n").Client(new byte[1_000])
            .Server("HTTP/1.1 204 No Content\r\n\r\n").Fin();
        using var bench = new TunnelBench(Tunnel.Vxlan, 1);
        script.Segments.Select(Datagram).ToList().ForEach(datagram => bench.Send(datagram[..Math.Min(datagram.Length, 500)]));
        bench.Finish();
        Assert.False(Assert.Single(bench.Found.Exchanges).Request!.IsComplete);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Run_SeveralShards_KernelAndProgramAgreeWhoseFlowItIs(int shards)
    {
        using var bench = new TunnelBench(Tunnel.Vxlan, shards);
        var traffic = KeepAliveTraffic.Write(seed: shards, connections: 60, vni: 7);
        Send(bench, traffic, Datagram);
        Assert.Equal(0, bench.Shards.Sum(shard => shard.HandedOver));
        Assert.All(bench.Shards, shard => Assert.True(shard.Packets > 0));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Run_SeveralShardsAndIPv6_SegmentsAreHandedToTheirOwner(int shards)
    {
        using var bench = new TunnelBench(Tunnel.Vxlan, shards);
        var traffic = KeepAliveTraffic.Write(seed: shards, connections: 60, FlowEndpoints.Numbered6, vni: 7);
        Send(bench, traffic, Datagram);
        Assert.True(bench.Shards.Sum(shard => shard.HandedOver) > 0);
        Assert.All(bench.Shards, shard => Assert.True(shard.Flows.Segments > 0));
    }

    [Fact]
    public void Run_GeneveWithOptionsAndVxlanInside_IsUnpacked()
    {
        using var bench = new TunnelBench(Tunnel.Geneve, 1);
        var traffic = KeepAliveTraffic.Write(seed: 5, connections: 20);
        Send(bench, traffic, segment => segment.FromClient
            ? Encode.Geneve(7, Encode.Ethernet(segment), options: 32)
            : Encode.Geneve(9, Encode.Underlay(4789, Encode.Vxlan(7, Encode.Ethernet(segment)))));
    }

    [Fact]
    public void Losses_BufferTooSmall_AreCountedByTheKernelAndOutliveTheSocket()
    {
        using var receiver = TunnelReceiver.Open(
            new() { Local = new(IPAddress.Loopback, 0), Tunnel = Tunnel.Vxlan, ReceiveBufferBytes = 4_096 }, TimeProvider.System);
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        sender.Connect(receiver.LocalEndPoint);
        for (var i = 0; i < 500; i++)
        {
            sender.Send(new byte[1_000]);
        }

        var lost = receiver.Losses.Kernel;
        Assert.InRange(lost, 400, 499);
        receiver.Dispose();
        Assert.Equal(lost, receiver.Losses.Kernel);
    }

    [Fact]
    public void Run_TrafficThatNeverPauses_StopsAllTheSame()
    {
        using var bench = new TunnelBench(Tunnel.Vxlan, 1);
        using var done = new CancellationTokenSource();
        var flood = new Thread(() =>
        {
            while (!done.IsCancellationRequested)
            {
                try
                {
                    bench.Send(new byte[100]);
                }
                catch (SocketException fault) when (fault.SocketErrorCode == SocketError.ConnectionRefused)
                {
                    // It has stopped, and closed its socket.
                }
            }
        });
        flood.Start();
        SpinWait.SpinUntil(() => bench.Shards[0].Packets > 1_000, TimeSpan.FromSeconds(30));
        bench.Stop();
        done.Cancel();
        flood.Join();
    }

    [Fact]
    public void Run_StoppedWithTrafficThatKeepsUp_ReadsOnForASecondAtMost()
    {
        const int Batch = 256;
        var clock = new SteppingClock();
        using var receiver = TunnelReceiver.Open(new() { Local = new(IPAddress.Loopback, 0), Tunnel = Tunnel.Vxlan }, clock);
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        sender.Connect(receiver.LocalEndPoint);
        for (var i = 0; i < Batch; i++)
        {
            sender.Send([1]);
        }

        // Each datagram takes a millisecond and brings another one, so that every batch is full.
        var sink = new CountingSink(count =>
        {
            clock.Ticks += TimeSpan.TicksPerMillisecond;
            if (count < 100_000)
            {
                sender.Send([1]);
            }
        });
        receiver.Run(sink, new CancellationToken(canceled: true));
        Assert.Equal(4 * Batch, sink.Datagrams);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void OpenGroup_PortOfAnother_PortTaken(int count)
    {
        using var first = TunnelReceiver.Open(new() { Local = new(IPAddress.Loopback, 0), Tunnel = Tunnel.Vxlan }, TimeProvider.System);
        var fault = Assert.Throws<CaptureException>(() => TunnelReceiver.OpenGroup(
            new() { Local = first.LocalEndPoint, Tunnel = Tunnel.Vxlan }, count, TimeProvider.System));
        Assert.Equal(CaptureFault.PortTaken, fault.Fault);
    }

    [Fact]
    public void Open_AddressOfAnotherMachine_NoSuchAddress()
    {
        var fault = Assert.Throws<CaptureException>(() => TunnelReceiver.Open(
            new() { Local = new(IPAddress.Parse("192.0.2.1"), 0), Tunnel = Tunnel.Vxlan }, TimeProvider.System));
        Assert.Equal(CaptureFault.NoSuchAddress, fault.Fault);
    }

    private sealed class SteppingClock : TimeProvider
    {
        public long Ticks { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Ticks;
    }

    private sealed class CountingSink(Action<int> onDatagram) : PacketSink
    {
        public int Datagrams { get; private set; }

        public override void OnPacket(ReadOnlySpan<byte> octets, LinkType link, int originalLength, Timestamp time)
        {
        }

        public override void OnDatagram(ReadOnlySpan<byte> datagram, Tunnel tunnel, NetworkAddress sender, Timestamp time) =>
            onDatagram(++Datagrams);

        public override void OnBatchEnd(Timestamp now)
        {
        }
    }

    private static void Send(TunnelBench bench, KeepAliveTraffic traffic, Func<ScriptedSegment, byte[]> datagram)
    {
        foreach (var segment in traffic.Segments)
        {
            bench.Send(datagram(segment));
        }

        var account = bench.Finish();
        var judged = Judgement.Of(traffic, bench.Found.Exchanges);
        Assert.Empty(judged.Wrong);
        Assert.True(account.Losses.Kernel > 0 || judged.Right == traffic.Exchanges.Count, $"{judged.Right} of {traffic.Exchanges.Count}");
    }
}
