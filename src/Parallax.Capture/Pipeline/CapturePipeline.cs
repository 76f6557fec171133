using Parallax.Capture.Sources;

namespace Parallax.Capture.Pipeline;

/// <summary>Runs sources with their shards, a thread each, until all end.</summary>
/// <remarks>Ownership: disposes of its sources. Thread safety: <see cref="Account"/> may be read at any time.</remarks>
public sealed class CapturePipeline : IDisposable
{
    private readonly List<(IPacketSource Source, CaptureShard Shard)> _pairs;

    /// <summary>Makes a pipeline of sources, each with the shard that takes its packets.</summary>
    public CapturePipeline(IEnumerable<(IPacketSource Source, CaptureShard Shard)> pairs) => _pairs = [.. pairs];

    /// <summary>What was captured so far.</summary>
    public CaptureAccount Account =>
        CaptureAccount.Of([.. _pairs.Select(pair => pair.Shard)], _pairs.Select(pair => pair.Source.Losses)) with
        {
            Problems = [.. _pairs.SelectMany(pair => pair.Source.Problems)],
        };

    /// <summary>The sources.</summary>
    public IEnumerable<IPacketSource> Sources => _pairs.Select(pair => pair.Source);

    /// <summary>The shards.</summary>
    public IEnumerable<CaptureShard> Shards => _pairs.Select(pair => pair.Shard);

    /// <summary>Captures until every source has ended or <paramref name="cancellationToken"/> says stop; then ends what is open.</summary>
    /// <exception cref="CaptureException">A source failed; the others were stopped, and what they had is accounted for.</exception>
    public void Run(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Exception? fault = null;
        var threads = _pairs.Select((pair, index) => new Thread(() =>
        {
            try
            {
                pair.Source.Run(pair.Shard, stop.Token);
            }
#pragma warning disable CA1031 // the root of a thread: the fault is carried to the caller
            catch (Exception caught)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref fault, caught, null);
                stop.Cancel();
            }
        })
        {
            Name = $"capture-{index}",
            IsBackground = true,
        }).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        // Sharing shards hand segments to each other until the last of them has stopped.
        _pairs.ForEach(pair => pair.Shard.Finish());
        if (fault is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _pairs.ForEach(pair => pair.Source.Dispose());
}
