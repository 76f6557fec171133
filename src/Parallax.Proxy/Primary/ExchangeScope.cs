using Parallax.Proxy.Bounds;
using Parallax.Proxy.Clusters;
using Parallax.Proxy.Copies;

namespace Parallax.Proxy.Primary;

/// <summary>What the exchanges of one loop share.</summary>
/// <param name="Loop">The loop, its options and its counters.</param>
/// <param name="Clusters">The connections to primaries.</param>
/// <param name="Mirrors">The targets of copies.</param>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed record ExchangeScope(LoopContext Loop, WorkerClusters Clusters, WorkerMirrors Mirrors);
