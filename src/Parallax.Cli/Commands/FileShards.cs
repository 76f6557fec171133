using Parallax.Capture.Pipeline;
using Parallax.Cli.CommandLine;
using Parallax.Traffic.Exchanges;

namespace Parallax.Cli.Commands;

/// <summary>How a capture file is read by commands that have no options for that: in the memory that <see cref="MemoryShares"/> gives.
/// </summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class FileShards
{
    /// <summary>A shard for what is in the file.</summary>
    /// <param name="extraction">What is kept of messages; its bounds are replaced.</param>
    /// <param name="consumer">Receives the exchanges.</param>
    public static CaptureShard New(ExtractionOptions extraction, ExchangeConsumer consumer)
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
        return new(options, new OctetPool(memory), new ExchangeIds(), consumer);
    }
}
