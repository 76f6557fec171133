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

    /// <summary>Stops listening. On Linux connections that wait in the kernel's backlog are accepted first, except those of an inherited
    /// socket, which wait for the next process; elsewhere they are reset. Connections accepted already live on. Calling it again does
    /// nothing.</summary>
    public abstract void Close();

    // Stops listening at once.
    private protected abstract void Release();

    void ILoopMember.OnLoopStopped() => Release();
}
