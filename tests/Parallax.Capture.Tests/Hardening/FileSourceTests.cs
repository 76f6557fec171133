using System.IO.Pipes;
using Parallax.Capture.Sources;
using Parallax.Wire;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Tests.Hardening;

public sealed class FileSourceTests
{
    [Fact]
    public void Run_PipeWhoseWriterIsSilent_StopsAllTheSame()
    {
        using var writer = new AnonymousPipeServerStream(PipeDirection.Out);
        using var source = PcapFileSource.Open($"/proc/self/fd/{writer.GetClientHandleAsString()}", speed: null, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var runner = new Thread(() => source.Run(new CancellingSink(stop), stop.Token));
        runner.Start();
        stop.Cancel();
        Assert.True(runner.Join(TimeSpan.FromSeconds(30)), "the capture does not stop");
    }

    [Theory]
    [InlineData(long.MaxValue, 0.001)]
    [InlineData(long.MaxValue, 1000)]
    [InlineData(-1_000_000_000_000_000_000, 0.001)]
    [InlineData(4_000_000_000_000_000_000, 0.5)]
    public void WaitUntilDue_DamagedStamp_DoesNotOverflow(long nanoseconds, double speed)
    {
        using var stop = new CancellationTokenSource();
        var pace = new Pace(speed, TimeProvider.System);
        var sink = new CancellingSink(stop);
        pace.WaitUntilDue(new(1_700_000_000_000_000_000), sink, stop.Token);
        pace.WaitUntilDue(new(nanoseconds), sink, stop.Token);
        Assert.Equal(nanoseconds > 1_700_000_000_000_000_000, stop.IsCancellationRequested);
    }

    [Fact]
    public void WaitUntilDue_Cancelled_SaysThatThePacketIsNotDue()
    {
        using var stop = new CancellationTokenSource();
        var pace = new Pace(1, TimeProvider.System);
        var sink = new CancellingSink(stop);
        Assert.True(pace.WaitUntilDue(new(1_700_000_000_000_000_000), sink, stop.Token));
        Assert.True(pace.WaitUntilDue(new(1_600_000_000_000_000_000), sink, stop.Token));
        Assert.False(pace.WaitUntilDue(new(1_700_000_065_536_000_000), sink, stop.Token));
        Assert.Equal(TimeSpan.Zero, pace.NextIn);
    }

    /// <summary>Stops at the end of the first batch.</summary>
    private sealed class CancellingSink(CancellationTokenSource stop) : PacketSink
    {
        public override void OnPacket(ReadOnlySpan<byte> octets, LinkType link, int originalLength, Timestamp time)
        {
        }

        public override void OnDatagram(ReadOnlySpan<byte> datagram, Tunnel tunnel, NetworkAddress sender, Timestamp time)
        {
        }

        public override void OnBatchEnd(Timestamp now) => stop.Cancel();
    }
}
