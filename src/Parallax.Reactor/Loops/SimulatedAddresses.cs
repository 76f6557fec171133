using System.Net;
using System.Net.Sockets;

namespace Parallax.Reactor.Loops;

/// <summary>What listens where on a simulated network.</summary>
/// <remarks>Thread safety: belongs to the thread that runs its network.</remarks>
internal sealed class SimulatedAddresses
{
    private const int FirstFreePort = 49_152;

    private readonly List<SimulatedBacklog> _backlogs = [];
    private readonly HashSet<IPEndPoint> _silent = [];
    private int _nextPort = FirstFreePort;
    private int _connections;

    /// <summary>Listens at <paramref name="local"/>; port 0 for any.</summary>
    /// <exception cref="SocketException">The address is in use.</exception>
    public SimulatedBacklog Listen(IPEndPoint local, bool isShared)
    {
        var at = local.Port == 0 ? new IPEndPoint(local.Address, NextPort()) : local;
        if (_backlogs.Any(other => IsServedBy(at, other) && !(isShared && other.IsShared)))
        {
            throw new SocketException((int)SocketError.AddressAlreadyInUse);
        }

        var backlog = new SimulatedBacklog(at, isShared, closed => _backlogs.Remove(closed));
        _backlogs.Add(backlog);
        return backlog;
    }

    /// <summary>Connects to the listener at <paramref name="remote"/>; several that share it take turns.</summary>
    /// <returns>Our end; null when no answer will come.</returns>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public SimulatedSocket? Connect(IPEndPoint remote)
    {
        if (_silent.Contains(remote))
        {
            return null;
        }

        var listening = _backlogs.Where(each => IsServedBy(remote, each)).ToList();
        if (listening.Count == 0)
        {
            throw new SocketException((int)SocketError.ConnectionRefused);
        }

        var local = new IPEndPoint(
            remote.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Loopback : IPAddress.Loopback, NextPort());
        var (client, server) = SimulatedSocket.Pair(local, remote);
        listening[_connections++ % listening.Count].Add(server);
        return client;
    }

    /// <summary>Whether connects to <paramref name="remote"/> are left without an answer.</summary>
    public void SetSilent(IPEndPoint remote, bool isSilent) => _ = isSilent ? _silent.Add(remote) : _silent.Remove(remote);

    private static bool IsServedBy(IPEndPoint remote, SimulatedBacklog backlog) => backlog.Local.Port == remote.Port
        && (backlog.Local.Address.Equals(remote.Address)
            || backlog.Local.Address.Equals(IPAddress.IPv6Any)
            || (backlog.Local.Address.Equals(IPAddress.Any) && remote.AddressFamily == AddressFamily.InterNetwork));

    private int NextPort() => _nextPort++;
}
