using Parallax.Shadows.Clients;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Delivery;

/// <summary>Which connection a request may take, and which request is next: what the two kinds of delivery differ in.</summary>
/// <remarks>Thread safety: belongs to the loop's thread, but for <see cref="EndSession"/>.</remarks>
internal interface IDeliveryKind
{
    /// <summary>Takes a request in: to a connection at once, or into the queue.</summary>
    /// <param name="request">Owned only when it was taken.</param>
    /// <returns>Why it was refused; that is counted already.</returns>
    DropReason Offer(in OutgoingRequest request);

    /// <summary>Asks whether a request of that size would be refused now; then that is counted.</summary>
    DropReason Refuse(long bytes);

    /// <summary>Takes from the queue and starts whatever can be started.</summary>
    void Serve();

    /// <summary>Starts whatever can be started now that a connection is gone.</summary>
    void ServeAfter(MessageConnection gone);

    /// <summary>A connection can take any request.</summary>
    void OnIdle(MessageConnection connection);

    /// <summary>A connection with requests in flight has one less of them.</summary>
    void OnRoom(MessageConnection connection);

    /// <summary>Forgets a connection that is closed.</summary>
    void Detach(MessageConnection connection);

    /// <summary>Sends a request for the second time, still counted as in flight. Takes ownership of the request.</summary>
    void Resend(MessageConnection failed, in OutgoingRequest request);

    /// <summary>Fails the request that waited longest for the connection that could not be made, so that a target that is down shows;
    /// unless there are other connections it can have.</summary>
    void FailOldest(MessageConnection connection, FailureReason failure);

    /// <summary>Drops every request that waits.</summary>
    void DropWaiting(DropReason reason);

    /// <summary>Closes the connections that carry nothing, where any connection takes any request.</summary>
    void CloseIdle();

    /// <summary>A captured connection is over, from any thread.</summary>
    void EndSession(long number);
}
