using Parallax.Traffic.Exchanges;

namespace Parallax.Capture.Pipeline;

/// <summary>Receives what a capture finds.</summary>
/// <remarks>Thread safety: called on the threads of the shards, several at once when there are several shards; a call must not block.
/// </remarks>
public abstract class ExchangeConsumer
{
    /// <summary>True, the default, when <see cref="OnExchange"/> is to be called. Without it a request is not held until its response has
    /// come, and of a response nothing is stored: with a slow service, or responses that are not mirrored, that is most of the memory.
    /// </summary>
    public virtual bool TakesExchanges => true;

    /// <summary>A request ended; its response may still be to come. Shadows are sent from here, so a request inside a CONNECT tunnel, which
    /// is meant for another server, is left out.</summary>
    /// <param name="request">Whole, or marked incomplete or truncated. Retain it to keep it beyond the call.</param>
    /// <param name="context">Where it belongs.</param>
    public abstract void OnRequest(Message request, in RequestContext context);

    /// <summary>An exchange is over: both messages ended, or the missing one will not come.</summary>
    /// <param name="exchange">Disposed of after the call; retain its messages to keep them.</param>
    public abstract void OnExchange(Exchange exchange);

    /// <summary>A captured connection ended; a shadow connection that keeps its session may go too.</summary>
    /// <param name="session">As in <see cref="RequestContext.Session"/>.</param>
    public abstract void OnSessionEnded(long session);

    /// <summary>A batch of packets ends: what was put together for it may go out now. Does nothing by default.</summary>
    public virtual void OnBatchEnd()
    {
    }
}
