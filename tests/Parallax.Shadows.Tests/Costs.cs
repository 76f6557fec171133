namespace Parallax.Shadows.Tests;

/// <summary>Tests that measure processor time or the heap run alone, after all others: what shares caches or the heap with them would be
/// measured, too.</summary>
[CollectionDefinition(nameof(Costs), DisableParallelization = true)]
public sealed class Costs;
