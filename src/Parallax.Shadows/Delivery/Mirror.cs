using Parallax.Traffic.Policy;

namespace Parallax.Shadows.Delivery;

/// <summary>One mirror: a policy and the target its shadows go to, with the account of what the policy decided.</summary>
/// <remarks>Thread safety: any number of <see cref="MirrorSet"/>s, each on its thread, may share it.</remarks>
public sealed class Mirror(MirrorPolicy policy, ShadowInbox target)
{
    /// <summary>Which requests are copied.</summary>
    public MirrorPolicy Policy { get; } = policy;

    /// <summary>Where the copies go.</summary>
    public ShadowInbox Target { get; } = target;

    /// <summary>What the policy decided.</summary>
    public MirrorCounters Counters { get; } = new();
}
