using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>Brings what follows an await back to the loop's thread.</summary>
/// <remarks>Thread safety: <see cref="Post"/> from any thread, all else from the loop's.</remarks>
internal sealed class LoopContext(LoopState loop) : SynchronizationContext
{
    /// <summary>What the loop keeps.</summary>
    public LoopState Loop => loop;

    /// <summary>How much asynchronous work has not ended.</summary>
    public int Running { get; private set; }

    public override void Post(SendOrPostCallback d, object? state) =>
        loop.Posts.Continue(static next => ((Continuation)next!).Run(), new Continuation(this, d, state));

    /// <exception cref="NotSupportedException">Always: nobody may wait for the loop.</exception>
    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nobody may wait for a loop.");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Starts asynchronous work, whose every step runs on the loop's thread. The loop does not end before the work has.</summary>
    public void Begin(Func<Task> work)
    {
        Running++;
        Run(static state => _ = ((Work)state!).RunAsync(), new Work(this, work));
    }

    // Runs a callback at once; its awaits come back here.
    private void Run(SendOrPostCallback callback, object? state)
    {
        var outer = Current;
        SetSynchronizationContext(this);
        try
        {
            callback(state);
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }

    private void End(Exception? fault)
    {
        Running--;
        if (fault is not null)
        {
            loop.Faults.Report(fault);
        }
    }

    private sealed record Continuation(LoopContext Context, SendOrPostCallback Callback, object? State)
    {
        public void Run() => Context.Run(Callback, State);
    }

    private sealed record Work(LoopContext Context, Func<Task> Steps)
    {
        public async Task RunAsync()
        {
            Exception? fault = null;
            try
            {
                await Steps();
            }
            catch (Exception exception)
            {
                fault = exception;
            }

            Context.End(fault);
        }
    }
}
