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

    /// <summary>Shadows in the entries of these files.</summary>
    public long Shadows { get; init; }

    /// <summary>Shadows that are in no entry, or without their answer, indexed by <see cref="MissingShadow"/>.</summary>
    public IReadOnlyList<long> MissingShadows { get; init; } = [];

    /// <summary>Files finished.</summary>
    public required long Files { get; init; }

    /// <summary>Bytes written.</summary>
    public required long Bytes { get; init; }

    /// <summary>Exchanges that wait to be written; 0 at the end.</summary>
    public long Waiting => Math.Max(0, Offered - Recorded - NotMatched - Dropped.Sum());
}

/// <summary>Why a recorded exchange lacks one of its shadows, or its answer.</summary>
public enum MissingShadow
{
    /// <summary>As many exchanges as may were waiting for their shadows.</summary>
    WaitLimit,

    /// <summary>The exchanges that waited held as much memory as they may.</summary>
    MemoryLimit,

    /// <summary>The memory for answers was used up: the shadow is there, its answer is not.</summary>
    AnswerMemory,
}
