using Parallax.Traffic.Exchanges;

namespace Parallax.Runs.Capturing;

/// <summary>Takes each exchange that a capture finds, for something else than a recording, such as to print it.</summary>
/// <remarks>Thread safety: called from the threads of all shards.</remarks>
public interface IExchangeSink
{
    /// <summary>True when it looks at the bodies of responses: they are kept for it.</summary>
    bool NeedsResponseBodies { get; }

    /// <summary>A request ended; <see cref="Offer"/> follows with its exchange, which may take long.</summary>
    /// <param name="request">Retain it to keep it beyond the call.</param>
    /// <param name="context">Where it belongs.</param>
    void Announce(Message request, in RequestContext context);

    /// <summary>An exchange ended.</summary>
    /// <param name="exchange">Retain its messages to keep them beyond the call.</param>
    void Offer(Exchange exchange);

    /// <summary>No more will come: what was taken is written.</summary>
    /// <param name="giveUp">Ends the waiting for a reader that hangs.</param>
    void End(CancellationToken giveUp);
}
