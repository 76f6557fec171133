using Parallax.Traffic.Exchanges;

namespace Parallax.Runs.Capturing;

/// <summary>Takes each request that a capture finds, for something else than a shadow target, such as to print it.</summary>
/// <remarks>Thread safety: called from the threads of all shards.</remarks>
public interface IRequestSink
{
    /// <summary>A request ended.</summary>
    /// <param name="request">Retain it to keep it beyond the call.</param>
    /// <param name="context">Where it belongs.</param>
    void Offer(Message request, in RequestContext context);

    /// <summary>No more will come: what was taken is written.</summary>
    /// <param name="giveUp">Ends the waiting for a reader that hangs.</param>
    void End(CancellationToken giveUp);
}
