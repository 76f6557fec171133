using System.Diagnostics.CodeAnalysis;

namespace Parallax.Shadows.Clients;

/// <summary>A connection that can be in a list.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
public interface IListed<T>
    where T : class, IListed<T>
{
    /// <summary>The list it is in; null for none. Set by the list.</summary>
    ConnectionList<T>? List { get; set; }
}

/// <summary>Connections that can take something, the one added last first, so that those not needed grow idle. A connection is in one list
/// at most.</summary>
/// <remarks>It owns none of them: one that is closed is to be removed by its owner. Thread safety: belongs to the loop's thread.</remarks>
/// <param name="isUsable">False for a connection that can take nothing any longer. One that is closed but has not reported it yet is such
/// a one.</param>
public sealed class ConnectionList<T>(Func<T, bool> isUsable)
    where T : class, IListed<T>
{
    private readonly List<T> _connections = [];

    /// <summary>Adds a connection, or moves it here from another list.</summary>
    public void Add(T connection)
    {
        if (connection.List != this)
        {
            connection.List?.Remove(connection);
            connection.List = this;
            _connections.Add(connection);
        }
    }

    /// <summary>Takes the usable connection out that was added last; those added after it, which cannot be used, are out as well.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryTake([NotNullWhen(true)] out T? connection)
    {
        while (_connections.Count > 0)
        {
            connection = TakeAt(_connections.Count - 1);
            if (isUsable(connection))
            {
                return true;
            }
        }

        connection = null;
        return false;
    }

    /// <summary>Takes the connection out that was added first, usable or not. Takes time in proportion to the list's length.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryTakeOldest([NotNullWhen(true)] out T? connection)
    {
        connection = _connections.Count > 0 ? TakeAt(0) : null;
        return connection is not null;
    }

    /// <summary>Takes a connection out that is in this list.</summary>
    public void Remove(T connection)
    {
        // Most often it was added last, or not long ago.
        TakeAt(_connections.LastIndexOf(connection));
    }

    private T TakeAt(int index)
    {
        var connection = _connections[index];
        _connections.RemoveAt(index);
        connection.List = null;
        return connection;
    }
}
