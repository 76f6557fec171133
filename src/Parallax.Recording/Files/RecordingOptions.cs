using Parallax.Recording.Plx;
using Parallax.Recording.Redaction;
using Parallax.Traffic.Policy;

namespace Parallax.Recording.Files;

/// <summary>Where recordings go, when a new file is begun, and how much is kept.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record RecordingOptions
{
    /// <summary>The path; %Y %m %d %H %M %S in it stand for the UTC time at which a file is begun. A name that is taken gets a number:
    /// a file is never written over.</summary>
    public required string Path { get; init; }

    /// <summary>Which exchanges are recorded; all by default.</summary>
    public ExchangeMatch Match { get; init; } = ExchangeMatch.Any;

    /// <summary>How each file is written.</summary>
    public PlxOptions Format { get; init; } = new();

    /// <summary>True records with an exchange what shadows of its request answered; false by default. Who offers exchanges looks at it.
    /// </summary>
    public bool WithShadows { get; init; }

    /// <summary>Replaces secrets before anything is written; null keeps the octets as they were.</summary>
    public Redactor? Redactor { get; init; }

    /// <summary>Bytes after which the next file is begun; null for one file of any size.</summary>
    public long? MaxFileBytes { get; init; }

    /// <summary>Time after which the next file is begun; null for never.</summary>
    public TimeSpan? MaxFileAge { get; init; }

    /// <summary>Entries after which the next file is begun; null for any number.</summary>
    public long? MaxFileEntries { get; init; }

    /// <summary>Bytes that all files of this path may take; beyond it the oldest finished ones are deleted. Null keeps all.</summary>
    public long? KeepBytes { get; init; }

    /// <summary>Age beyond which finished files of this path are deleted; null keeps all.</summary>
    public TimeSpan? KeepAge { get; init; }

    /// <summary>How long an entry may wait before it is handed to the operating system: what a crash may cost. 1 s by default.</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Exchanges that may wait for the recorder; 1 at least. 10,000 by default.</summary>
    public int QueueItems { get; init; } = 10_000;

    /// <summary>Bytes of their messages that may wait; 1 at least. 64 MiB by default.</summary>
    public long QueueBytes { get; init; } = 64 << 20;
}
