namespace Parallax.Reactor.Connections;

/// <summary>Where exceptions of handlers and callbacks go: counted, and handed to the maker of the loop.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class LoopFaults(LoopCounters counters, Action<Exception> onFault)
{
    public void Report(Exception exception)
    {
        counters.FaultCount++;
        onFault(exception);
    }

    /// <summary>Runs a callback; whatever it throws is reported.</summary>
    public void Run(LoopCallback callback, object? state)
    {
        try
        {
            callback(state);
        }
        catch (Exception exception)
        {
            Report(exception);
        }
    }
}
