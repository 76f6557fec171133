using System.Diagnostics.CodeAnalysis;

namespace Parallax.Shadows.Clients;

/// <summary>A connection that can be in a list.</summary>
internal interface IListed<T>
    where T : class, IListed<T>
{
    /// <summary>The list it is in; null for none. Set by the list.</summary>
    ConnectionList<T>? List { get; set; }
}

/// <summary>Connections that can take something, the one added last first. A connection is in one list at most.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ConnectionList<T>
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

    /// <summary>Takes the connection added last out.</summary>
    public bool TryTake([NotNullWhen(true)] out T? connection)
    {
        connection = null;
        if (_connections.Count == 0)
        {
            return false;
        }

        connection = _connections[^1];
        connection.List = null;
        _connections.RemoveAt(_connections.Count - 1);
        return true;
    }

    /// <summary>Takes a connection out that is in this list.</summary>
    public void Remove(T connection)
    {
        // Most often it was added last, or not long ago.
        _connections.RemoveAt(_connections.LastIndexOf(connection));
        connection.List = null;
    }
}
