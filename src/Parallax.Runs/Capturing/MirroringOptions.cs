using Parallax.Proxy.Routing;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Runs.Capturing;

/// <summary>A mirror of a capture.</summary>
/// <remarks>Thread safety: immutable.</remarks>
/// <param name="Policy">Which requests are copied.</param>
/// <param name="Target">Where copies go.</param>
public sealed record MirrorOptions(MirrorPolicy Policy, ShadowTargetConfig Target)
{
    /// <summary>The mirror of documents that it stands for; null, the default, for one that every request may go to.</summary>
    public RouteMirror? Route { get; init; }
}

/// <summary>The mirrors of a capture.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record MirroringOptions
{
    /// <summary>The mirrors; none by default.</summary>
    public IReadOnlyList<MirrorOptions> Mirrors { get; init; } = [];

    /// <summary>The routes of documents; null without documents.</summary>
    public RoutingTable? Routes { get; init; }

    /// <summary>What decides together which requests are sampled.</summary>
    public StickyBy Sticky { get; init; } = StickyBy.Nothing;

    /// <summary>What requests are sampled by; null, the default, for draws at random and hashes without salt.</summary>
    public SampleSeed? Seed { get; init; }

    /// <summary>Knows shadows.</summary>
    public ShadowMark Mark { get; init; } = ShadowMark.OfThisProcess;

    /// <summary>The same with other targets.</summary>
    /// <param name="change">Makes one of each.</param>
    public MirroringOptions With(Func<ShadowTargetConfig, ShadowTargetConfig> change) => this with
    {
        Mirrors = [.. Mirrors.Select(mirror => mirror with { Target = change(mirror.Target) })],
    };
}
