using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>Makes the loop that fits the system and the task.</summary>
/// <remarks>Thread safety: any thread.</remarks>
public static class EventLoop
{
    /// <summary>A loop that is not started yet.</summary>
    /// <param name="name">Names the loop and its thread.</param>
    /// <param name="tls">Whether its connections may speak TLS. The loop that can is slower, so ask for it only where it is needed.</param>
    /// <returns>The epoll loop for plain text on Linux, the managed loop otherwise. Both behave the same.</returns>
    public static IEventLoop Create(string name, bool tls = false) =>
        OperatingSystem.IsLinux() && !tls ? new EpollLoop(name) : new ManagedLoop(name);
}
