using System.Globalization;
using System.Text;
using Parallax.Capture.Pipeline;
using Parallax.Fuzz.Engine;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Flows;

namespace Parallax.Fuzz.Targets;

/// <summary>A connection with turns of both ends, through reassembly, reading and pairing: the account comes out and nothing stays rented;
/// without anything malformed, and without a tunnel, the exchanges are the same however the turns are cut into segments. A turn begins
/// with an octet 01 (client) or 02 (server).</summary>
internal static class ExtractionTarget
{
    public static FuzzTarget Make() => new()
    {
        Name = "extraction",
        Seeds =
        [
            .. Seeds().Select(Encoding.Latin1.GetBytes),
        ],
        Words =
        [
            "\u0001", "\u0002", "\u0001GET / HTTP/1.1\r\n\r\n", "\u0002HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n", "\r\n", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "Connection: close\r\n",
            "CONNECT a:1 HTTP/1.1\r\n\r\n", "HEAD ", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "Expect: 100-continue\r\n", "\x16\x03\x01",
        ],
        Run = Run,
        MaxInputBytes = 4 << 10,
    };

    private static void Run(byte[] input, Outcome outcome)
    {
        var whole = Watch(input, 1460, outcome, out var isClean);
        var cut = Watch(input, 5, new(), out _);
        if (isClean)
        {
            Require.Same(whole, cut, "in small segments");
        }
    }

    private static string Watch(byte[] input, int segmentOctets, Outcome outcome, out bool isClean)
    {
        var script = new FlowScript { MaxSegmentOctets = segmentOctets }.Handshake();
        for (var at = 0; at < input.Length;)
        {
            var isServer = input[at] == 2;
            at += input[at] is 1 or 2 ? 1 : 0;
            var length = input.AsSpan(at).IndexOfAny((byte)1, (byte)2);
            var turn = input[at..(length < 0 ? input.Length : at + length)];
            script = isServer ? script.Server(turn) : script.Client(turn);
            at += turn.Length;
        }

        var pool = new OctetPool(4 << 20);
        var told = new Telling(outcome);
        var builder = new ExchangeBuilder(new() { KeepResponseBodies = true }, pool, new ExchangeIds(), told);
        var table = new FlowTable(new FlowLimits(), builder);
        foreach (var segment in script.Fin().Segments)
        {
            table.Add(segment.ToSegment());
        }

        table.Finish();
        var counters = builder.Counters;
        Require.That(pool.RentedBytes == 0 && pool.RentedBlocks == 0, "something stays rented");
        Require.That(
            counters.RequestsSeen == counters.RequestsComplete + counters.RequestsTruncated + counters.RequestsIncomplete,
            "requests do not add up");
        Require.That(counters.RequestsSeen + counters.OrphanResponses == counters.Exchanges, "exchanges do not add up");
        Require.That(counters.Responses + counters.Unanswered == counters.Exchanges, "responses do not add up");

        // In a tunnel, as after something malformed, a message is looked for where a segment begins.
        isClean = counters.Malformed == 0 && counters.SkippedOctets == 0 && counters.TunnelOctets == 0 && told.IsClean;
        return told.Text.ToString();
    }

    private static string[] Seeds() =>
    [

        "\u0001GET /1 HTTP/1.1\r\n\r\n\u0002HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            + "\u0001GET /2 HTTP/1.1\r\n\r\n\u0002HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n",
        "\u0001GET /1 HTTP/1.1\r\n\r\nPOST /2 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
            + "\u0002HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
            + "HTTP/1.1 204 x\r\n\r\n",

        "\u0001PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
            + "\u0002HTTP/1.1 100 Continue\r\n\r\n\u0001abc\u0002HTTP/1.1 200 OK\r\n\r\nuntil close",
        "\u0001GET / HTTP/1.1\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
            + "\u0002HTTP/1.1 101 x\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc\u0001def",
        "\u0001CONNECT a:443 HTTP/1.1\r\n\r\n\u0002HTTP/1.1 200 OK\r\n\r\n\u0001tunnel\u0002tunnel",
        "\u0001HEAD / HTTP/1.0\r\n\r\n\u0002HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n",
    ];

    private sealed class Telling(Outcome outcome) : ExchangeConsumer
    {
        public StringBuilder Text { get; } = new();

        public bool IsClean { get; private set; } = true;

        public override void OnRequest(Message request, in RequestContext context) => outcome.Add(1);

        public override void OnExchange(Exchange exchange)
        {
            outcome.Add((long)exchange.Flags);
            Append(exchange.Request);
            Append(exchange.Response);
            Text.Append(CultureInfo.InvariantCulture, $" {exchange.Flags}\n");
        }

        public override void OnSessionEnded(long session) => outcome.Add(2);

        private void Append(Message? message)
        {
            if (message is null)
            {
                Text.Append('-');
                return;
            }

            // What is stored of a message that is not whole depends on how it came.
            IsClean &= message.IsComplete;
            for (var at = 0; message.IsComplete && at < message.BlockCount; at++)
            {
                Text.Append(Encoding.Latin1.GetString(message.Block(at).Span));
            }
        }
    }
}
