using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>Brings what follows an await back to the loop's thread.</summary>
/// <remarks>Thread safety: <see cref="Post"/> from any thread, <see cref="Run"/> from the loop's.</remarks>
internal sealed class LoopContext(Agenda agenda) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) =>
        agenda.Posts.Continue(static next => ((Continuation)next!).Run(), new Continuation(this, d, state));

    /// <exception cref="NotSupportedException">Always: nobody may wait for the loop.</exception>
    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nobody may wait for a loop.");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs <paramref name="callback"/> at once; its awaits come back here.</summary>
    public void Run(SendOrPostCallback callback, object? state)
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

    private sealed record Continuation(LoopContext Context, SendOrPostCallback Callback, object? State)
    {
        public void Run() => Context.Run(Callback, State);
    }
}
