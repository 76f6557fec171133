namespace Parallax.Reactor.Tests.Loops;

/// <summary>The loop a suite runs on.</summary>
public enum LoopKind
{
    Epoll,
    Managed,
    Simulated,
}
