using System.Net;

namespace Parallax.Reactor.Loops;

/// <summary>A simulated address at which connections are accepted, and those that wait for it.</summary>
/// <remarks>Thread safety: belongs to the thread that runs its network.</remarks>
internal sealed class SimulatedBacklog(IPEndPoint local, bool isShared, Action<SimulatedBacklog> remove)
{
    private readonly Queue<SimulatedSocket> _waiting = new();

    public IPEndPoint Local => local;

    /// <summary>Whether others may listen at the same address.</summary>
    public bool IsShared => isShared;

    public bool IsOpen { get; private set; } = true;

    public bool Any => _waiting.Count > 0;

    /// <summary>Called when a connection waits.</summary>
    public Action? Changed { get; set; }

    public bool TryAccept(out SimulatedSocket socket) => _waiting.TryDequeue(out socket!);

    public void Add(SimulatedSocket socket)
    {
        _waiting.Enqueue(socket);
        Changed?.Invoke();
    }

    /// <summary>Listens no more; those that wait are reset.</summary>
    public void Close()
    {
        if (IsOpen)
        {
            IsOpen = false;
            remove(this);
            while (TryAccept(out var socket))
            {
                socket.Close(isAbort: true);
            }
        }
    }
}
