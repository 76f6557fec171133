using System.Net;
using System.Net.Security;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Rewriting;

namespace Parallax.Shadows.Delivery;

/// <summary>What a <see cref="ShadowTarget"/> is made from.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record ShadowTargetConfig
{
    /// <summary>Its name in the account, in metrics and in the console.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is. https needs a loop that speaks TLS.</summary>
    public required ShadowUrl Url { get; init; }

    /// <summary>The addresses of the URL's host, resolved by the caller; at least one. Each attempt to connect after a failed one takes the
    /// next.</summary>
    public required IReadOnlyList<IPEndPoint> Addresses { get; init; }

    /// <summary>Writes the heads; null when every request comes with its final head, as
    /// <see cref="MessageBuilder.BeginPrepared"/> begins them.</summary>
    public required HeadRewriter? Rewriter { get; init; }

    /// <summary>The limits; the defaults by default.</summary>
    public ShadowOptions Options { get; init; } = ShadowOptions.Default;

    /// <summary>The connections it may have together with other targets; null, the default, for as many as the options say. Not looked at
    /// with <see cref="ShadowOptions.KeepSessions"/>.</summary>
    public ConnectionShare? Share { get; init; }

    /// <summary>How TLS is spoken, asked for before each handshake; null, the default, to go by URL and options.</summary>
    public Func<SslClientAuthenticationOptions>? Tls { get; init; }

    /// <summary>Lends what answers are kept in, see <see cref="ShadowOptions.KeptAnswerBytes"/>; what goes beyond its limit is not kept.
    /// Null, the default, for a pool that the target makes, of 256 MiB.</summary>
    public OctetPool? AnswerPool { get; init; }

    /// <summary>Told of every outcome; several may be added up. Null, the default, for nobody.</summary>
    public ShadowObserver? Observer { get; init; }
}

/// <summary>Told what became of a shadow request: exactly once for each that a target accepted.</summary>
/// <param name="target">The target's configuration.</param>
/// <param name="outcome">The outcome.</param>
/// <remarks>Called on the target's loop; it must neither block nor throw.</remarks>
public delegate void ShadowObserver(ShadowTargetConfig target, in ShadowOutcome outcome);
