using System.Net;

namespace Parallax.Traffic.Matching;

/// <summary>What a <see cref="HeadRewriter"/> changes.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record RewriteConfig
{
    /// <summary>The mirror's name: the value of <c>x-parallax-shadow</c>. One line of visible US-ASCII.</summary>
    public required string MirrorName { get; init; }

    /// <summary>The target's authority as its URL has it, for <see cref="ShadowHostMode.Target"/>.</summary>
    public required string TargetAuthority { get; init; }

    /// <summary>What becomes of the authority; <see cref="ShadowHost.Suffix"/> by default.</summary>
    public ShadowHost Host { get; init; } = ShadowHost.Suffix;

    /// <summary>The address appended to <c>x-forwarded-for</c>; null, the default, leaves that header alone.</summary>
    public IPAddress? OwnAddress { get; init; }

    /// <summary>Changes to headers, in this order; at most 60. They win over what is changed otherwise.</summary>
    public IReadOnlyList<HeaderEdit> Edits { get; init; } = [];

    /// <summary>Change to the path; null, the default, keeps it.</summary>
    public PathRewrite? Path { get; init; }
}
