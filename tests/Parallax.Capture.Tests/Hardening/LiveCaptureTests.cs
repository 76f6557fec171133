using System.Net;
using System.Net.Sockets;
using System.Text;
using Parallax.Capture.Pipeline;
using Parallax.Capture.Sources;

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
}
