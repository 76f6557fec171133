using System.Text;
using Parallax.Capture.Pipeline;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;

namespace Parallax.Capture.Tests.Hardening;

/// <summary>What is kept of an exchange after it is disposed of.</summary>
internal sealed record RecordedExchange(ExchangeFlags Flags, RecordedMessage? Request, RecordedMessage? Response);

internal sealed record RecordedMessage(string FirstLine, string Head, string Digest, bool IsComplete, Timestamp FirstOctetAt);

/// <summary>Writes down what a shard finds; any thread.</summary>
internal sealed class ExchangeRecorder : ExchangeConsumer
{
    private readonly Lock _adding = new();
    private readonly List<RecordedExchange> _exchanges = [];

    public int Requests { get; private set; }

    public int SessionsEnded { get; private set; }

    public IReadOnlyList<RecordedExchange> Exchanges
    {
        get
        {
            lock (_adding)
            {
                return [.. _exchanges];
            }
        }
    }

    public override void OnRequest(Message request, in RequestContext context)
    {
        lock (_adding)
        {
            Requests++;
        }
    }

    public override void OnExchange(Exchange exchange)
    {
        var recorded = new RecordedExchange(exchange.Flags, Keep(exchange.Request), Keep(exchange.Response));
        lock (_adding)
        {
            _exchanges.Add(recorded);
        }
    }

    public override void OnSessionEnded(long session)
    {
        lock (_adding)
        {
            SessionsEnded++;
        }
    }

    private static RecordedMessage? Keep(Message? message)
    {
        if (message is null)
        {
            return null;
        }

        var head = Encoding.Latin1.GetString(message.HeadOctets);
        var end = head.IndexOf("\r\n", StringComparison.Ordinal);
        return new(
            end < 0 ? head.TrimEnd('\r') : head[..end],
            head,
            Convert.ToHexString(message.ContentDigest),
            message.IsComplete,
            message.FirstOctetAt);
    }
}

/// <summary>A shard with a recorder.</summary>
internal static class Shards
{
    public static CaptureShard New(ExchangeConsumer consumer, ShardOptions? options = null, OctetPool? pool = null) => new(
        options ?? new() { Extraction = new() { DigestContent = true } },
        pool ?? new OctetPool(),
        new ExchangeIds(),
        consumer);

    /// <summary>Hands every segment in as an Ethernet frame, then ends the capture.</summary>
    public static ExchangeRecorder Run(IEnumerable<ScriptedSegment> segments, ShardOptions? options = null)
    {
        var recorder = new ExchangeRecorder();
        var pool = new OctetPool();
        var shard = New(recorder, options, pool);
        foreach (var segment in segments)
        {
            var frame = Encode.Ethernet(segment);
            shard.OnPacket(frame, Wire.Packets.LinkType.Ethernet, frame.Length, segment.Time);
        }

        shard.Finish();
        Assert.Equal(0, pool.RentedBytes);
        Assert.Equal(0, shard.Flows.HeldBytes);
        Assert.Equal(0, shard.Flows.Flows);
        return recorder;
    }
}
