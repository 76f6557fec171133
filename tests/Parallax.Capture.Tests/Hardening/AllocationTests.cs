using Parallax.Capture.Pipeline;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Tests.Hardening;

public sealed class AllocationTests
{
    /// <summary>The exchange itself, which its consumer may keep, and nothing else: measured at 112 bytes.</summary>
    private const int BytesPerExchange = 128;

    private readonly KeepAliveFrames _frames = new(
        "POST /orders?id=7 HTTP/1.1\r\nHost: example.test\r\nContent-Length: 11\r\n\r\nhello there",
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");

    private long _time = 1_700_000_000_000_000_000;

    [Fact]
    public void OnPacket_KeepAliveTraffic_AllocatesTheExchangeOnly()
    {
        const int Exchanges = 5_000;
        var shard = Shards.New(new IgnoringConsumer(), new() { Extraction = new() { KeepResponseBodies = true } });
        foreach (var frame in _frames.Opening)
        {
            HandIn(shard, frame);
        }

        Run(shard, 1_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(shard, Exchanges);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(1_000 + Exchanges, shard.Extraction.Exchanges);
        Assert.InRange(allocated / (double)Exchanges, 0, BytesPerExchange);
    }

    private void Run(CaptureShard shard, int exchanges)
    {
        for (var i = 0; i < exchanges; i++)
        {
            HandIn(shard, _frames.Next());
            HandIn(shard, _frames.Next());
        }
    }

    private void HandIn(CaptureShard shard, byte[] frame)
    {
        _time += 100_000;
        shard.OnPacket(frame, LinkType.Ethernet, frame.Length, new(_time));
    }

    private sealed class IgnoringConsumer : ExchangeConsumer
    {
        public override void OnRequest(Message request, in RequestContext context)
        {
        }

        public override void OnExchange(Exchange exchange)
        {
        }

        public override void OnSessionEnded(long session)
        {
        }
    }
}
