using Parallax.Reactor.Connections;

namespace Parallax.Shadows.Clients;

/// <summary>Holds connections to a server: learns when one can be used, and when it is closed.</summary>
/// <remarks>Called on the loop's thread. A connection knows its holder by this interface only.</remarks>
/// <typeparam name="TConnection">The kind of connection.</typeparam>
public interface IConnectionHolder<in TConnection>
    where TConnection : class
{
    /// <summary>A connection is established.</summary>
    void OnConnected(TConnection connection);

    /// <summary>A connection can take any request.</summary>
    void OnIdle(TConnection connection);

    /// <summary>A connection is closed; its requests, if any, end after this.</summary>
    void OnLost(TConnection connection, CloseReason reason);
}
