using Parallax.Reactor.Connections;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Clients;

/// <summary>Learns how the requests end that connections were given: exactly one end for each, unless it is sent again.</summary>
/// <remarks>Called on the loop's thread; may offer another request at once.</remarks>
internal interface IRequestListener
{
    /// <summary>A request's first octets are given to a connection, for the first or the second time.</summary>
    /// <param name="request">The request.</param>
    /// <param name="now">The time, in nanoseconds of the loop's clock.</param>
    void OnSending(in OutgoingRequest request, long now);

    /// <summary>A request is answered. Takes ownership of the request; a stream is ended by its connection.</summary>
    void OnAnswered(in SentRequest sent, in ClientAnswer answer);

    /// <summary>A request's connection ended before its answer. Takes ownership of the request; a stream is ended by its
    /// connection.</summary>
    /// <param name="sent">The request.</param>
    /// <param name="failure">What that means when it was the server's doing or the network's.</param>
    /// <param name="givenUp">Why its stream was abandoned; <see cref="DropReason.None"/> when it was not.</param>
    /// <param name="reason">Why the connection ended.</param>
    void OnUnanswered(in SentRequest sent, FailureReason failure, DropReason givenUp, CloseReason reason);
}
