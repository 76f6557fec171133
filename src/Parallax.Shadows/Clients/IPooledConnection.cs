using System.Net;
using Parallax.Reactor.Connections;

namespace Parallax.Shadows.Clients;

/// <summary>A connection that a <see cref="ConnectionPool{TConnection}"/> can have.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
/// <typeparam name="TConnection">The kind of connection.</typeparam>
public interface IPooledConnection<TConnection>
    where TConnection : class
{
    /// <summary>Its place in a <see cref="ConnectionList{TConnection}"/>, maintained by that list; null before it was in any.</summary>
    LinkedListNode<TConnection>? Place { get; set; }

    /// <summary>True when it is established, open and carries nothing.</summary>
    bool IsIdle { get; }

    /// <summary>Starts to connect.</summary>
    void Connect(IEventLoop loop, IPEndPoint address, ConnectOptions options);

    /// <summary>Closes it.</summary>
    void Close();

    /// <summary>Takes it out of the list it is in, if any.</summary>
    void LeaveList() => Place?.List?.Remove(Place);
}
