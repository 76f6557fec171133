using Parallax.Capture.Pipeline;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Flows;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Tests.Hardening;

/// <summary>Traffic made to exhaust: memory stays under the bounds, what had to go is counted, and a connection beside it loses nothing.
/// </summary>
[Collection(nameof(Alone))]
public sealed class FloodTests
{
    private const long Start = 1_700_000_000_000_000_000;
    private const long Millisecond = 1_000_000;

    private readonly OctetPool _pool = new(16 << 20);
    private readonly BystanderConsumer _consumer = new();
    private readonly FlowLimits _limits = new() { MaxFlows = 20_000, MaxHeldBytes = 8 << 20, MaxHeldBytesPerHalf = 1 << 20 };
    private readonly FlowTable _flows;
    private readonly ExchangeBuilder _builder;
    private readonly Bystander _bystander;

    public FloodTests()
    {
        _builder = new(new() { MaxBodyBytes = 1 << 20, KeepResponseBodies = true }, _pool, new ExchangeIds(), _consumer);
        _flows = new(_limits, _builder);
        _bystander = new(_flows);
    }

    [Fact]
    public void SynFlood_AMillionHalfOpenFlows_OnlyTheyAreEvicted()
    {
        const int Flows = 1_000_000;
        var before = Settled();
        Flood(Flows, n => Segment(n, TcpFlags.Syn, 1_000, default));
        AssertHeapGrewLessThan(before, _limits.MaxFlows * 2_048L);
        Assert.True(_flows.Counters.Flows <= _limits.MaxFlows);
        Assert.Equal(Flows - _limits.MaxFlows + 1, _flows.Counters.Ended(FlowEnd.Evicted));
        AssertBystanderUnharmed();
    }

    [Fact]
    public void IdleFlows_AHundredThousand_AreForgottenOrEvicted()
    {
        const int Flows = 100_000;
        Flood(Flows, n => Segment(n, TcpFlags.Ack, 1_000, "GET / HTTP/1.1\r\n"u8));
        Assert.Equal(_limits.MaxFlows, _flows.Counters.Flows);
        Assert.Equal(Flows - _limits.MaxFlows + 1, _flows.Counters.Ended(FlowEnd.Evicted));
        _flows.Advance(new(_bystander.Time + (400_000 * Millisecond)));
        Assert.Equal(0, _flows.Counters.Flows);
        Assert.Equal(_limits.MaxFlows, _flows.Counters.Ended(FlowEnd.Idle));
        AssertBystanderUnharmed();
    }

    [Fact]
    public void EndlessHeader_IsGivenUpAtTheLimit()
    {
        var before = Settled();
        var line = new byte[1_400];
        line.AsSpan().Fill((byte)'a');
        "X-Long: "u8.CopyTo(line);
        "\r\n"u8.CopyTo(line.AsSpan(^2));
        var next = Open("GET / HTTP/1.1\r\n"u8);
        for (var i = 0; i < 50_000; i++)
        {
            next = Send(next, line);
            TakeTurn(i);
        }

        AssertHeapGrewLessThan(before, 16 << 20);
        Assert.Equal(1, _builder.Counters.Malformed);
        AssertBystanderUnharmed();
    }

    [Fact]
    public void EndlessBody_TenGigabytes_AreCutAtTheLimit()
    {
        const int Octets = 1 << 20;
        var body = new byte[Octets];
        var next = Open("POST / HTTP/1.1\r\nContent-Length: 10737418240\r\n\r\n"u8);
        var most = 0L;
        for (var i = 0; i < 10_240; i++)
        {
            next = Send(next, body);
            most = Math.Max(most, _pool.RentedBytes);
            TakeTurn(i);
        }

        Assert.InRange(most, 1 << 20, 2 << 20);
        Assert.Equal(0, _flows.Counters.LostOctets);
        Assert.Equal(1, _builder.Counters.RequestsTruncated);
        AssertBystanderUnharmed();
    }

    [Fact]
    public void Gaps_InAHundredThousandFlows_HeldBytesStayUnderTheBound()
    {
        const int Flows = 100_000;
        var before = Settled();
        var payload = new byte[600];
        var most = 0L;
        for (var n = 1; n <= Flows; n++)
        {
            _flows.Add(Segment(n, TcpFlags.Syn, 1_000, default));
            _flows.Add(Segment(n, TcpFlags.Ack, 2_000, payload));
            most = Math.Max(most, _flows.Counters.HeldBytes);
            TakeTurn(n);
        }

        Assert.InRange(most, 1, _limits.MaxHeldBytes);
        AssertHeapGrewLessThan(before, _limits.MaxHeldBytes * 2 + (_limits.MaxFlows * 2_048L));
        Assert.True(_flows.Counters.GapsForcedByBounds > 0);
        AssertBystanderUnharmed();
        Assert.Equal(0, _flows.Counters.HeldBytes);
    }

    [Fact]
    public void OneOctetSegments_WithHolesBetween_AreBounded()
    {
        var before = Settled();
        var next = Open("G"u8);
        for (var i = 0; i < 100_000; i++)
        {
            _flows.Add(Segment(1, TcpFlags.Ack, next + 1 + ((uint)i * 2), "x"u8));
            Assert.True(_flows.Counters.HeldBytes <= _limits.MaxHeldBytesPerHalf);
            TakeTurn(i);
        }

        AssertHeapGrewLessThan(before, 8 << 20);
        AssertBystanderUnharmed();
    }

    /// <summary>The heap is everybody's: nothing else runs while it is measured.</summary>
    [CollectionDefinition(nameof(Alone), DisableParallelization = true)]
    public sealed class Alone;

    private delegate TcpSegment SegmentOf(int n);

    private void Flood(int count, SegmentOf segment)
    {
        for (var n = 1; n <= count; n++)
        {
            _flows.Add(segment(n));
            TakeTurn(n);
        }
    }

    /// <summary>The bystander has a word now and then.</summary>
    private void TakeTurn(int i)
    {
        if (i % 500 == 0)
        {
            _bystander.Exchange();
        }
    }

    private TcpSegment Segment(int n, TcpFlags flags, uint sequence, ReadOnlySpan<byte> payload)
    {
        var segment = default(TcpSegment);
        segment.Source = NetworkAddress.FromIPv4(0x0B00_0000u + (uint)(n / 50_000));
        segment.SourcePort = (ushort)(10_000 + (n % 50_000));
        segment.Destination = NetworkAddress.FromIPv4(0x0C00_0001u);
        segment.DestinationPort = 80;
        segment.Vni = TcpSegment.NoVni;
        segment.Flags = flags;
        segment.SequenceNumber = sequence;
        segment.Payload = payload.ToArray();
        segment.Timestamp = new(_bystander.Time);
        return segment;
    }

    private uint Open(ReadOnlySpan<byte> first)
    {
        _flows.Add(Segment(1, TcpFlags.Syn, 1_000, default));
        _flows.Add(Segment(1, TcpFlags.Ack, 1_001, first));
        return 1_001 + (uint)first.Length;
    }

    private uint Send(uint next, byte[] octets)
    {
        var segment = Segment(1, TcpFlags.Ack, next, default);
        segment.Payload = octets;
        _flows.Add(segment);
        return next + (uint)octets.Length;
    }

    private void AssertBystanderUnharmed()
    {
        Assert.True(_bystander.Exchanges >= 20);
        Assert.Equal(_bystander.Exchanges, _consumer.Whole);
        _flows.Finish();
        Assert.Equal(0, _pool.RentedBytes);
    }

    private static long Settled() => GC.GetTotalMemory(forceFullCollection: true);

    private static void AssertHeapGrewLessThan(long before, long bytes) =>
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, bytes);

    /// <summary>A keep-alive connection whose exchanges must all be found.</summary>
    private sealed class Bystander(FlowTable flows)
    {
        private uint _client = 1;
        private uint _server = 1;
        private bool _isOpen;

        public long Time { get; private set; } = Start;

        public int Exchanges { get; private set; }

        public void Exchange()
        {
            if (!_isOpen)
            {
                _isOpen = true;
                Say(fromClient: true, TcpFlags.Syn, default);
                Say(fromClient: false, TcpFlags.Syn | TcpFlags.Ack, default);
            }

            Say(fromClient: true, TcpFlags.Ack, "GET /bystander HTTP/1.1\r\nHost: b\r\n\r\n"u8);
            Say(fromClient: false, TcpFlags.Ack, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8);
            Exchanges++;
        }

        private void Say(bool fromClient, TcpFlags flags, ReadOnlySpan<byte> payload)
        {
            Time += Millisecond;
            var segment = new ScriptedSegment
            {
                Endpoints = FlowEndpoints.Default,
                FromClient = fromClient,
                Flags = flags,
                Sequence = fromClient ? _client : _server,
                Acknowledgment = fromClient ? _server : _client,
                Payload = payload.ToArray(),
                Time = new(Time),
            };
            var octets = (uint)payload.Length + (flags.HasFlag(TcpFlags.Syn) ? 1u : 0);
            (_client, _server) = fromClient ? (_client + octets, _server) : (_client, _server + octets);
            flows.Add(segment.ToSegment());
        }
    }

    /// <summary>Counts the bystander's whole exchanges.</summary>
    private sealed class BystanderConsumer : ExchangeConsumer
    {
        public int Whole { get; private set; }

        public override void OnRequest(Message request, in RequestContext context)
        {
        }

        public override void OnExchange(Exchange exchange)
        {
            var isBystander = exchange.Request?.HeadOctets.StartsWith("GET /bystander "u8) ?? false;
            Whole += isBystander && exchange.Response is { IsComplete: true } ? 1 : 0;
        }

        public override void OnSessionEnded(long session)
        {
        }
    }
}
