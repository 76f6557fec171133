using BenchmarkDotNet.Attributes;
using Parallax.Benchmarks.Load;
using Parallax.Traffic.Queues;
using Parallax.Wire.Flows;
using Parallax.Wire.Http1;
using Parallax.Wire.Packets;

namespace Parallax.Benchmarks.HotTypes;

/// <summary>The types every packet or every request passes through, alone. One operation is one packet, message or entry.</summary>
[InProcess]
[MemoryDiagnoser]
[WarmupCount(5)]
[IterationCount(15)]
public class HotTypeBenchmarks
{
    private const int Packets = 4096;

    private readonly byte[][] _datagrams = new byte[Packets][];
    private readonly PacketDecoder _decoder = new();
    private readonly FlowTable _flows = new(new(), new NoConsumer());
    private readonly MessageReader _requests = new(MessageKind.Request, Http1Policy.Passive);
    private readonly MessageReader _responses = new(MessageKind.Response, Http1Policy.Passive);
    private readonly BoundedQueue<object> _queue = new(10_000, 1 << 20, new(), () => { });
    private readonly object _entry = new();

    [GlobalSetup]
    public void Prepare()
    {
        var load = new PacketLoad(new() { SwapPercent = 0 });
        var frame = new byte[PacketLoad.MaxFrameBytes];
        for (var i = 0; i < Packets; i++)
        {
            _datagrams[i] = frame.AsSpan(0, Frame.WriteVxlan(frame, load.Next(0))).ToArray();
        }
    }

    [Benchmark(OperationsPerInvoke = Packets)]
    public int PacketDecoder_Vxlan()
    {
        var octets = 0;
        foreach (var datagram in _datagrams)
        {
            _decoder.TryDecodeVxlan(datagram, default, out var segment);
            octets += segment.Payload.Length;
        }

        return octets;
    }

    /// <summary>Decoding included; take <see cref="PacketDecoder_Vxlan"/> off. The same packets again and again are retransmissions, but
    /// for the handshakes, which begin every connection again.</summary>
    [Benchmark(OperationsPerInvoke = Packets)]
    public long PacketDecoder_and_FlowTable()
    {
        foreach (var datagram in _datagrams)
        {
            if (_decoder.TryDecodeVxlan(datagram, new(1), out var segment) == DecodeStatus.Ok)
            {
                _flows.Add(segment);
            }
        }

        _flows.Finish();
        return _flows.Counters.DeliveredOctets;
    }

    [Benchmark]
    public int MessageReader_Get() => ReadAll(_requests, Payloads.Get);

    [Benchmark]
    public int MessageReader_Post() => ReadAll(_requests, Payloads.PostHead) + ReadAll(_requests, Payloads.PostBody);

    [Benchmark]
    public int MessageReader_Response() => ReadAll(_responses, Payloads.Response);

    [Benchmark]
    public bool BoundedQueue_OfferAndTake()
    {
        _queue.Offer(_entry, 100);
        return _queue.TryTake(out _);
    }

    private static int ReadAll(MessageReader reader, ReadOnlySpan<byte> octets)
    {
        var events = 0;
        while (true)
        {
            var readEvent = reader.Read(octets, out var consumed);
            if (readEvent.Kind == ReadEventKind.NeedMore)
            {
                return events;
            }

            events++;
            octets = octets[consumed..];
        }
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
}
