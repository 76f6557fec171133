using Parallax.Shadows.Clients;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Cli.CommandLine;

/// <summary>A target of copies with what is said of it alone.</summary>
/// <remarks>Thread safety: immutable, but for the rate's bucket.</remarks>
internal sealed record CopyTarget
{
    /// <summary>Where it is.</summary>
    public required ServerUrl Url { get; init; }

    /// <summary>Its share; null for that of all targets.</summary>
    public Sampler? Sampler { get; init; }

    /// <summary>The limit on its rate; null for that of all targets.</summary>
    public RateLimit? Rate { get; init; }

    /// <summary>What becomes of the authority of its copies; null for what all targets have.</summary>
    public ShadowHost? Host { get; init; }

    /// <summary>How long it may take to answer; null for what all targets may.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Changes to the headers of its copies, after those for all targets.</summary>
    public IReadOnlyList<HeaderEdit> Edits { get; init; } = [];
}
