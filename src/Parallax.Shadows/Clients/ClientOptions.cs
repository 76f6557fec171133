namespace Parallax.Shadows.Clients;

/// <summary>The limits of a client of one server.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public abstract record ClientOptions
{
    /// <summary>Most requests in flight on one connection; 1 by default; at least 1. With more, requests are sent after others that are
    /// not answered yet, and those of one turn of the loop leave together: cheaper, but an answer that takes long holds up those after
    /// it.</summary>
    public int PipelineDepth { get; init; } = 1;

    /// <summary>How long connecting may take, TLS handshake included; 2 s by default.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the whole answer may take from when the request was handed to the connection; 10 s by default. While a large body
    /// is being sent, the time starts again whenever the server has taken a part of it; after another request, when that is
    /// answered. It stands still while a stream waits for its producer.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an unused connection is kept; 60 s by default, below what servers commonly keep (75 s in nginx).</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The first pause after a failed attempt to connect, or a connection that the server closed without having answered anything;
    /// 100 ms by default. Each further failure doubles it, until something is answered. When the first answers of five connections in a row
    /// broke off or were no HTTP, that is a failure, too, and lasts until an answer is whole.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause between attempts to connect; 2 s by default.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Most octets read of one answer's body, framing included; 64 MiB by default. The connection is closed beyond that and the
    /// request counts as answered, its answer as cut.</summary>
    public long MaxResponseBytes { get; init; } = 64L << 20;

    /// <summary>Octets read in a second of answers that are longer than 64 KiB, all connections to the server taken together; as many as
    /// come by default. A server that answers at greater length waits until it is read.</summary>
    public long LongAnswerBytesPerSecond { get; init; } = long.MaxValue;

    /// <summary>Longest answer that is handed on with its outcome, in bytes, head and framing included; 0, the default, when none is
    /// wanted: then no answer is stored.</summary>
    public int KeptAnswerBytes { get; init; }

    /// <summary>Octets of body, framing included, to which a kept answer is cut; null, the default, not to keep a longer one than
    /// <see cref="KeptAnswerBytes"/> at all.</summary>
    public long? CutAnswerBodyBytes { get; init; }

    /// <summary>Whether the server's certificate is verified; true by default. Looked at with https only.</summary>
    public bool VerifiesCertificate { get; init; } = true;

    internal bool PacesAnswers => LongAnswerBytesPerSecond < long.MaxValue;
}
