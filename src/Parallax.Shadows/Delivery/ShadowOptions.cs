namespace Parallax.Shadows.Delivery;

/// <summary>The limits of one target.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record ShadowOptions
{
    /// <summary>The defaults of every property.</summary>
    public static ShadowOptions Default { get; } = new();

    /// <summary>Most connections at once; 64 by default; at least 1. Not looked at with <see cref="KeepSessions"/>.</summary>
    public int MaxConnections { get; init; } = 64;

    /// <summary>Most requests in flight on one connection; 1 by default; at least 1. With more, requests are sent after others that are
    /// not answered yet, and those of one turn of the loop leave together: cheaper, but an answer that takes long holds up those after
    /// it. Not looked at with <see cref="KeepSessions"/>.</summary>
    public int PipelineDepth { get; init; } = 1;

    /// <summary>Most octets of one stream that the target has not taken yet; 1 MiB by default. Beyond that it is dropped as
    /// body-overflow.</summary>
    public int StreamBufferBytes { get; init; } = 1 << 20;

    /// <summary>Most requests waiting; 10,000 by default; at least 1.</summary>
    public int QueueItems { get; init; } = 10_000;

    /// <summary>Most bytes of requests waiting; 64 MiB by default; at least 1.</summary>
    public long QueueBytes { get; init; } = 64L << 20;

    /// <summary>How long a request may wait for a connection; 5 s by default. After that it is dropped as queue-expired.</summary>
    public TimeSpan QueueTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long connecting may take, TLS handshake included; 2 s by default.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the whole answer may take from when the request was handed to the connection; 10 s by default. While a large body
    /// is being sent, the time starts again whenever the target has taken a part of it; after another request, when that is
    /// answered. It stands still while a stream waits for its producer.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an unused connection is kept; 60 s by default, below what servers commonly keep (75 s in nginx).</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The first pause after a failed attempt to connect, or a connection that the target closed without having answered anything;
    /// 100 ms by default. Each further failure doubles it, until something is answered. When the first answers of five connections in a row
    /// broke off or were no HTTP, that is a failure, too, and lasts until an answer is whole.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause between attempts to connect; 2 s by default.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Most octets read of one answer's body, framing included; 64 MiB by default. The connection is closed beyond that and the
    /// request counts as answered, its answer as cut.</summary>
    public long MaxResponseBytes { get; init; } = 64L << 20;

    /// <summary>Octets read in a second of answers that are longer than 64 KiB, all connections of the target taken together; as many as
    /// come by default. A target that answers at greater length waits until it is read.</summary>
    public long LongAnswerBytesPerSecond { get; init; } = long.MaxValue;

    internal bool PacesAnswers => LongAnswerBytesPerSecond < long.MaxValue;

    /// <summary>Longest answer that observers are given with the outcome, in bytes, head and framing included; 0, the default, when none
    /// wants any: then no answer is stored.</summary>
    public int KeptAnswerBytes { get; init; }

    /// <summary>One connection for each captured one, requests in their order; false by default: any request on any connection.</summary>
    public bool KeepSessions { get; init; }

    /// <summary>Most sessions at once with <see cref="KeepSessions"/>; 1,024 by default; at least 1. One that is idle longest makes room
    /// for a new one; when none is idle, the new one's request is dropped as session-limit.</summary>
    public int MaxSessions { get; init; } = 1024;

    /// <summary>Whether the target's certificate is verified; true by default. Looked at with https only.</summary>
    public bool VerifiesCertificate { get; init; } = true;
}
