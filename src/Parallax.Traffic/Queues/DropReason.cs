namespace Parallax.Traffic.Queues;

/// <summary>Why we discarded something on purpose. Every drop has exactly one reason, and every reason a counter.</summary>
/// <remarks>Thread safety: immutable values. The names for people and metrics are given by <see cref="DropReasons.NameOf"/>.</remarks>
public enum DropReason : byte
{
    /// <summary>Nothing was dropped.</summary>
    None,

    /// <summary>The queue held as many entries as it may.</summary>
    QueueItems,

    /// <summary>The queue held as many bytes as it may.</summary>
    QueueBytes,

    /// <summary>The request waited longer for a connection than it may.</summary>
    QueueExpired,

    /// <summary>The body went beyond the limit and was cut; a cut request is never sent.</summary>
    BodyTruncated,

    /// <summary>Octets of the request were never seen; what is left of it is never sent.</summary>
    RequestIncomplete,

    /// <summary>The mirror's rate limit was used up.</summary>
    RateLimit,

    /// <summary>The request is itself a shadow: it carries our mark.</summary>
    LoopGuard,

    /// <summary>CONNECT or a protocol upgrade: what follows is no HTTP/1 exchange.</summary>
    Tunnel,

    /// <summary>Every session's connection was busy and no further session may be opened.</summary>
    SessionLimit,

    /// <summary>We are stopping.</summary>
    Shutdown,

    /// <summary>The shadow did not keep up with a body that was still coming, and what it had not taken went beyond its bound.</summary>
    BodyOverflow,

    /// <summary>Client or primary gave the request up before it was complete.</summary>
    Cancelled,

    /// <summary>The mirror's cluster has no endpoint that may be used.</summary>
    NoEndpoint,

    /// <summary>The recording could no longer be written: the disk is full or failed.</summary>
    RecordingFailed,

    /// <summary>The exchange is larger than an entry of a recording can be.</summary>
    EntryTooLarge,

    /// <summary>The middleware did not hand the request back in time; that is how it filters.</summary>
    MiddlewareSilent,

    /// <summary>The middleware did not read what it had been given before.</summary>
    MiddlewareBusy,

    /// <summary>The middleware had ended.</summary>
    MiddlewareEnded,

    /// <summary>The proxy is short of descriptors or memory: shadows give way first.</summary>
    Overload,

    /// <summary>We are stopping, and the target could not be reached: it would not have been sent with more time, either.</summary>
    TargetDown,
}

/// <summary>The reasons and their stable names.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public static class DropReasons
{
    private static readonly string[] Names =
    [
        "none", "queue-items", "queue-bytes", "queue-expired", "body-truncated", "request-incomplete", "rate-limit", "loop-guard",
        "tunnel", "session-limit", "shutdown", "body-overflow", "cancelled", "no-endpoint", "recording-failed", "entry-too-large",
        "middleware-silent", "middleware-busy", "middleware-ended", "overload", "target-down",
    ];

    /// <summary>How many reasons there are, <see cref="DropReason.None"/> among them.</summary>
    public static int Count => Names.Length;

    /// <summary>The name used in the account, in metrics and in the console: lower case, words joined by hyphens; it never
    /// changes.</summary>
    public static string NameOf(DropReason reason) => Names[(int)reason];
}
