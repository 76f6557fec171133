namespace Parallax.Proxy.Serving;

/// <summary>Finds the connection of a client that is to make room: the one that is idle longest or, when none is idle, the one that is
/// unfinished longest. Nothing is kept up to date for that while requests run: they are looked for when it is asked, as many at a time as
/// there are.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class IdleClients
{
    // Looking costs some tens of nanoseconds a connection: so much rest keeps it below a twentieth of the loop's time.
    private const long RestPerClient = 1000;

    private readonly Queue<ClientConnection> _oldest = [];
    private long _nextLook;

    /// <summary>Closes one.</summary>
    /// <param name="clients">All of the loop's.</param>
    /// <param name="now">The loop's time.</param>
    /// <returns>False when none is idle or too slow.</returns>
    public bool TryCloseOldest(IReadOnlyCollection<ClientConnection> clients, long now)
    {
        if (TryCloseNext())
        {
            return true;
        }

        if (now < _nextLook)
        {
            return false;
        }

        _nextLook = now + (clients.Count * RestPerClient);
        Add(clients.Where(client => client.Room.IsIdle));
        if (_oldest.Count == 0)
        {
            Add(clients.Where(client => client.Room.IsTooSlow));
        }

        return TryCloseNext();
    }

    private void Add(IEnumerable<ClientConnection> clients)
    {
        foreach (var client in clients.OrderBy(client => client.Room.Since))
        {
            _oldest.Enqueue(client);
        }
    }

    private bool TryCloseNext()
    {
        while (_oldest.TryDequeue(out var client))
        {
            if (client.TryMakeRoom())
            {
                return true;
            }
        }

        return false;
    }
}
