using System.Net;
using Parallax.Reactor.Connections;

namespace Parallax.Proxy.Bounds;

/// <summary>What one client takes of what is bounded for all: its place among the connections, and the memory of its octets.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ClientShare
{
    private readonly ClientMemory _memory;
    private readonly ConnectionGate _gate;
    private readonly int _tlsBytes;

    // The socket's own address: whatever a PROXY protocol header says, this is who connected.
    private readonly IPAddress? _client;
    private int _heldBytes;
    private bool _isOver;

    /// <param name="memory">The memory of its loop's clients.</param>
    /// <param name="gate">Where it has a place.</param>
    /// <param name="connection">The client's connection.</param>
    /// <param name="isTls">Whether it speaks TLS, which takes memory, too.</param>
    public ClientShare(ClientMemory memory, ConnectionGate gate, Connection connection, bool isTls)
    {
        (_memory, _gate) = (memory, gate);
        _client = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        _tlsBytes = isTls ? ClientMemory.TlsBytes : 0;
        memory.Count(_tlsBytes);
    }

    /// <summary>Holds so many bytes from now on, instead of those before; after <see cref="Release"/> it does nothing.</summary>
    /// <returns>False when that is more than before, and more than there is for clients.</returns>
    public bool TryHold(int bytes)
    {
        if (bytes == _heldBytes || _isOver)
        {
            return true;
        }

        var hasGrown = bytes > _heldBytes;
        _memory.Count(bytes - _heldBytes);
        _heldBytes = bytes;
        return !hasGrown || !_memory.IsShort;
    }

    /// <summary>Gives everything back; calling it again does nothing.</summary>
    public void Release()
    {
        if (!_isOver)
        {
            _isOver = true;
            _memory.Count(-_heldBytes - _tlsBytes);
            _gate.Leave(_client);
        }
    }
}
