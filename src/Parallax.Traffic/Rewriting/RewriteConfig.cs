using System.Net;

namespace Parallax.Traffic.Rewriting;

/// <summary>What a <see cref="HeadRewriter"/> changes.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record RewriteConfig
{
    /// <summary>Which head is written; <see cref="HeadLeg.Captured"/> by default.</summary>
    public HeadLeg Leg { get; init; }

    /// <summary>The mirror's name: the value of <c>x-parallax-shadow</c>, one line of visible US-ASCII. Null, the default, when the head is
    /// not that of a shadow.</summary>
    public string? MirrorName { get; init; }

    /// <summary>Proves that the shadow is ours; by default a key of this process alone.</summary>
    public ShadowMark Mark { get; init; } = ShadowMark.OfThisProcess;

    /// <summary>The target's authority as its URL has it, for <see cref="ShadowHostMode.Target"/>, and for a request that comes without any
    /// through a proxy.</summary>
    public string TargetAuthority { get; init; } = "";

    /// <summary>An authority that replaces the request's before <see cref="Host"/> looks at it; null, the default, for none.</summary>
    public string? Authority { get; init; }

    /// <summary>What becomes of the authority; <see cref="ShadowHost.Suffix"/> by default in a shadow's head, otherwise it is
    /// kept.</summary>
    public ShadowHost? Host { get; init; }

    /// <summary>The address appended to <c>x-forwarded-for</c>; null, the default, leaves that header alone. For captured requests; a
    /// proxy's is in <see cref="HeadInputs"/>.</summary>
    public IPAddress? OwnAddress { get; init; }

    /// <summary>Changes to headers, carried out one after the other; at most 60. They win over what is changed otherwise.</summary>
    public IReadOnlyList<HeaderEdit> Edits { get; init; } = [];

    /// <summary>Change to the path; null, the default, keeps it.</summary>
    public PathRewrite? Path { get; init; }
}
