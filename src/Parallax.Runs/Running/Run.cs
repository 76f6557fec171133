using Microsoft.Extensions.Hosting;
using Parallax.Traffic.Counters;

namespace Parallax.Runs.Running;

/// <summary>A run: it opens what its options name, works until it is to end or has nothing left to do, lets what is in flight finish,
/// and can give an account at any moment.</summary>
/// <remarks>A host can run it as it is: it is an <see cref="IHostedService"/>. Ownership: it owns what it opened, until
/// <see cref="Dispose()"/>. Thread safety: started, stopped and disposed of by one thread; accounts may be asked for from any.</remarks>
/// <param name="end">Ends it. The caller's.</param>
/// <param name="loops">Makes its event loops, and counts faults. The caller's.</param>
public abstract class Run(RunEnd end, RunLoops loops) : IHostedService, IDisposable
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _opening;
    private int _hasStarted;

    /// <summary>Ends it.</summary>
    public RunEnd End { get; } = end;

    /// <summary>Ends when the run is over: nothing is in flight, every writer has ended or was abandoned. A fault of the program itself in
    /// the run's work is thrown here; it is also logged, and counted in <see cref="Faults"/>. A <see cref="RunException"/> and a lack of
    /// memory are only thrown.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Faults of the program itself so far.</summary>
    public long Faults => Loops.Faults;

    /// <summary>The account as it stands, as metrics.</summary>
    public abstract IEnumerable<Metric> Metrics { get; }

    /// <summary>Opens everything, without beginning: from now on there is an account. A second call does nothing.</summary>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <exception cref="RunException">Something it was asked for is not right or not to be had. Faults of sources, recordings and sockets
    /// come as they are.</exception>
    public Task PrepareAsync(CancellationToken cancellationToken) => _opening ??= OpenOnceAsync(cancellationToken);

    /// <summary>Begins, and opens everything before if that was not done yet.</summary>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <exception cref="RunException">As for <see cref="PrepareAsync"/>.</exception>
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        if (Interlocked.Exchange(ref _hasStarted, 1) != 0)
        {
            throw new InvalidOperationException("the run was started before");
        }

        _ = CompleteAsync();
    }

    /// <summary>Has it end, and waits until it is over; not at all when it was never started.</summary>
    /// <param name="cancellationToken">Ends the waiting; the run goes on ending, within its grace.</param>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        End.Stop();
        return HasStarted ? Completion.WaitAsync(cancellationToken) : Task.CompletedTask;
    }

    /// <summary>Makes its event loops, and counts faults.</summary>
    protected RunLoops Loops { get; } = loops;

    /// <summary>True once it has begun; what was opened for a run that never begins leaves nothing behind.</summary>
    protected bool HasStarted => Volatile.Read(ref _hasStarted) != 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens everything; what was opened before a fault is closed by <see cref="Dispose(bool)"/>.</summary>
    /// <param name="cancellationToken">Cancelled when the opening is to end, or the run.</param>
    protected abstract Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Works until the end.</summary>
    protected abstract Task WorkAsync();

    /// <summary>Lets what is in flight finish and ends the writers; called whatever came of the work.</summary>
    protected abstract Task FinishAsync();

    /// <summary>Closes what was opened.</summary>
    /// <param name="isDisposing">True, as no run has a finalizer.</param>
    protected abstract void Dispose(bool isDisposing);

    // What is thrown at once is kept in the task, so that a second call gets it, too, and opens nothing again.
    private async Task OpenOnceAsync(CancellationToken cancellationToken)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, End.Token);
        await OpenAsync(both.Token);
    }

    private async Task CompleteAsync()
    {
        var fault = await FaultOfAsync(WorkAsync);
        fault = await FaultOfAsync(FinishAsync) is { } last ? fault ?? last : fault;
        if (fault is null)
        {
            _completion.SetResult();
        }
        else
        {
            _completion.SetException(fault);
        }
    }

    private async Task<Exception?> FaultOfAsync(Func<Task> step)
    {
        try
        {
            await Task.Run(step);
            return null;
        }
        catch (Exception fault)
        {
            // What was asked for wrongly or cannot be had is no fault of the program; without memory nothing can be said here, either.
            if (fault is not (RunException or OutOfMemoryException))
            {
                Loops.OnFault(fault);
            }

            return fault;
        }
    }
}
