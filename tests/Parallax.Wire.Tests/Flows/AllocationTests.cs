using Parallax.TestKit;
using Parallax.Wire.Flows;
using Parallax.Wire.Http1;
using Parallax.Wire.Packets;

namespace Parallax.Wire.Tests.Flows;

public sealed class AllocationTests
{
    private readonly KeepAliveFrames _frames = new(
        "GET /index.html HTTP/1.1\r\nHost: example.test\r\nAccept: */*\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");

    private readonly ReadingConsumer _consumer = new();
    private readonly PacketDecoder _decoder = new();
    private readonly FlowTable _flows;
    private long _time = 1_700_000_000_000_000_000;

    public AllocationTests() => _flows = new(new(), _consumer);

    /// <summary>Decoding, the flow table and the readers, ten thousand packets; every seventh pair comes in the wrong order.</summary>
    [Fact]
    public void Add_KeepAliveTraffic_AllocatesNothing()
    {
        foreach (var frame in _frames.Opening)
        {
            HandIn(frame);
        }

        Exchange(1_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Exchange(5_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(2 * 6_000, _consumer.Messages);
    }

    private void Exchange(int times)
    {
        for (var i = 0; i < times; i++)
        {
            var request = _frames.Next();
            var response = _frames.Next();
            HandIn(i % 7 == 0 ? response : request);
            HandIn(i % 7 == 0 ? request : response);
        }
    }

    private void HandIn(byte[] frame)
    {
        _time += 100_000;
        _ = _decoder.TryDecode(frame, LinkType.Ethernet, new(_time), frame.Length, out var segment);
        _flows.Add(segment);
    }

    private sealed class ReadingConsumer : FlowConsumer
    {
        private readonly MessageReader _requests = new(MessageKind.Request, Http1Policy.Passive);
        private readonly MessageReader _responses = new(MessageKind.Response, Http1Policy.Passive);

        public int Messages { get; private set; }

        public override void OnOctets(Flow flow, Direction direction, ReadOnlySpan<byte> octets, in SegmentOrigin origin)
        {
            var reader = direction == flow.Initiator ? _requests : _responses;
            ReadEventKind kind;
            do
            {
                kind = reader.Read(octets, out var consumed).Kind;
                octets = octets[consumed..];
                Messages += kind == ReadEventKind.End ? 1 : 0;
            }
            while (kind != ReadEventKind.NeedMore);
        }

        public override void OnGap(Flow flow, Direction direction, int octets) => Assert.Fail("nothing is lost");

        public override void OnHalfEnded(Flow flow, Direction direction)
        {
        }

        public override void OnFlowEnded(Flow flow, FlowEnd reason)
        {
        }
    }
}
