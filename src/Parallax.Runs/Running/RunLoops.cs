using Microsoft.Extensions.Logging;
using Parallax.Reactor.Connections;
using Parallax.Reactor.Loops;

namespace Parallax.Runs.Running;

/// <summary>The event loops of a run, and the faults of the program itself, on them or in the run's work. Each fault is counted
/// and logged in one line, a few a minute. A run that had one has failed.</summary>
/// <remarks>Ownership: <see cref="Dispose"/> logs what was only counted; the loops belong to their users. Thread safety: any
/// thread.</remarks>
/// <param name="log">Where faults are logged.</param>
/// <param name="clock">Where time comes from.</param>
public sealed class RunLoops(ILogger log, TimeProvider clock) : IDisposable
{
    private readonly LineLimiter _limiter = new(line => RunLog.Failing(log, line), clock);
    private long _faults;

    /// <summary>Faults so far.</summary>
    public long Faults => Volatile.Read(ref _faults);

    /// <summary>The clock of every loop it makes.</summary>
    public TimeProvider Clock => clock;

    /// <summary>Called with each loop made, before it starts.</summary>
    internal Action<IEventLoop> OnCreated { get; init; } = static _ => { };

    /// <summary>Makes a loop; it is not started.</summary>
    /// <param name="name">Names the loop and its thread.</param>
    public IEventLoop Create(string name)
    {
        var loop = EventLoop.Create(name, OnFault, clock);
        OnCreated(loop);
        return loop;
    }

    /// <summary>Counts and logs a fault: a handler or callback of a loop that others made threw, or a run's own work did.</summary>
    public void OnFault(Exception fault)
    {
        Interlocked.Increment(ref _faults);
        _limiter.SayFault("fault", fault);
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();
}
