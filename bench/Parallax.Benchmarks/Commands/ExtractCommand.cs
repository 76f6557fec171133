using System.Diagnostics;
using System.Text.Json;
using Parallax.Capture.Pipeline;
using Parallax.Capture.Sources;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;
using Parallax.Wire.Flows;
using Parallax.Wire.Packets;

namespace Parallax.Benchmarks.Commands;

/// <summary>Reads a capture file on one thread, several times in one process, as far as a stage: what each stage adds shows in the
/// differences.</summary>
internal static class ExtractCommand
{
    public static int Run(Switches switches)
    {
        var path = switches.Required("--file");
        var stage = switches.Text("--stage") ?? "exchanges";
        for (var round = 0; round < switches.Number("--rounds", 5); round++)
        {
            var consumer = new CountingConsumer();
            using var source = PcapFileSource.Open(path, speed: null, TimeProvider.System);
            var sink = SinkOf(stage, consumer);
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var processor = Environment.CpuUsage.TotalTime;
            var started = Stopwatch.GetTimestamp();
            source.Run(sink, CancellationToken.None);
            (sink as CaptureShard)?.Finish();
            Console.WriteLine(JsonSerializer.Serialize(new Dictionary<string, double>
            {
                ["wallSeconds"] = Stopwatch.GetElapsedTime(started).TotalSeconds,
                ["cpuSeconds"] = (Environment.CpuUsage.TotalTime - processor).TotalSeconds,
                ["allocatedBytes"] = GC.GetAllocatedBytesForCurrentThread() - allocated,
                ["packets"] = (sink as CaptureShard)?.Packets ?? ((StageSink)sink).Packets,
                ["requests"] = consumer.Requests,
                ["exchanges"] = consumer.Exchanges,
                ["octets"] = new FileInfo(path).Length,
            }));
        }

        return 0;
    }

    private static PacketSink SinkOf(string stage, CountingConsumer consumer) => stage switch
    {
        "read" => new StageSink(null, null),
        "decode" => new StageSink(new(), null),
        "flows" => new StageSink(new(), new(new(), new NoConsumer())),
        "exchanges" => new CaptureShard(
            new() { Extraction = new() { MaxBodyBytes = 0 } }, new OctetPool(), new ExchangeIds(), consumer),
        _ => throw new ArgumentException($"there is no stage {stage}"),
    };

    private sealed class StageSink(PacketDecoder? decoder, FlowTable? flows) : PacketSink
    {
        public long Packets { get; private set; }

        public override void OnPacket(ReadOnlySpan<byte> octets, LinkType link, int originalLength, Timestamp time)
        {
            Packets++;
            if (decoder is not null && decoder.TryDecode(octets, link, time, originalLength, out var segment) == DecodeStatus.Ok)
            {
                flows?.Add(segment);
            }
        }

        public override void OnDatagram(ReadOnlySpan<byte> datagram, Tunnel tunnel, NetworkAddress sender, Timestamp time)
        {
        }

        public override void OnBatchEnd(Timestamp now) => flows?.Advance(now);
    }

    private sealed class NoConsumer : FlowConsumer
    {
        public override void OnOctets(Flow flow, Direction direction, ReadOnlySpan<byte> octets, in SegmentOrigin origin)
        {
        }

        public override void OnGap(Flow flow, Direction direction, int octets)
        {
        }

        public override void OnHalfEnded(Flow flow, Direction direction)
        {
        }

        public override void OnFlowEnded(Flow flow, FlowEnd reason)
        {
        }
    }

    private sealed class CountingConsumer : ExchangeConsumer
    {
        public long Requests { get; private set; }

        public long Exchanges { get; private set; }

        public override void OnRequest(Message request, in RequestContext context) => Requests++;

        public override void OnExchange(Exchange exchange) => Exchanges++;

        public override void OnSessionEnded(long session)
        {
        }
    }
}
