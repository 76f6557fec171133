using System.Text;
using Parallax.Capture.Pipeline;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Flows;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Tests.Hardening;

/// <summary>Clients that begin requests on very many connections and never finish them: what is held stays under its bound, and one
/// that behaves is not harmed.</summary>
public sealed class UnfinishedRequestTests
{
    private const int Attackers = 4_000;
    private const long Bound = 4 << 20;

    private readonly OctetPool _pool = new(64 << 20);
    private readonly TargetsOfExchanges _seen = new();
    private readonly CaptureShard _shard;

    public UnfinishedRequestTests() => _shard = new(
        new() { Extraction = new() { MaxHeldBytes = Bound } }, _pool, new ExchangeIds(), _seen);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void ManyUnfinishedRequests_HoldNoMoreThanTheBound(int kind)
    {
        var unfinished = kind switch
        {
            0 => "GET / HTTP/1.1\r\nX: " + new string('x', 20_000),                          // a head that never ends
            1 => "POST / HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n" + new string('x', 100), // a body that never ends
            _ => string.Concat(Enumerable.Repeat("GET / HTTP/1.1\r\n\r\n", 200)),              // requests that are never answered
        };
        var most = 0L;
        for (var n = 1; n <= Attackers; n++)
        {
            Feed(new FlowScript(FlowEndpoints.Numbered(n)).Handshake().Client(unfinished));
            _shard.OnBatchEnd(default);
            most = Math.Max(most, _shard.Extraction.HeldBytes);
        }

        Feed(new FlowScript(FlowEndpoints.Numbered(0)).Handshake().Client("GET /well HTTP/1.1\r\nHost: a\r\n\r\n")
            .Server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").Fin());
        _shard.Finish();
        Assert.InRange(most, 1, Bound);
        Assert.True(_shard.Flows.Ended(FlowEnd.EvictedForMemory) > 0);
        Assert.Equal(0, _shard.Extraction.HeldBytes);
        Assert.Equal(0, _pool.RentedBytes);
        Assert.Contains("/well", _seen.Targets);
    }

    private void Feed(FlowScript script, CaptureShard? shard = null)
    {
        foreach (var segment in script.Segments)
        {
            var frame = Encode.Ethernet(segment);
            (shard ?? _shard).OnPacket(frame, LinkType.Ethernet, frame.Length, segment.Time);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void FinishedExchanges_HoldNothing(bool takesExchanges)
    {
        var shard = new CaptureShard(new(), _pool, new ExchangeIds(), new TargetsOfExchanges { Takes = takesExchanges });
        var script = new FlowScript().Handshake();
        for (var n = 0; n < 100; n++)
        {
            script.Client("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc").Server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }

        Feed(script, shard);
        Assert.Equal((100, 0, 0), (shard.Extraction.Exchanges, shard.Extraction.HeldBytes, _pool.RentedBytes));
    }

    private sealed class TargetsOfExchanges : ExchangeConsumer
    {
        public bool Takes { get; init; } = true;

        public override bool TakesExchanges => Takes;

        public List<string> Targets { get; } = [];

        public override void OnRequest(Message request, in RequestContext context)
        {
        }

        public override void OnExchange(Exchange exchange)
        {
            if (exchange.Response is not null && exchange.Request is { } request)
            {
                Targets.Add(Encoding.Latin1.GetString(request.Head.Target.Of(request.HeadOctets)));
            }
        }

        public override void OnSessionEnded(long session)
        {
        }
    }
}
