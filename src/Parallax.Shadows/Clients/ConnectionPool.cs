using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using Parallax.Reactor.Connections;

namespace Parallax.Shadows.Clients;

/// <summary>The connections of one loop to one server: opens them, if its permit allows it, and keeps those that are idle. Of these the one
/// used last is used first, so that those not needed grow idle and close.</summary>
/// <remarks>The holder of a connection reports its end with <see cref="Remove"/>. Thread safety: belongs to the loop's thread, but for
/// <see cref="Opened"/>.</remarks>
/// <typeparam name="TConnection">The kind of connection.</typeparam>
/// <param name="loop">The loop.</param>
/// <param name="options">How connections are made.</param>
/// <param name="tls">How TLS is spoken, asked for before each connection; null to go by the options.</param>
/// <param name="permit">Has a say in whether there may be another one; null when nobody has.</param>
public sealed class ConnectionPool<TConnection>(
    IEventLoop loop, ConnectOptions options, Func<SslClientAuthenticationOptions?>? tls, IConnectionPermit? permit)
    where TConnection : class, IPooledConnection<TConnection>
{
    private readonly HashSet<TConnection> _connections = [];
    private readonly ConnectionList<TConnection> _idle = new(static connection => connection.IsIdle);
    private ConnectOptions _options = options;
    private long _opened;

    /// <summary>Every connection not closed.</summary>
    public IReadOnlyCollection<TConnection> Connections => _connections;

    /// <summary>How many were opened; any thread.</summary>
    public long Opened => Volatile.Read(ref _opened);

    /// <summary>Asks for permission to open another connection; if it is granted, <see cref="Open"/> must be called.</summary>
    public bool TryBegin() => permit is null || permit.TryBegin(_connections.Count);

    /// <summary>Starts to connect.</summary>
    public void Open(TConnection connection, IPEndPoint address)
    {
        Volatile.Write(ref _opened, _opened + 1);
        _connections.Add(connection);
        _options = _options.WithTls(tls?.Invoke());
        connection.Connect(loop, address, _options);
    }

    /// <summary>A connection is idle.</summary>
    public void AddIdle(TConnection connection) => _idle.Add(connection);

    /// <summary>Takes an idle connection, if there is one.</summary>
    public bool TryTakeIdle([NotNullWhen(true)] out TConnection? connection) => _idle.TryTake(out connection);

    /// <summary>A connection is closed.</summary>
    public void Remove(TConnection connection)
    {
        _connections.Remove(connection);
        connection.LeaveList();
        permit?.End();
    }

    /// <summary>Closes the connection that was idle longest. Its place is free when its end is reported, later in the turn.</summary>
    /// <returns>False when none is idle.</returns>
    public bool TryCloseIdle()
    {
        if (!_idle.TryTakeOldest(out var oldest))
        {
            return false;
        }

        oldest.Close();
        return true;
    }

    /// <summary>Closes all that are idle.</summary>
    public void CloseIdle()
    {
        while (TryCloseIdle())
        {
        }
    }
}
