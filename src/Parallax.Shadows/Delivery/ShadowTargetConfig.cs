using Parallax.Shadows.Clients;

namespace Parallax.Shadows.Delivery;

/// <summary>What a <see cref="ShadowTarget"/> is made from. The share of connections is not looked at with
/// <see cref="ShadowOptions.KeepSessions"/>.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record ShadowTargetConfig : ClientConfig
{
    /// <summary>Its name in the account, in metrics and in the console.</summary>
    public required string Name { get; init; }

    /// <summary>The limits; the defaults by default.</summary>
    public ShadowOptions Options { get; init; } = ShadowOptions.Default;

    /// <summary>Told of every outcome; several may be added up. Null, the default, for nobody.</summary>
    public ShadowObserver? Observer { get; init; }
}

/// <summary>Told what became of a shadow request: exactly once for each that a target accepted.</summary>
/// <param name="target">The target's configuration.</param>
/// <param name="outcome">The outcome.</param>
/// <remarks>Called on the target's loop; it must neither block nor throw.</remarks>
public delegate void ShadowObserver(ShadowTargetConfig target, in ShadowOutcome outcome);
