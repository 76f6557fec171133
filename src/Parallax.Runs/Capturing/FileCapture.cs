using Parallax.Capture.Pipeline;
using Parallax.Capture.Sources;
using Parallax.Runs.Limits;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;

namespace Parallax.Runs.Capturing;

/// <summary>The capture that is in one file or several, read as fast as it goes and in the memory that <see cref="MemoryShares"/> gives:
/// for commands that have no options about that.</summary>
/// <remarks>Ownership: its files are closed by <see cref="Dispose"/>. Thread safety: one thread runs it; any may read how far it is.
/// </remarks>
public sealed class FileCapture : IDisposable
{
    private readonly PcapFileSource _source;
    private readonly CapturePipeline _pipeline;

    /// <summary>Opens the files.</summary>
    /// <param name="paths">The files of one capture, in any order; <c>-</c> is standard input.</param>
    /// <param name="extraction">What is kept of messages; its bounds are replaced.</param>
    /// <param name="consumer">Receives the exchanges.</param>
    /// <exception cref="CaptureException">A file cannot be read.</exception>
    public FileCapture(IReadOnlyList<string> paths, ExtractionOptions extraction, ExchangeConsumer consumer)
    {
        var heap = ProcessMemory.HeapBytes;
        var memory = MemoryShares.MessageBytesOf(heap);
        var options = new ShardOptions
        {
            Extraction = extraction with { MaxBodyBytes = MemoryShares.KeptBodyBytesOf(memory), MaxHeldBytes = memory / 2 },
            Flows = new()
            {
                MaxFlows = MemoryShares.FlowsOf(heap),
                MaxHeldBytes = memory / 4,
                MaxHeldBytesPerHalf = (int)Math.Min(4 << 20, memory / 4),
            },
        };
        _source = PcapFileSource.Open(paths, speed: null, TimeProvider.System);
        _pipeline = new([(_source, new CaptureShard(options, new OctetPool(memory), new ExchangeIds(), consumer))]);
    }

    /// <summary>Bytes read so far.</summary>
    public long ReadBytes => _source.ReadOctets;

    /// <summary>When the first packet was captured; not known before it is read. For the reading thread.</summary>
    public Timestamp Begin => _source.Begin;

    /// <summary>What was captured so far.</summary>
    public CaptureAccount Account => _pipeline.Account;

    /// <summary>Reads to the end.</summary>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="CaptureException">A file turned out to be no capture, or cannot be read further.</exception>
    public void Run(CancellationToken stop) => _pipeline.Run(stop);

    /// <inheritdoc/>
    public void Dispose() => _pipeline.Dispose();
}
