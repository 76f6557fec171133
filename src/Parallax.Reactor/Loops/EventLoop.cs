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
    /// <param name="clock">What the loop measures time by (<see cref="IEventLoop.Clock"/>); the system's by default. The loop sleeps by the
    /// system's time all the same: a clock that a test turns by hand belongs to a <see cref="SimulatedNetwork"/>.</param>
    /// <returns>The epoll loop on Linux, the managed loop elsewhere. Both behave the same.</returns>
    public static IEventLoop Create(string name, Action<Exception> onFault, TimeProvider? clock = null) =>
        OperatingSystem.IsLinux() ? new EpollLoop(name, onFault, clock ?? TimeProvider.System) : CreateManaged(name, onFault, clock);

    /// <summary>The loop for every system, which is slower than Linux's own: for tests that hold both against each other.</summary>
    /// <param name="name">Names the loop and its thread.</param>
    /// <param name="onFault">As for <see cref="Create"/>.</param>
    /// <param name="clock">As for <see cref="Create"/>.</param>
    public static IEventLoop CreateManaged(string name, Action<Exception> onFault, TimeProvider? clock = null) =>
        new ManagedLoop(name, onFault, clock ?? TimeProvider.System);
}
