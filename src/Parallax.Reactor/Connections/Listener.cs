using System.Net;

namespace Parallax.Reactor.Connections;

/// <summary>A listening socket of one loop.</summary>
/// <remarks>Thread safety: <see cref="LocalEndPoint"/> may be read from any thread, everything else belongs to the loop's thread
/// (any one thread before the loop is started).</remarks>
public abstract class Listener : ILoopMember
{
    internal Listener(IPEndPoint localEndPoint) => LocalEndPoint = localEndPoint;

    /// <summary>Where it listens; the real port when port 0 was asked for.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>False once <see cref="Close"/> was called or the loop stopped.</summary>
    public abstract bool IsOpen { get; }

    /// <summary>Stops listening at once. Connections accepted already live on; those still in the kernel's backlog are reset.
    /// Calling it again does nothing.</summary>
    public abstract void Close();

    void ILoopMember.OnLoopStopped() => Close();
}
