using Parallax.Capture.Pipeline;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Flows;

namespace Parallax.Capture.Tests.Pipeline;

/// <summary>A consumer that takes no exchanges does not pay for holding requests until their responses come.</summary>
public class RequestsOnlyTests
{
    private static readonly FlowScript Traffic = new FlowScript().Handshake()
        .Client("POST /1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc")
        .Client("GET /2 HTTP/1.1\r\n\r\n")
        .Server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        .Client("GET /3 HTTP/1.1\r\n\r\n");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Request_ThatEnded_IsHeldForExchangesOnly(bool takesExchanges)
    {
        var (pool, consumer, table, counters) = Watch(takesExchanges);
        Assert.Equal(3, consumer.Requests);
        Assert.Equal((takesExchanges, true), (pool.RentedBlocks > 0, counters.HeldBytes > 0));

        table.Finish();
        Assert.Equal((0, 0), (pool.RentedBlocks, counters.HeldBytes));
        Assert.Equal(takesExchanges ? 3 : 0, consumer.Exchanges);
        Assert.Equal((3, 3, 1, 0, 2), (
            counters.Exchanges, counters.RequestsComplete, counters.Responses, counters.OrphanResponses, counters.Unanswered));
    }

    private static (OctetPool Pool, Counting Consumer, FlowTable Table, ExtractionCounters Counters) Watch(bool takesExchanges)
    {
        var pool = new OctetPool();
        var consumer = new Counting(takesExchanges);
        var builder = new ExchangeBuilder(new(), pool, new ExchangeIds(), consumer);
        var table = new FlowTable(new FlowLimits(), builder);
        foreach (var segment in Traffic.Segments)
        {
            table.Add(segment.ToSegment());
        }

        return (pool, consumer, table, builder.Counters);
    }

    private sealed class Counting(bool takesExchanges) : ExchangeConsumer
    {
        public int Requests { get; private set; }

        public int Exchanges { get; private set; }

        public override bool TakesExchanges => takesExchanges;

        public override void OnRequest(Message request, in RequestContext context) => Requests++;

        public override void OnExchange(Exchange exchange) => Exchanges++;

        public override void OnSessionEnded(long session)
        {
        }
    }
}
