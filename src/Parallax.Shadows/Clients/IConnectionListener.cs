namespace Parallax.Shadows.Clients;

/// <summary>Learns what a connection can take, and how it ends.</summary>
/// <remarks>Called on the loop's thread.</remarks>
internal interface IConnectionListener : IConnectionHolder<MessageConnection>
{
    /// <summary>The first octets of a connection's first answer came.</summary>
    void OnAnswering();

    /// <summary>A connection has brought its first whole answer.</summary>
    void OnDelivered();

    /// <summary>A connection with requests in flight has one less of them.</summary>
    void OnRoom(MessageConnection connection);

    /// <summary>Sends a request whose connection turned out to be closed on another one. Takes ownership of the request when it
    /// does.</summary>
    /// <returns>False when no more requests are started.</returns>
    bool TryResend(MessageConnection failed, in OutgoingRequest request);

    /// <summary>A connection is closed and its requests settled.</summary>
    void OnGone(MessageConnection connection);
}
