using System.Net;

namespace Parallax.Proxy.Configuration.Model;

/// <summary>A named set of endpoints that requests are spread over.</summary>
public sealed record ClusterConfig
{
    /// <summary><c>outbound|PORT|SUBSET|HOST</c>, as Istio names them.</summary>
    public required string Name { get; init; }

    /// <summary>The host the documents name, fully qualified.</summary>
    public required string Host { get; init; }

    /// <summary>The port the documents name.</summary>
    public required int Port { get; init; }

    /// <summary>The subset; empty for all endpoints.</summary>
    public string Subset { get; init; } = "";

    /// <summary>The endpoints, those of the subset only. Empty means every request is answered 503, or the mirror drops.</summary>
    public required IReadOnlyList<EndpointConfig> Endpoints { get; init; }

    /// <summary>How an endpoint is chosen.</summary>
    public LoadBalancerConfig LoadBalancer { get; init; } = new();

    /// <summary>The limits of its connections.</summary>
    public ConnectionPoolConfig ConnectionPool { get; init; } = new();

    /// <summary>When an endpoint is left out for a while; null for never.</summary>
    public OutlierDetectionConfig? OutlierDetection { get; init; }

    /// <summary>How long copies to it may take to be answered; null, the default, for as long as those to all clusters.</summary>
    public TimeSpan? ShadowTimeout { get; init; }

    /// <summary>How TLS is spoken to its endpoints; null for plain text.</summary>
    public ClusterTlsConfig? Tls { get; init; }

    /// <summary>Entries of the smallest ring that endpoints are chosen by; 0 when they are chosen otherwise.</summary>
    internal int SmallestRing =>
        LoadBalancer.Kind == LoadBalancerKind.ConsistentHash ? Math.Max(1, LoadBalancer.MinimumRingSize) : 0;

    /// <summary>Everything this record says, as text: two are of the same content exactly when these are equal.</summary>
    internal string Fingerprint => string.Join(
        '\n',
        this with { Endpoints = [], Tls = null },
        string.Join(',', Endpoints),
        Tls is null ? "" : Tls with { SubjectAltNames = [] },
        string.Join(',', Tls?.SubjectAltNames ?? []));
}

/// <summary>One endpoint.</summary>
/// <param name="Host">An IP address, or a name that is looked up again and again.</param>
/// <param name="Port">The TCP port.</param>
/// <param name="Weight">Its share against the others; at least 1.</param>
public sealed record EndpointConfig(string Host, int Port, int Weight = 1)
{
    /// <summary>The address when <see cref="Host"/> is one; null for a name.</summary>
    public IPAddress? Address => IPAddress.TryParse(Host, out var address) ? address : null;
}

/// <summary>How an endpoint is chosen.</summary>
public enum LoadBalancerKind
{
    /// <summary>The one with the fewer requests in flight of two drawn at random; Istio's default.</summary>
    LeastRequest,

    /// <summary>In turn, by weight.</summary>
    RoundRobin,

    /// <summary>At random, by weight.</summary>
    Random,

    /// <summary>By a hash of <see cref="LoadBalancerConfig.HashKind"/>, on a ring.</summary>
    ConsistentHash,
}

/// <summary>What a consistent hash looks at.</summary>
public enum HashKind
{
    /// <summary>A header.</summary>
    Header,

    /// <summary>A cookie; one is made for a client that has none when <see cref="LoadBalancerConfig.CookieLifetime"/> is given.</summary>
    Cookie,

    /// <summary>The client's address.</summary>
    SourceIp,

    /// <summary>A query parameter.</summary>
    QueryParam,
}

/// <summary>How an endpoint is chosen.</summary>
public sealed record LoadBalancerConfig
{
    /// <summary>The way.</summary>
    public LoadBalancerKind Kind { get; init; }

    /// <summary>What is hashed; meant with <see cref="LoadBalancerKind.ConsistentHash"/> only.</summary>
    public HashKind HashKind { get; init; }

    /// <summary>The header's, cookie's or parameter's name.</summary>
    public string HashName { get; init; } = "";

    /// <summary>The lifetime of a cookie made here; zero for one of the session; null to make none.</summary>
    public TimeSpan? CookieLifetime { get; init; }

    /// <summary>Entries of the smallest ring; 1,024 by default.</summary>
    public int MinimumRingSize { get; init; } = 1024;
}

/// <summary>The limits of a cluster's connections, all loops taken together.</summary>
public sealed record ConnectionPoolConfig
{
    /// <summary>Most connections to the cluster; null for no limit.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>Most requests that wait for a connection; null for no limit.</summary>
    public int? MaxPendingRequests { get; init; }

    /// <summary>Most requests in flight; null for no limit.</summary>
    public int? MaxRequests { get; init; }

    /// <summary>Requests after which a connection is closed; null for no limit.</summary>
    public int? MaxRequestsPerConnection { get; init; }

    /// <summary>Most retries in flight at once; null for no limit.</summary>
    public int? MaxRetries { get; init; }

    /// <summary>Time to connect; ten seconds by default, as in Istio.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an unused connection is kept; one minute by default (below what servers commonly keep).</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>When an endpoint is left out for a while.</summary>
public sealed record OutlierDetectionConfig
{
    /// <summary>5xx responses in a row, failures to connect counted among them; 5 by default; 0 for never.</summary>
    public int Consecutive5xx { get; init; } = 5;

    /// <summary>502, 503 and 504 in a row, and failures to connect; 0, the default, for never.</summary>
    public int ConsecutiveGatewayErrors { get; init; }

    /// <summary>How often endpoints left out are looked at; ten seconds by default.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the first time lasts; the n-th lasts n times as long, at most five minutes. 30 seconds by default.</summary>
    public TimeSpan BaseEjectionTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most endpoints left out, in percent; one may always be. 10 by default.</summary>
    public int MaxEjectionPercent { get; init; } = 10;

    /// <summary>Below this share of endpoints left in, in percent, all are used; 0 by default.</summary>
    public int MinHealthPercent { get; init; }
}

/// <summary>How TLS is spoken to endpoints.</summary>
public sealed record ClusterTlsConfig
{
    /// <summary>The server name sent and checked; null for the request's authority.</summary>
    public string? ServerName { get; init; }

    /// <summary>Names of which one must be in the certificate; empty for the server name.</summary>
    public IReadOnlyList<string> SubjectAltNames { get; init; } = [];

    /// <summary>PEM file of the authorities; null for the system's.</summary>
    public string? Authorities { get; init; }

    /// <summary>PEM file with our certificate; null for none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file with its private key; null for none.</summary>
    public string? PrivateKeyFile { get; init; }

    /// <summary>Whether the certificate is verified; true by default.</summary>
    public bool VerifiesCertificate { get; init; } = true;
}
