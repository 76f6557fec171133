using Parallax.Traffic.Exchanges;
using Parallax.Wire.Packets;

namespace Parallax.Shadows.Replay;

/// <summary>The state of clients by their addresses: a browser logs in on one connection and uses what it was given on another.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ClientStates
{
    private const int MaxClients = 4096;
    private const int MaxValuesOfClient = 4096;
    private const int MaxValuesOfSession = 512;

    // Dozens of long tokens, or hundreds of ids. With every client at its bound: 512 MiB.
    private const int MaxBytesOfClient = 128 << 10;
    private const int MaxBytesOfSession = 64 << 10;

    private readonly Dictionary<NetworkAddress, LinkedListNode<(NetworkAddress Address, StateMap State)>> _clients = [];
    private readonly LinkedList<(NetworkAddress Address, StateMap State)> _leastRecent = [];

    /// <summary>A state for a new session.</summary>
    /// <param name="client">Its client; the default when not known, and then it shares nothing.</param>
    public StateMap NewSession(Endpoint client) =>
        new(MaxValuesOfSession, MaxBytesOfSession, client == default ? null : Of(client.Address));

    private StateMap Of(NetworkAddress address)
    {
        if (_clients.TryGetValue(address, out var known))
        {
            _leastRecent.Remove(known);
            _leastRecent.AddLast(known);
            return known.Value.State;
        }

        if (_clients.Count == MaxClients)
        {
            _clients.Remove(_leastRecent.First!.Value.Address);
            _leastRecent.RemoveFirst();
        }

        var state = new StateMap(MaxValuesOfClient, MaxBytesOfClient);
        _clients.Add(address, _leastRecent.AddLast((address, state)));
        return state;
    }
}
