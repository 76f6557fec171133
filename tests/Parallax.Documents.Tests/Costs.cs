namespace Parallax.Documents.Tests;

/// <summary>Tests that measure processor time run alone, after all others: what shares caches with them would be measured,
/// too.</summary>
[CollectionDefinition(nameof(Costs), DisableParallelization = true)]
public sealed class Costs;
