using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>The way back to a loop's thread.</summary>
internal static class LoopReturn
{
    /// <summary>Completes on the loop's thread, at once when called there. Choosing and judging certificates is other people's code, which
    /// may come back on another thread.</summary>
    public static Task ToAsync(IEventLoop loop)
    {
        if (loop.IsLoopThread)
        {
            return Task.CompletedTask;
        }

        var back = new TaskCompletionSource();
        loop.Post(static state => ((TaskCompletionSource)state!).SetResult(), back);
        return back.Task;
    }
}
