namespace Parallax.Reactor.Connections;

/// <summary>What is done with a connection's octets: the state machine behind one connection, or behind several of one loop.</summary>
/// <remarks>
/// Thread safety: every method is called on the loop's thread only, never two at a time and never from inside a call the handler
/// itself makes to a connection or loop. Any member of any connection of the same loop may be called from any of them.
/// A method that throws closes its connection with <see cref="CloseReason.Failed"/>; the loop reports the exception as a
/// fault and goes on.
/// </remarks>
public abstract class ConnectionHandler
{
    /// <summary>The connection is established: an outbound one is connected, an inbound one accepted; with TLS the handshake is done.
    /// Called once and before every other method, unless the connection fails before: then only <see cref="OnClosed"/> is called.</summary>
    public virtual void OnConnected(Connection connection)
    {
    }

    /// <summary>With <see cref="ListenOptions.HasPreface"/>: octets arrived that come before the TLS handshake. Called before
    /// <see cref="OnConnected"/>, until the preface is over. Unless overridden there is none.</summary>
    /// <param name="connection">Where they arrived.</param>
    /// <param name="octets">As for <see cref="OnReceived"/>.</param>
    /// <param name="isOver">True when the rest of them is the handshake's.</param>
    /// <returns>How many of them are done with. The rest is shown again with more after it.</returns>
    public virtual int OnPreface(Connection connection, ReadOnlySpan<byte> octets, out bool isOver)
    {
        isOver = true;
        return 0;
    }

    /// <summary>Octets arrived.</summary>
    /// <param name="connection">Where they arrived.</param>
    /// <param name="octets">Everything received and not yet consumed, contiguous and never empty; valid during the call only.</param>
    /// <returns>How many of them are done with, from the front: 0 to all. The rest is kept and shown again, with more after it, when
    /// more arrives, when a pause ends, or when the handler is replaced.</returns>
    public abstract int OnReceived(Connection connection, ReadOnlySpan<byte> octets);

    /// <summary>The peer ended its direction (FIN, or TLS close_notify); nothing more will be received and octets left unconsumed are not
    /// shown again. Writing is still possible. Unless overridden it sends what is pending and closes
    /// (<see cref="CloseReason.PeerClosed"/>).</summary>
    public virtual void OnReadEnded(Connection connection) => connection.Outflow.CloseWhenSent(CloseReason.PeerClosed);

    /// <summary>Reading is paused, and the peer has ended its direction already: it may still receive, or be gone. Octets it sent before
    /// wait to be read; <see cref="OnReadEnded"/> follows those once reading goes on. Called at most once. A reset closes the connection
    /// instead, paused or not. Does nothing unless overridden.</summary>
    public virtual void OnEndAhead(Connection connection)
    {
    }

    /// <summary>A congested connection has caught up: <see cref="Connection.PendingWriteBytes"/> is at or below the low watermark
    /// again.</summary>
    public virtual void OnWritable(Connection connection)
    {
    }

    /// <summary>The time given to <see cref="Connection.SetDeadline"/> has passed. The deadline is spent; the connection stays open
    /// unless the handler closes it. Called while the connection is still connecting, too.</summary>
    public virtual void OnDeadline(Connection connection)
    {
    }

    /// <summary>The connection is over. Called exactly once, last, for every connection, and never from inside the call that closed it but
    /// by the loop before it sleeps again. The connection ignores whatever is called on it from now on.</summary>
    public virtual void OnClosed(Connection connection, CloseReason reason)
    {
    }
}
