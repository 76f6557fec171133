using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>Makes the loop that fits the system.</summary>
/// <remarks>Thread safety: any thread.</remarks>
public static class EventLoop
{
    /// <summary>A loop that is not started yet.</summary>
    /// <param name="name">Names the loop and its thread.</param>
    /// <returns>The epoll loop on Linux, the managed loop elsewhere. Both behave the same.</returns>
    public static IEventLoop Create(string name) => OperatingSystem.IsLinux() ? new EpollLoop(name) : CreateManaged(name);

    /// <summary>The loop for every system, which is slower than Linux's own: for tests that hold both against each other.</summary>
    /// <param name="name">Names the loop and its thread.</param>
    public static IEventLoop CreateManaged(string name) => new ManagedLoop(name);
}
