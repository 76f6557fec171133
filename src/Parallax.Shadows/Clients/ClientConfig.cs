using System.Net;
using System.Net.Security;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Rewriting;

namespace Parallax.Shadows.Clients;

/// <summary>How a server is reached.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public abstract record ClientConfig
{
    /// <summary>Where it is. https needs a loop that speaks TLS.</summary>
    public required ServerUrl Url { get; init; }

    /// <summary>The addresses of the URL's host, resolved by the caller; at least one. Each attempt to connect after a failed one takes the
    /// next.</summary>
    public required IReadOnlyList<IPEndPoint> Addresses { get; init; }

    /// <summary>Writes the heads; null when every request comes with its final head, as
    /// <see cref="MessageBuilder.BeginPrepared"/> begins them.</summary>
    public required HeadRewriter? Rewriter { get; init; }

    /// <summary>The connections that may be had together with other clients; null, the default, for as many as the options say.</summary>
    public ConnectionShare? Share { get; init; }

    /// <summary>Lends what answers are kept in, see <see cref="ClientOptions.KeptAnswerBytes"/>; what goes beyond its limit is not kept.
    /// Null, the default, for a private pool of 256 MiB.</summary>
    public OctetPool? AnswerPool { get; init; }

    /// <summary>How TLS is spoken, asked for before each handshake; null, the default, to go by URL and options.</summary>
    public Func<SslClientAuthenticationOptions>? Tls { get; init; }
}
