using System.Net;
using Parallax.Reactor.Connections;

namespace Parallax.Proxy.Forwarding;

/// <summary>What one client takes of what is bounded for all: its place among the connections, and the memory of its octets.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ClientShare(ProxyWorker worker, Connection connection)
{
    // The socket's own address: whatever a PROXY protocol header says, this is who connected.
    private readonly IPAddress? _client = (connection.RemoteEndPoint as IPEndPoint)?.Address;
    private int _heldBytes;
    private bool _isOver;

    /// <summary>Holds so many bytes from now on, instead of those before.</summary>
    /// <returns>False when that is more than before, and more than there is for clients.</returns>
    public bool TryHold(int bytes)
    {
        if (bytes == _heldBytes)
        {
            return true;
        }

        var hasGrown = bytes > _heldBytes;
        worker.CountHeld(bytes - _heldBytes);
        _heldBytes = bytes;
        return !hasGrown || !worker.IsShortOfMemory;
    }

    /// <summary>Gives everything back; calling it again does nothing.</summary>
    public void Release()
    {
        if (!_isOver)
        {
            _isOver = true;
            worker.CountHeld(-_heldBytes);
            worker.Gate.Leave(_client);
        }
    }
}
