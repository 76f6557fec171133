using System.Diagnostics.CodeAnalysis;

namespace Parallax.Shadows.Clients;

/// <summary>Connections that can take something, the one added last first, so that those not needed grow idle. A connection is in one list
/// at most.</summary>
/// <remarks>It owns none of them: the owner of one that is closed calls <see cref="IPooledConnection{TConnection}.LeaveList"/>. Every call
/// takes the same time, however many there are, but for those skipped. Thread safety: belongs to the loop's thread.</remarks>
/// <param name="isUsable">False for a connection that can take nothing any longer. One that is closed but has not reported it yet is such
/// a one.</param>
public sealed class ConnectionList<TConnection>(Func<TConnection, bool> isUsable)
    where TConnection : class, IPooledConnection<TConnection>
{
    private readonly LinkedList<TConnection> _connections = new();

    /// <summary>Adds a connection, or moves it here from another list.</summary>
    public void Add(TConnection connection)
    {
        var place = connection.Place ??= new LinkedListNode<TConnection>(connection);
        if (place.List != _connections)
        {
            place.List?.Remove(place);
            _connections.AddLast(place);
        }
    }

    /// <summary>Takes the usable connection out that was added last; those added after it, which cannot be used, are out as well.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryTake([NotNullWhen(true)] out TConnection? connection)
    {
        while (TryTake(_connections.Last, out connection))
        {
            if (isUsable(connection))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes the connection out that was added first, usable or not.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryTakeOldest([NotNullWhen(true)] out TConnection? connection) => TryTake(_connections.First, out connection);

    private bool TryTake(LinkedListNode<TConnection>? place, [NotNullWhen(true)] out TConnection? connection)
    {
        connection = place?.Value;
        if (place is null)
        {
            return false;
        }

        _connections.Remove(place);
        return connection is not null;
    }
}
