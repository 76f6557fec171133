using System.Collections.Frozen;

namespace Parallax.Capture.Pipeline;

/// <summary>Which virtual networks are captured.</summary>
/// <param name="Allow">Only these; empty for all.</param>
/// <param name="Deny">Not these; wins over <paramref name="Allow"/>.</param>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record VniFilter(FrozenSet<int> Allow, FrozenSet<int> Deny)
{
    /// <summary>Lets everything pass.</summary>
    public static VniFilter All { get; } = new(FrozenSet<int>.Empty, FrozenSet<int>.Empty);

    /// <summary>True when packets of <paramref name="vni"/> are captured; packets outside a tunnel pass unless there is an allow list.
    /// </summary>
    public bool Lets(int vni) => (Allow.Count == 0 || Allow.Contains(vni)) && (Deny.Count == 0 || !Deny.Contains(vni));
}
