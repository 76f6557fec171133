using System.Text;
using Parallax.Capture.Pipeline;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Flows;

namespace Parallax.Capture.Tests;

/// <summary>Extracts exchanges from scripted connections and writes each down in a line such as
/// <c>POST /a [hello] > 200 [hi] EarlyResponse</c>: "[…]" is a body as on the wire, "?" after a message says that it is incomplete,
/// "!" that its sender broke it, "…" that it was cut at the limit, "-" stands for a message that was not seen.</summary>
internal sealed class Tap : ExchangeConsumer
{
    private readonly OctetPool _pool = new();
    private readonly HashSet<long> _announced = [];

    private Tap()
    {
    }

    /// <summary>Exchanges in the order in which they were handed on.</summary>
    public List<string> Exchanges { get; } = [];

    /// <summary>Requests as they were announced, before their response was there.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>SHA-1 of the contents of requests, the first twelve digits.</summary>
    public List<string> Digests { get; } = [];

    /// <summary>Who sent the exchanges, in the order of <see cref="Exchanges"/>.</summary>
    public List<string> Clients { get; } = [];

    public int SessionsEnded { get; private set; }

    public ExtractionCounters Counters { get; private set; } = null!;

    public static Tap Watch(params FlowScript[] scripts) => Watch(scripts.SelectMany(script => script.Segments));

    public static Tap Watch(IEnumerable<ScriptedSegment> segments, ExtractionOptions? options = null)
    {
        var tap = new Tap();
        var builder = new ExchangeBuilder(options ?? new() { KeepResponseBodies = true }, tap._pool, new ExchangeIds(), tap);
        var table = new FlowTable(new FlowLimits(), builder);
        foreach (var segment in segments)
        {
            table.Add(segment.ToSegment());
        }

        table.Finish();
        tap.Counters = builder.Counters;
        Conservation.AssertHolds(builder.Counters, table.Counters, tap._pool);
        return tap;
    }

    public override void OnRequest(Message request, in RequestContext context)
    {
        Assert.True(_announced.Add(context.ExchangeId));
        Requests.Add(Text(request));
    }

    public override void OnExchange(Exchange exchange)
    {
        var flags = exchange.Flags & ~(ExchangeFlags.NoResponse | ExchangeFlags.OrphanResponse | ExchangeFlags.RequestIncomplete
            | ExchangeFlags.RequestTruncated | ExchangeFlags.ResponseIncomplete | ExchangeFlags.ResponseTruncated);
        Exchanges.Add($"{Text(exchange.Request)} > {Text(exchange.Response)}{(flags == 0 ? "" : " " + flags)}");
        Clients.Add($"{exchange.Client.Address}:{exchange.Client.Port}");
        if (exchange.Request is { } request)
        {
            Digests.Add(request.ContentDigest.IsEmpty ? "" : Convert.ToHexStringLower(request.ContentDigest[..6]));
            Assert.True(request.LastOctetAt >= request.FirstOctetAt && request.FirstOctetAt.IsKnown);
        }
    }

    public override void OnSessionEnded(long session) => SessionsEnded++;

    private static string Text(Message? message)
    {
        if (message is null)
        {
            return "-";
        }

        var head = message.Head;
        var name = head.StatusCode != 0
            ? $"{head.StatusCode}"
            : $"{Latin1(head.Method.Of(message.HeadOctets))} {Latin1(head.Target.Of(message.HeadOctets))}";
        var body = Body(message);
        var state = message.IsTruncated ? "…" : message.IsBroken ? "!" : message.IsIncomplete ? "?" : "";
        return name + (body.Length == 0 ? "" : $" [{body}]") + state;
    }

    private static string Body(Message message)
    {
        // Of chunks that break off, the octets stored depend on how they came; those counted do not.
        if (message.IsBroken && message.Head.IsChunked)
        {
            return $"{message.BodyOctets} octets";
        }

        var text = new StringBuilder();
        for (var i = 0; i < message.BlockCount; i++)
        {
            text.Append(Latin1(message.Block(i).Span));
        }

        return text.ToString(message.HeadOctets.Length, text.Length - message.HeadOctets.Length);
    }

    private static string Latin1(ReadOnlySpan<byte> octets) => Encoding.Latin1.GetString(octets);
}
