using Parallax.Traffic.Queues;
using Parallax.Traffic.Redaction;

namespace Parallax.Recording.Files;

/// <summary>The account of a recorder: where every exchange offered to it has gone.</summary>
/// <remarks>offered = recorded + not matched + Σ dropped once the recorder has ended; before that, some wait.
/// Thread safety: immutable.</remarks>
public sealed record RecorderAccount
{
    /// <summary>The path as it was given.</summary>
    public required string Path { get; init; }

    /// <summary>The first file: the path with its time, and with a number when the name was taken.</summary>
    public required string FirstFile { get; init; }

    /// <summary>Exchanges offered.</summary>
    public required long Offered { get; init; }

    /// <summary>Exchanges in a file.</summary>
    public required long Recorded { get; init; }

    /// <summary>Exchanges that a rule denies or none allows.</summary>
    public long NotMatched { get; init; }

    /// <summary>Exchanges dropped, indexed by <see cref="DropReason"/>.</summary>
    public required IReadOnlyList<long> Dropped { get; init; }

    /// <summary>Exchanges recorded in which something was replaced to protect a secret.</summary>
    public required long Redacted { get; init; }

    /// <summary>Bodies, and parts of bodies, that were not recorded because they could not be looked into for secrets, indexed by
    /// <see cref="WithheldReason"/>; empty when secrets are recorded as they are.</summary>
    public IReadOnlyList<long> Withheld { get; init; } = [];

    /// <summary>Files finished.</summary>
    public required long Files { get; init; }

    /// <summary>Bytes written.</summary>
    public required long Bytes { get; init; }

    /// <summary>Exchanges that wait to be written; 0 at the end.</summary>
    public long Waiting => Math.Max(0, Offered - Recorded - NotMatched - Dropped.Sum());
}
