using Parallax.Wire.Http1;

namespace Parallax.Shadows.Clients;

/// <summary>Uses a connection: receives what happens on it from the request it is given to the end of the response. While it sends requests
/// ahead it receives their responses one after the other.</summary>
/// <remarks>Called on the loop's thread. A receiver that releases or aborts the connection hears nothing more of it; one that
/// closes it still hears <see cref="OnFailed"/>.</remarks>
public interface IResponseReceiver
{
    /// <summary>The first octets of a response came, a 1xx response included. Does nothing by default.</summary>
    void OnResponseBegun()
    {
    }

    /// <summary>The head of a response, interim or final.</summary>
    /// <param name="head">The head; valid until the response's end.</param>
    /// <param name="framing">How the response's body ends. After a final head with <see cref="BodyFraming.Tunnel"/> there is no more of the
    /// response; octets of a tunnel follow.</param>
    /// <param name="octets">The octets it was read from; valid during the call.</param>
    void OnResponseHead(MessageHead head, BodyFraming framing, ReadOnlySpan<byte> octets);

    /// <summary>A piece of the response's body.</summary>
    /// <param name="raw">With its framing; valid during the call.</param>
    /// <param name="content">Without; valid during the call.</param>
    /// <param name="form">Whether the framing must be rewritten.</param>
    void OnResponseBody(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> content, OldChunkForm form);

    /// <summary>The final response is complete.</summary>
    void OnResponseEnd();

    /// <summary>Octets of a tunnel; valid during the call.</summary>
    void OnTunnelOctets(ReadOnlySpan<byte> octets);

    /// <summary>The server ended its direction of a tunnel.</summary>
    void OnTunnelEnd();

    /// <summary>The server takes octets again.</summary>
    void OnServerWritable();

    /// <summary>The time set by <see cref="HttpClientConnection.SetDeadline"/> is over.</summary>
    void OnDeadline();

    /// <summary>The response will not be complete, or the rest of the request cannot be sent, or the server sent what no request asked for.
    /// The receiver closes or aborts a connection that is still open.</summary>
    void OnFailed(FailureReason failure);
}
