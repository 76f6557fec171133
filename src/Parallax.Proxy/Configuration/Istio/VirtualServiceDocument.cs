namespace Parallax.Proxy.Configuration;

/// <summary>An Istio VirtualService; what stands for itself is checked already, what refers to other documents is not.</summary>
/// <param name="Head">Its name and namespace.</param>
/// <param name="Hosts">The hosts in lower case, short ones as they were written.</param>
/// <param name="Gateways">The gateways as they were written; <c>mesh</c> when none were.</param>
/// <param name="Routes">The HTTP routes.</param>
internal sealed record VirtualServiceDocument(
    DocumentHead Head, IReadOnlyList<string> Hosts, IReadOnlyList<string> Gateways, IReadOnlyList<HttpRouteDocument> Routes);

/// <summary>One entry of <c>http</c>. Which of its members are given is checked.</summary>
internal sealed record HttpRouteDocument
{
    public required Place Place { get; init; }

    public string? Name { get; init; }

    public IReadOnlyList<MatchDocument> Matches { get; init; } = [];

    /// <summary>True when the document has match blocks, be they usable or not.</summary>
    public bool IsConditional { get; init; }

    public IReadOnlyList<DestinationDocument> Destinations { get; init; } = [];

    public RedirectDocument? Redirect { get; init; }

    public DirectResponseConfig? DirectResponse { get; init; }

    public UriRewriteConfig? Rewrite { get; init; }

    public HeadersDocument Headers { get; init; } = new();

    public TimeSpan? Timeout { get; init; }

    public RetryConfig Retry { get; init; } = RetryConfig.Default;

    public FaultConfig? Fault { get; init; }

    public CorsConfig? Cors { get; init; }

    public IReadOnlyList<MirrorDocument> Mirrors { get; init; } = [];
}

/// <summary>One match block: the conditions, and the gateways it is for (empty for all).</summary>
internal sealed record MatchDocument(Place Place, RouteMatchConfig Config, IReadOnlyList<string> Gateways);

/// <summary>A host, port and subset of some service.</summary>
internal sealed record HostReference(Place Place, string Host, int? Port, string Subset)
{
    /// <summary>Where its host is named: Istio says <c>host</c>, the Gateway API <c>name</c>.</summary>
    public Place HostPlace => Place.Of(Place.Node is MapNode map && map.TryGet("name", out _) ? "name" : "host");
}

/// <summary>One entry of <c>route</c>.</summary>
internal sealed record DestinationDocument(HostReference Service, int? Weight, HeadersDocument Headers);

/// <summary>A mirror and its share.</summary>
internal sealed record MirrorDocument(
    HostReference Service, Parallax.Traffic.Matching.Sampler Sampler, HeadersDocument Headers, string? Authority);

/// <summary>Header operations; an authority set among them stands apart.</summary>
internal sealed record HeadersDocument
{
    public IReadOnlyList<Parallax.Traffic.Matching.HeaderEdit> Request { get; init; } = [];

    public IReadOnlyList<Parallax.Traffic.Matching.HeaderEdit> Response { get; init; } = [];

    public string? Authority { get; init; }
}

/// <summary>A redirect; whether its port is the well-known one of the scheme is known only together with a listener.</summary>
internal sealed record RedirectDocument(RedirectConfig Config, bool TakesPortOfScheme);
