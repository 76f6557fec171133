using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;
using Parallax.Wire.Packets;

namespace Parallax.Proxy.Routing;

/// <summary>A request as routing sees it: its head, and what is known of the connection it came on.</summary>
/// <remarks>A stack-only view, valid while the head's octets are.</remarks>
public readonly ref struct RoutedRequest
{
    /// <summary>The head.</summary>
    public required MessageHead Head { get; init; }

    /// <summary>The octets the head was read from.</summary>
    public required ReadOnlySpan<byte> Octets { get; init; }

    /// <summary>Scratch room of the calling thread.</summary>
    public required Latin1Scratch Scratch { get; init; }

    /// <summary>The client's address.</summary>
    public NetworkAddress Client { get; init; }

    /// <summary>Whether it came over TLS.</summary>
    public bool IsTls { get; init; }

    /// <summary>The parts of its target.</summary>
    internal TargetParts TargetParts => TargetParts.Of(Head, Octets);

    /// <summary>True when what the client says of itself (<c>x-forwarded-proto</c>, <c>x-forwarded-client-cert</c>, <c>x-envoy-*</c>) is
    /// believed by conditions on headers, too.</summary>
    public bool IsTrusted { get; init; }

    /// <summary>What the client speaks.</summary>
    internal ReadOnlySpan<byte> Scheme => IsTls ? "https"u8 : "http"u8;

    /// <summary>The authority the client asks for: that of an absolute-form target, else Host (RFC 9112 §3.2.2).</summary>
    internal ReadOnlySpan<byte> AuthorityOf(in TargetParts target) =>
        (target.Authority.IsEmpty ? Head.Host : target.Authority).Of(Octets);

    /// <summary>The same without the port.</summary>
    internal ReadOnlySpan<byte> HostOf(in TargetParts target)
    {
        var authority = AuthorityOf(target);
        return authority[..TargetParts.HostLengthOf(authority)];
    }
}
