using Parallax.Shadows.Clients;

namespace Parallax.Shadows.Delivery;

/// <summary>The limits of one target.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record ShadowOptions : ClientOptions
{
    /// <summary>The defaults of every property.</summary>
    public static ShadowOptions Default { get; } = new();

    /// <summary>Most connections at once; 64 by default; at least 1. Not looked at with <see cref="KeepSessions"/>.</summary>
    public int MaxConnections { get; init; } = 64;

    /// <summary>Most octets of one stream that the target has not taken yet; 1 MiB by default. Beyond that it is dropped as
    /// body-overflow.</summary>
    public int StreamBufferBytes { get; init; } = 1 << 20;

    /// <summary>Most requests waiting; 10,000 by default; at least 1.</summary>
    public int QueueItems { get; init; } = 10_000;

    /// <summary>Most bytes of requests waiting; 64 MiB by default; at least 1.</summary>
    public long QueueBytes { get; init; } = 64L << 20;

    /// <summary>How long a request may wait for a connection; 5 s by default. After that it is dropped as queue-expired.</summary>
    public TimeSpan QueueTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>One connection for each captured one, requests in their order, one at a time whatever
    /// <see cref="ClientOptions.PipelineDepth"/> says; false by default: any request on any connection.</summary>
    public bool KeepSessions { get; init; }

    /// <summary>Most sessions at once with <see cref="KeepSessions"/>; 1,024 by default; at least 1. One that is idle longest makes room
    /// for a new one; when none is idle, the new one's request is dropped as session-limit.</summary>
    public int MaxSessions { get; init; } = 1024;
}
