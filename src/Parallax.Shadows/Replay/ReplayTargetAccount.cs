using Parallax.Shadows.Delivery;

namespace Parallax.Shadows.Replay;

/// <summary>The account of a <see cref="ReplayTarget"/>.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record ReplayTargetAccount
{
    /// <summary>Requests offered.</summary>
    public required long Offered { get; init; }

    /// <summary>Requests dropped before the shadow target saw them, indexed by <see cref="Traffic.Queues.DropReason"/>.</summary>
    public required IReadOnlyList<long> Dropped { get; init; }

    /// <summary>Requests dropped here and by the shadow target, indexed by <see cref="Traffic.Queues.DropReason"/>.</summary>
    public IReadOnlyList<long> AllDropped => [.. Dropped.Zip(Shadow.Dropped, static (here, there) => here + there)];

    /// <summary>What the shadow target did with the rest.</summary>
    public required ShadowAccount Shadow { get; init; }

    /// <summary>Values replaced, indexed by <see cref="SubstitutionPlace"/>.</summary>
    public required IReadOnlyList<long> Substitutions { get; init; }

    /// <summary>What came of each rule of state mapping; empty when there is none.</summary>
    public IReadOnlyList<StateRuleAccount> StateRules { get; init; } = [];

    /// <summary>What went through the middleware; null when there is none.</summary>
    public MiddlewareAccount? Middleware { get; init; }

    /// <summary>Requests that wait for their session's turn, or for the middleware.</summary>
    public long Waiting => Offered - Dropped.Sum() - Shadow.Offered;
}
