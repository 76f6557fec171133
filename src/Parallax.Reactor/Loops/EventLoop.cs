using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>Makes the loop that fits the system.</summary>
/// <remarks>Thread safety: any thread.</remarks>
public static class EventLoop
{
    /// <summary>A loop that is not started yet.</summary>
    /// <param name="name">Names the loop and its thread.</param>
    /// <param name="onFault">Called with every exception that a handler or callback throws, on the loop's thread; must not throw. The loop
    /// goes on, and <see cref="LoopCounters.Faults"/> counts it.</param>
    /// <returns>The epoll loop on Linux, the managed loop elsewhere. Both behave the same.</returns>
    public static IEventLoop Create(string name, Action<Exception> onFault) =>
        OperatingSystem.IsLinux() ? new EpollLoop(name, onFault) : CreateManaged(name, onFault);

    /// <summary>The loop for every system, which is slower than Linux's own: for tests that hold both against each other.</summary>
    /// <param name="name">Names the loop and its thread.</param>
    /// <param name="onFault">As for <see cref="Create"/>.</param>
    public static IEventLoop CreateManaged(string name, Action<Exception> onFault) => new ManagedLoop(name, onFault);
}
