using Parallax.Documents;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Configuration.Model;

/// <summary>What is done with the requests that match. Exactly one of <see cref="Destinations"/> (not empty), <see cref="Redirect"/> and
/// <see cref="DirectResponse"/> is given.</summary>
public sealed record RouteConfig
{
    /// <summary>Its name in logs and in the admin's view; unique within its virtual host where the documents give names.</summary>
    public required string Name { get; init; }

    /// <summary>Where it was written.</summary>
    public SourcePosition Origin { get; init; }

    /// <summary>The conditions, of which one must be fulfilled; every request matches when there is none.</summary>
    public IReadOnlyList<RouteMatchConfig> Matches { get; init; } = [];

    /// <summary>Where requests go, by weight. Empty only with a redirect or a direct response.</summary>
    public IReadOnlyList<DestinationConfig> Destinations { get; init; } = [];

    /// <summary>The redirect that answers; null for none.</summary>
    public RedirectConfig? Redirect { get; init; }

    /// <summary>The answer given here; null for none. Also 500 or 503 for a rule without a usable destination.</summary>
    public DirectResponseConfig? DirectResponse { get; init; }

    /// <summary>Changes to path and authority; null for none.</summary>
    public UriRewriteConfig? Rewrite { get; init; }

    /// <summary>Changes to the request's headers, in order, before those of the destination.</summary>
    public IReadOnlyList<HeaderEdit> RequestHeaders { get; init; } = [];

    /// <summary>Changes to the response's headers, in order, after those of the destination.</summary>
    public IReadOnlyList<HeaderEdit> ResponseHeaders { get; init; } = [];

    /// <summary>Time from the request's head to the response's end; the client is answered 504 when it passes before the response began.
    /// Null for none.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>When and how often the primary leg is tried again.</summary>
    public RetryConfig Retry { get; init; } = RetryConfig.Default;

    /// <summary>Delay and abort on purpose; null for none.</summary>
    public FaultConfig? Fault { get; init; }

    /// <summary>Cross-origin rules; null for none.</summary>
    public CorsConfig? Cors { get; init; }

    /// <summary>The mirrors, each decided with the request's one draw.</summary>
    public IReadOnlyList<MirrorConfig> Mirrors { get; init; } = [];

    /// <summary>True when every request matches.</summary>
    internal bool IsCatchAll => Matches.Count == 0 || Matches.Any(match => match.IsCatchAll);

    /// <summary>A route that cannot be carried out: its requests are answered 500, so that they take no other route.</summary>
    internal static RouteConfig Unusable(string name, SourcePosition origin) =>
        new() { Name = name, Origin = origin, DirectResponse = new() { Status = 500 } };
}

/// <summary>One place requests of a route may go.</summary>
public sealed record DestinationConfig
{
    /// <summary>A <see cref="ClusterConfig.Name"/>.</summary>
    public required string Cluster { get; init; }

    /// <summary>Its share: weight divided by the sum of all weights of the route. At least 1.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>True for a backend that cannot be used: its share is answered 500, where one without an endpoint is answered 503.</summary>
    public bool IsUnusable { get; init; }

    /// <summary>Changes to the request's headers when it goes here.</summary>
    public IReadOnlyList<HeaderEdit> RequestHeaders { get; init; } = [];

    /// <summary>Changes to the response's headers when it comes from here.</summary>
    public IReadOnlyList<HeaderEdit> ResponseHeaders { get; init; } = [];

    /// <summary>Changes to path and authority when it goes here; null for the route's.</summary>
    public UriRewriteConfig? Rewrite { get; init; }
}

/// <summary>A mirror of a route.</summary>
public sealed record MirrorConfig
{
    /// <summary>Its name: the cluster's short host and subset unless the document gives one; value of the shadow mark.</summary>
    public required string Name { get; init; }

    /// <summary>A <see cref="ClusterConfig.Name"/>.</summary>
    public required string Cluster { get; init; }

    /// <summary>The condition; everything by default.</summary>
    public ExchangeMatch Match { get; init; } = ExchangeMatch.Any;

    /// <summary>The share of requests copied.</summary>
    public Sampler Sampler { get; init; } = Sampler.All;

    /// <summary>The limit on the rate of the requests copied; null, the default, for none.</summary>
    public RateLimit? Rate { get; init; }

    /// <summary>Changes to the copy's headers only, after all others.</summary>
    public IReadOnlyList<HeaderEdit> Headers { get; init; } = [];

    /// <summary>The change to the copy's path in place of the route's; null for the route's.</summary>
    public PathRewrite? Path { get; init; }

    /// <summary>What becomes of the copy's authority; null for what the proxy's command line says.</summary>
    public ShadowHost? Host { get; init; }
}

/// <summary>A change to path and authority.</summary>
public sealed record UriRewriteConfig
{
    /// <summary>The new authority; null keeps it.</summary>
    public string? Authority { get; init; }

    /// <summary>What replaces the prefix that the route's match named, or, for a route that matched otherwise, the whole path; null keeps
    /// it.</summary>
    public string? Prefix { get; init; }

    /// <summary>True when <see cref="Prefix"/> replaces whole path segments, as Gateway API does (<c>/a</c> by <c>/</c> never leaves
    /// <c>//</c>).</summary>
    public bool IsSegmentPrefix { get; init; }

    /// <summary>What replaces the whole path, the query is kept; null keeps it.</summary>
    public string? FullPath { get; init; }

    /// <summary>RE2 expression whose occurrences in the path are replaced by <see cref="RegexReplacement"/>; null for none.</summary>
    public string? Regex { get; init; }

    /// <summary>The replacement, groups as <c>\1</c>.</summary>
    public string? RegexReplacement { get; init; }
}
