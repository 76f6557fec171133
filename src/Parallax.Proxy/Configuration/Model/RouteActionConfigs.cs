namespace Parallax.Proxy.Configuration.Model;

/// <summary>A redirect given as the answer.</summary>
public sealed record RedirectConfig
{
    /// <summary>301, 302, 303, 307 or 308.</summary>
    public required int Status { get; init; }

    /// <summary>The new scheme; null keeps it.</summary>
    public string? Scheme { get; init; }

    /// <summary>The new host, without port; null keeps it.</summary>
    public string? Host { get; init; }

    /// <summary>The new port; null keeps the listener's, or the well-known one of a new scheme. The well-known port of the scheme is not
    /// written.</summary>
    public int? Port { get; init; }

    /// <summary>True when a redirect that names neither host, port nor scheme leads to the authority the client asked, with the port it
    /// wrote (Envoy, Istio); false, the default, puts the listener's port there (Gateway API).</summary>
    public bool KeepsAuthority { get; init; }

    /// <summary>The new path; null keeps it. The query is kept unless <see cref="Path"/> has its own.</summary>
    public string? Path { get; init; }

    /// <summary>What replaces the prefix the route's match named; null for none.</summary>
    public string? PathPrefix { get; init; }
}

/// <summary>An answer given by the proxy itself.</summary>
public sealed record DirectResponseConfig
{
    /// <summary>The status code, 200 to 599.</summary>
    public required int Status { get; init; }

    /// <summary>The body; empty for none.</summary>
    public byte[] Body { get; init; } = [];
}

/// <summary>Cross-origin resource sharing (Fetch standard, CORS protocol).</summary>
public sealed record CorsConfig
{
    /// <summary>Origins allowed.</summary>
    public required IReadOnlyList<TextMatchConfig> Origins { get; init; }

    /// <summary>Value of Access-Control-Allow-Methods; empty for none.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Value of Access-Control-Allow-Headers.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    /// <summary>Value of Access-Control-Expose-Headers.</summary>
    public IReadOnlyList<string> ExposedHeaders { get; init; } = [];

    /// <summary>Value of Access-Control-Max-Age; null for none.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>Whether Access-Control-Allow-Credentials is <c>true</c>.</summary>
    public bool AllowsCredentials { get; init; }

    /// <summary>Whether preflight requests from other origins are forwarded; false answers them without the headers.</summary>
    public bool ForwardsUnmatchedPreflights { get; init; } = true;
}

/// <summary>Faults injected into the primary leg.</summary>
public sealed record FaultConfig
{
    /// <summary>How long requests wait first; null for none.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>The share delayed.</summary>
    public Parallax.Traffic.Policy.Sampler DelaySampler { get; init; }

    /// <summary>The status requests are answered with; null for none.</summary>
    public int? AbortStatus { get; init; }

    /// <summary>The share aborted.</summary>
    public Parallax.Traffic.Policy.Sampler AbortSampler { get; init; }
}

/// <summary>Which failures of the primary leg are tried again.</summary>
[Flags]
public enum RetryOn
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The connection could not be made.</summary>
    ConnectFailure = 1 << 0,

    /// <summary>The connection broke before any octet of the response, on a connection that had been used before or where the request was
    /// not yet sent.</summary>
    RefusedStream = 1 << 1,

    /// <summary>The connection broke, or the try took too long, before any octet of the response.</summary>
    Reset = 1 << 2,

    /// <summary>The response's status is 502, 503 or 504.</summary>
    GatewayError = 1 << 3,

    /// <summary>The response's status is 5xx, or there was none.</summary>
    ServerError = 1 << 4,

    /// <summary>The response's status is 409.</summary>
    Retriable4xx = 1 << 5,

    /// <summary>The response's status is one of <see cref="RetryConfig.Statuses"/>.</summary>
    Statuses = 1 << 6,
}

/// <summary>Retries of the primary leg. A request is only sent again while its octets are still held.</summary>
public sealed record RetryConfig
{
    /// <summary>Istio's: two further attempts on connect-failure, refused-stream and the gRPC conditions, which HTTP/1 does not
    /// have.</summary>
    public static RetryConfig Default { get; } = new() { Attempts = 2, On = RetryOn.ConnectFailure | RetryOn.RefusedStream };

    /// <summary>Attempts beyond the first; 0 for none.</summary>
    public int Attempts { get; init; }

    /// <summary>What is tried again.</summary>
    public RetryOn On { get; init; }

    /// <summary>Statuses for <see cref="RetryOn.Statuses"/>.</summary>
    public IReadOnlyList<int> Statuses { get; init; } = [];

    /// <summary>Time for each attempt to begin its response; null for none.</summary>
    public TimeSpan? PerTryTimeout { get; init; }

    /// <summary>Base of the pause before an attempt, doubled each time, with jitter, at most ten times this; 25 ms by default.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromMilliseconds(25);
}
