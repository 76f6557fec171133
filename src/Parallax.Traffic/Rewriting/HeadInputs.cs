namespace Parallax.Traffic.Rewriting;

/// <summary>Which head a <see cref="HeadRewriter"/> writes.</summary>
public enum HeadLeg : byte
{
    /// <summary>That of a captured request's copy: the head as it was seen, fit for a connection of ours.</summary>
    Captured,

    /// <summary>That of a request a proxy sends on, to the primary or (with <see cref="RewriteConfig.MirrorName"/>) to a shadow.</summary>
    Request,

    /// <summary>That of a response a proxy sends back to its client.</summary>
    Response,
}

/// <summary>How the body of a response is framed for the client, against how it came.</summary>
public enum ClientFraming : byte
{
    /// <summary>As it came.</summary>
    Kept,

    /// <summary>It came to the connection's end and becomes chunked: Transfer-Encoding is added.</summary>
    Chunked,

    /// <summary>It came chunked and ends with the connection, for a client of HTTP/1.0: Transfer-Encoding is left out.</summary>
    ToTheEnd,

    /// <summary>A tunnel follows, which has no length: Content-Length and Transfer-Encoding are left out (RFC 9110 §9.3.6).</summary>
    Tunnel,
}

/// <summary>What a <see cref="HeadRewriter"/> writes that is another thing for each message. Nothing of it concerns
/// <see cref="HeadLeg.Captured"/>.</summary>
/// <remarks>A stack-only view over octets of the caller.</remarks>
public readonly ref struct HeadInputs
{
    /// <summary>The client's address as text, appended to <c>x-forwarded-for</c>; empty to leave that header alone.</summary>
    public ReadOnlySpan<byte> ClientAddress { get; init; }

    /// <summary>The proxy's own address as text, appended after the client's in a shadow's head; empty for none.</summary>
    public ReadOnlySpan<byte> OwnAddress { get; init; }

    /// <summary>The value of <c>x-request-id</c> for a request that brought none; empty to add none.</summary>
    public ReadOnlySpan<byte> RequestId { get; init; }

    /// <summary>True when the client came over TLS: the value of <c>x-forwarded-proto</c>.</summary>
    public bool IsTls { get; init; }

    /// <summary>True when the client is a proxy that is believed: what it says in <c>x-forwarded-proto</c>, <c>x-forwarded-client-cert</c>
    /// and <c>x-envoy-*</c> stays.</summary>
    public bool IsTrusted { get; init; }

    /// <summary>True for a request that is a shadow of ours, see <see cref="ShadowMark.Made"/>: its mark stays.</summary>
    public bool IsShadow { get; init; }

    /// <summary>Value of <c>x-forwarded-client-cert</c>: what is known of the certificate that the client showed. It takes the place of
    /// what the client says there itself; empty when it showed none.</summary>
    public ReadOnlySpan<byte> ClientCertificate { get; init; }

    /// <summary>Octets of the path that the route's match covers, for <see cref="PathRewrite"/>.</summary>
    public int MatchedPrefix { get; init; }

    /// <summary>True when the connection changes its protocol: Upgrade is kept, and Connection says so. A tunnel that CONNECT makes has
    /// neither.</summary>
    public bool IsUpgrade { get; init; }

    /// <summary>Value of the Connection header of a response: <c>close</c> or <c>keep-alive</c>; empty for no such header.</summary>
    public ReadOnlySpan<byte> Connection { get; init; }

    /// <summary>How a response's body is framed.</summary>
    public ClientFraming Framing { get; init; }

    /// <summary>Whole field lines, each with its CRLF, added after all others. Fields of the original with the same names give way, but
    /// for Set-Cookie and Vary.</summary>
    public ReadOnlySpan<byte> AddedLines { get; init; }

    /// <summary>What header values with operators may tell; null when there is none of them.</summary>
    public HeadFacts? Facts { get; init; }
}
