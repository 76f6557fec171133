using Parallax.Shadows.Clients;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Clusters;

/// <summary>Receives what happens on a connection to a primary, from the request that is sent on it to the end of the response.</summary>
/// <remarks>Called on the loop's thread. A listener that releases or aborts the connection hears nothing more of it.</remarks>
internal interface IUpstreamListener
{
    /// <summary>The head of a response, interim or final.</summary>
    /// <param name="head">The head; valid until the response's end.</param>
    /// <param name="framing">How the response's body ends.</param>
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

    /// <summary>The primary ended its direction of a tunnel.</summary>
    void OnTunnelEnd();

    /// <summary>The primary takes octets again.</summary>
    void OnUpstreamWritable();

    /// <summary>The connection failed before the end of the response; it cannot be used any longer.</summary>
    void OnUpstreamFailed(FailureReason failure);
}
