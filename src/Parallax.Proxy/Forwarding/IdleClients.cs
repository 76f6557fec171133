namespace Parallax.Proxy.Forwarding;

/// <summary>Finds the connection of a client that is idle longest, when one has to make room. Nothing is kept up to date for that while
/// requests run: whoever is idle is looked for when it is asked, as many at a time as there are.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class IdleClients
{
    // Looking costs some tens of nanoseconds a connection: so much rest keeps it below a twentieth of the loop's time.
    private const long RestPerClient = 1000;

    private readonly Queue<ClientConnection> _oldest = [];
    private long _nextLook;

    /// <summary>Closes the one that is idle longest.</summary>
    /// <param name="clients">All of the loop's.</param>
    /// <param name="now">The loop's time.</param>
    /// <returns>False when none is idle.</returns>
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
        foreach (var client in clients.Where(client => client.IsIdle).OrderBy(client => client.IdleSince))
        {
            _oldest.Enqueue(client);
        }

        return TryCloseNext();
    }

    private bool TryCloseNext()
    {
        while (_oldest.TryDequeue(out var client))
        {
            if (client.TryCloseIdle())
            {
                return true;
            }
        }

        return false;
    }
}
