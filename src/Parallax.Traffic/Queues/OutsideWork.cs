namespace Parallax.Traffic.Queues;

/// <summary>Work on its own thread that something outside of the program can hold up for any time: a pipe that nobody reads, a disk,
/// another program. The end of a run waits for it, but no longer than it wants to.</summary>
/// <remarks>Nothing can interrupt a thread that sits in a system call. It is a background thread, so the process ends without it.
/// Thread safety: any thread.</remarks>
public sealed class OutsideWork
{
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts the work.</summary>
    /// <param name="name">Of the thread.</param>
    /// <param name="work">Handles its own exceptions.</param>
    public OutsideWork(string name, Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        void Run()
        {
            try
            {
                work();
            }
            finally
            {
                _over.SetResult();
            }
        }

        new Thread(Run) { Name = name, IsBackground = true }.Start();
    }

    /// <summary>Waits until the work is over.</summary>
    /// <param name="giveUp">Ends the waiting.</param>
    /// <returns>False when it is not over; the one that waited must no longer touch what the work uses.</returns>
    public bool AwaitEnd(CancellationToken giveUp)
    {
        try
        {
            _over.Task.Wait(giveUp);
            return true;
        }
        catch (OperationCanceledException)
        {
            return _over.Task.IsCompleted;
        }
    }
}
