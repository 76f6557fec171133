using Parallax.Traffic.Policy;

namespace Parallax.Shadows.Delivery;

/// <summary>One mirror: a policy and the target its shadows go to, with the account of what the policy decided.</summary>
/// <remarks>Thread safety: any number of <see cref="MirrorSet"/>s, each on its thread, may share it.</remarks>
/// <param name="policy">Which requests are copied.</param>
/// <param name="target">Where the copies go.</param>
/// <param name="counters">Counts what the policy decides; null, the default, for new ones.</param>
public sealed class Mirror(MirrorPolicy policy, ShadowInbox target, MirrorCounters? counters = null)
{
    /// <summary>Which requests are copied.</summary>
    public MirrorPolicy Policy { get; } = policy;

    /// <summary>Where the copies go.</summary>
    public ShadowInbox Target { get; } = target;

    /// <summary>What the policy decided.</summary>
    public MirrorCounters Counters { get; } = counters ?? new();
}
