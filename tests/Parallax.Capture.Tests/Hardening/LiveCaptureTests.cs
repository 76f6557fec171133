using System.Net;
using System.Net.Sockets;
using System.Text;
using Parallax.Capture.Pipeline;
using Parallax.Capture.Sources;
using Parallax.TestKit;
using Parallax.Wire;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Tests.Hardening;

/// <summary>libpcap on the loopback interface. Needs CAP_NET_RAW and the library; visibly skipped without.</summary>
[Trait("needs", "CAP_NET_RAW")]
public sealed class LiveCaptureTests
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    [Fact]
    public void Run_OnLoopback_FindsTheExchange()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = (ushort)((IPEndPoint)listener.LocalEndpoint).Port;
        var found = new ExchangeRecorder();
        using var pipeline = new CapturePipeline([(Open(new() { Interface = "lo", Ports = [port] }), Shards.New(found))]);
        using var stop = new CancellationTokenSource();
        var runner = new Thread(() => pipeline.Run(stop.Token));
        runner.Start();
        Talk(listener, port);
        SpinWait.SpinUntil(() => found.Exchanges.Count > 0, Guard);
        stop.Cancel();
        Assert.True(runner.Join(Guard), "the capture does not stop");
        var exchange = Assert.Single(found.Exchanges);
        Assert.Equal(("GET /live HTTP/1.1", "HTTP/1.1 204 No Content"), (exchange.Request?.FirstLine, exchange.Response?.FirstLine));
    }

    /// <summary>Requests come over one interface and responses over the other, as with asymmetric routes.</summary>
    [Fact]
    public void Run_HalvesOnTwoInterfaces_FindsTheExchange()
    {
        using var one = new VirtualWire();
        using var other = new VirtualWire();
        var script = new FlowScript().Handshake().Client("GET /half HTTP/1.1\r\nHost: l\r\n\r\n").ServerAck()
            .Server("HTTP/1.1 204 No Content\r\n\r\n").ClientAck();
        var exchange = Assert.Single(Capture(
            [one.Near, other.Near],
            () =>
            {
                foreach (var segment in script.Segments)
                {
                    (segment.FromClient ? one : other).Send(Encode.Ethernet(segment));
                }
            }));
        Assert.Equal(("GET /half HTTP/1.1", "HTTP/1.1 204 No Content"), (exchange.Request?.FirstLine, exchange.Response?.FirstLine));
    }

    /// <summary>Every packet comes over both interfaces, as with a bridge and its port.</summary>
    [Fact]
    public void Run_WholeConnectionOnTwoInterfaces_FindsItOnce()
    {
        using var one = new VirtualWire();
        using var other = new VirtualWire();
        var script = new FlowScript().Handshake().Client("GET /twice HTTP/1.1\r\nHost: l\r\n\r\n").ServerAck()
            .Server("HTTP/1.1 204 No Content\r\n\r\n").ClientAck().Fin();
        Assert.Single(Capture(
            [one.Near, other.Near],
            () =>
            {
                foreach (var frame in script.Segments.Select(Encode.Ethernet))
                {
                    one.Send(frame);
                    other.Send(frame);
                }
            }));
    }

    /// <summary>The kernel shows each packet on loopback twice, sent and received: what had no room must count once all the same.</summary>
    [Theory]
    [InlineData("lo")]
    [InlineData("any")]
    public void Losses_OnLoopback_CountEachPacketOnce(string name)
    {
        const int Sent = 20_000;
        using var receiver = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)receiver.Client.LocalEndPoint!).Port;
        using var source = Open(new() { Interface = name, Filter = $"udp dst port {port}", BufferBytes = 1 << 20 });
        using (var sender = new UdpClient())
        {
            sender.Connect(IPAddress.Loopback, port);
            for (var i = 0; i < Sent; i++)
            {
                sender.Send(new byte[1000]);
            }
        }

        using var stop = new CancellationTokenSource();
        var seen = new PacketCount();
        var runner = new Thread(() => source.Run(seen, stop.Token));
        runner.Start();
        SpinWait.SpinUntil(() => seen.Packets + source.Losses.Kernel >= Sent, Guard);
        stop.Cancel();
        Assert.True(runner.Join(Guard), "the capture does not stop");
        Assert.InRange(seen.Packets, 1, Sent - 1);
        Assert.Equal(Sent, seen.Packets + source.Losses.Kernel);
    }

    [Fact]
    public void Open_NoSuchInterface_SaysWhichThereAre()
    {
        var fault = Assert.Throws<CaptureException>(() => Open(new() { Interface = "nosuch0" }));
        Assert.Equal(CaptureFault.NoSuchInterface, fault.Fault);
        Assert.Contains("lo", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tcp prot 80", false)]
    [InlineData("tcp prot 80", true)]
    public void Open_FilterThatIsNone_SaysSo(string filter, bool withPorts)
    {
        var fault = Assert.Throws<CaptureException>(() => Open(new() { Interface = "lo", Filter = filter, Ports = withPorts ? [80] : [] }));
        Assert.Equal(CaptureFault.BadFilter, fault.Fault);
    }

    [Fact]
    public void Losses_AfterDispose_CanStillBeRead()
    {
        var source = Open(new() { Interface = "lo" });
        source.Dispose();
        Assert.Equal(0, source.Losses.Torn);
        source.Dispose();
    }

    // What the interfaces together are found to have carried.
    private static IReadOnlyList<RecordedExchange> Capture(string[] interfaces, Action send)
    {
        var found = new ExchangeRecorder();
        LibpcapSource[] sources = [.. interfaces.Select(each => Open(new() { Interface = each }))];
        CaptureShard[] shards = [.. sources.Select(_ => Shards.New(found))];
        CaptureShard.Join(shards, index => sources[index].Wake());
        using var pipeline = new CapturePipeline([.. sources.Zip(shards, (source, shard) => ((IPacketSource)source, shard))]);
        using var stop = new CancellationTokenSource();
        var runner = new Thread(() => pipeline.Run(stop.Token));
        runner.Start();
        send();
        SpinWait.SpinUntil(() => found.Exchanges.Count > 0, Guard);
        stop.Cancel();
        Assert.True(runner.Join(Guard), "the capture does not stop");
        return found.Exchanges;
    }

    private static LibpcapSource Open(LibpcapOptions options)
    {
        try
        {
            return LibpcapSource.Open(options, TimeProvider.System);
        }
        catch (CaptureException fault) when (fault.Fault is CaptureFault.LibpcapMissing or CaptureFault.NoPrivilege)
        {
            Assert.Skip(fault.Message);
            throw;
        }
    }

    private static void Talk(TcpListener listener, ushort port)
    {
        using var client = new TcpClient();
        client.Connect(IPAddress.Loopback, port);
        using var server = listener.AcceptTcpClient();
        client.GetStream().Write("GET /live HTTP/1.1\r\nHost: l\r\n\r\n"u8);
        ReadUntilEmptyLine(server.GetStream());
        server.GetStream().Write("HTTP/1.1 204 No Content\r\n\r\n"u8);
        ReadUntilEmptyLine(client.GetStream());
    }

    private static void ReadUntilEmptyLine(NetworkStream stream)
    {
        var text = new StringBuilder();
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            text.Append((char)stream.ReadByte());
        }
    }

    private sealed class PacketCount : PacketSink
    {
        private int _packets;

        public int Packets => Volatile.Read(ref _packets);

        public override void OnPacket(ReadOnlySpan<byte> octets, LinkType link, int originalLength, Timestamp time) =>
            Interlocked.Increment(ref _packets);

        public override void OnDatagram(ReadOnlySpan<byte> datagram, Tunnel tunnel, NetworkAddress sender, Timestamp time) =>
            Assert.Fail("an interface delivers packets");

        public override void OnBatchEnd(Timestamp now)
        {
        }
    }
}
