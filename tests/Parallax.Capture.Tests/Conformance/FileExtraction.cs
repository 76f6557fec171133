using System.Text;
using Parallax.Capture.Pipeline;
using Parallax.Capture.Sources;
using Parallax.Cli.Output;
using Parallax.Traffic.Exchanges;

namespace Parallax.Capture.Tests.Conformance;

/// <summary>Extracts the exchanges of a capture file as rows, as <c>parallax inspect FILE --tsv</c> does.</summary>
internal sealed class FileExtraction : ExchangeConsumer
{
    /// <summary>No capture here takes a fraction of this; one that does hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly ExchangeTable _table;

    private FileExtraction(TextWriter output) => _table = new(output);

    public int Exchanges { get; private set; }

    /// <summary>Extracts <paramref name="capture"/> into <paramref name="rows"/> and asserts that everything adds up.</summary>
    /// <returns>The number of exchanges.</returns>
    public static int Run(string capture, string rows, long poolBytes = 256 << 20)
    {
        using var output = new StreamWriter(rows, append: false, new UTF8Encoding(false));
        return Run(capture, output, poolBytes);
    }

    /// <inheritdoc cref="Run(string, string, long)"/>
    public static int Run(string capture, TextWriter rows, long poolBytes = 256 << 20)
    {
        var extraction = new FileExtraction(rows);
        var pool = new OctetPool(poolBytes);
        var options = new ShardOptions { Extraction = new() { DigestContent = true, MaxBodyBytes = 1 << 20 } };
        var shard = new CaptureShard(options, pool, new ExchangeIds(), extraction);
        using var patience = new CancellationTokenSource(Patience);
        using var pipeline = new CapturePipeline([(PcapFileSource.Open(capture, speed: null, TimeProvider.System), shard)]);
        pipeline.Run(patience.Token);
        Assert.False(patience.IsCancellationRequested, $"{capture} hangs");
        Conservation.AssertHolds(pipeline.Account, pool);
        Conservation.AssertHolds(shard.Extraction, shard.Flows, pool);
        return extraction.Exchanges;
    }

    public override void OnRequest(Message request, in RequestContext context)
    {
    }

    public override void OnExchange(Exchange exchange)
    {
        Exchanges++;
        _table.Write(exchange);
    }

    public override void OnSessionEnded(long session)
    {
    }
}
