using Parallax.Documents;
using Parallax.Proxy.Configuration.Clusters;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>An Istio VirtualService; what stands for itself is checked already, what refers to other documents is not.</summary>
/// <param name="Head">Its name and namespace.</param>
/// <param name="Hosts">The hosts in lower case, short ones as they were written; none when its routes are for others to delegate
/// to.</param>
/// <param name="Gateways">The gateways as they were written; <c>mesh</c> when none were.</param>
/// <param name="ExportTo">The namespaces that see it, <c>*</c> for all.</param>
/// <param name="Routes">The HTTP routes.</param>
internal sealed record VirtualServiceDocument(
    DocumentHead Head,
    IReadOnlyList<string> Hosts,
    IReadOnlyList<string> Gateways,
    IReadOnlyList<string> ExportTo,
    IReadOnlyList<HttpRouteDocument> Routes)
{
    /// <summary>True when it is reached by delegation only.</summary>
    public bool IsDelegate => Hosts.Count == 0;
}

/// <summary>One entry of <c>http</c>. Which of its members are given is checked.</summary>
internal sealed record HttpRouteDocument
{
    public required Place Place { get; init; }

    public string? Name { get; init; }

    /// <summary>The names of the fields that are given, whatever they say: a delegate's field goes before its root's when it is there.
    /// </summary>
    public required IReadOnlyCollection<string> Given { get; init; }

    /// <summary>The match blocks; every request matches without one.</summary>
    public IReadOnlyList<MatchDocument> Matches { get; init; } = [];

    /// <summary>The VirtualService whose routes stand in place of this one; null for none.</summary>
    public DelegateReference? Delegate { get; init; }

    public IReadOnlyList<DestinationDocument> Destinations { get; init; } = [];

    public RedirectDocument? Redirect { get; init; }

    public DirectResponseConfig? DirectResponse { get; init; }

    public UriRewriteConfig? Rewrite { get; init; }

    public HeadersDocument Headers { get; init; } = new();

    public TimeSpan? Timeout { get; init; }

    public RetryConfig Retry { get; init; } = RetryConfig.Default;

    public FaultConfig? Fault { get; init; }

    public CorsConfig? Cors { get; init; }

    /// <summary>What <c>mirror</c> names.</summary>
    public HostReference? Mirror { get; init; }

    /// <summary>The share of <see cref="Mirror"/> as <c>mirrorPercentage</c> says it.</summary>
    public Sampler? MirrorPercentage { get; init; }

    /// <summary>The share of <see cref="Mirror"/> as the deprecated <c>mirrorPercent</c> says it.</summary>
    public Sampler? MirrorPercent { get; init; }

    /// <summary>What <c>mirrors</c> names.</summary>
    public IReadOnlyList<MirrorDocument> MirrorPolicies { get; init; } = [];

    /// <summary>Everything requests are copied to. Without a share there is no mirror, as in Istio.</summary>
    public IEnumerable<MirrorDocument> Mirrors => MirrorPolicies
        .Prepend(Mirror is null ? null : new MirrorDocument(Mirror, MirrorPercentage ?? MirrorPercent ?? Sampler.All, new(), null))
        .OfType<MirrorDocument>()
        .Where(mirror => mirror.Sampler.Numerator > 0);
}

/// <summary>A VirtualService that routes are delegated to.</summary>
internal sealed record DelegateReference(Place Place, string Name, string Namespace);

/// <summary>One match block.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Config">The conditions.</param>
/// <param name="Gateways">The gateways it is for; empty for all.</param>
internal sealed record MatchDocument(Place Place, RouteMatchConfig Config, IReadOnlyList<string> Gateways)
{
    public bool IgnoresUriCase { get; init; }

    public string? SourceNamespace { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> SourceLabels { get; init; } = [];

    /// <summary>True when it holds a condition that cannot be looked at here. <see cref="Config"/> has all the others.</summary>
    public bool IsUndecidable { get; init; }

    /// <summary>True when no request matches: callers here are no workloads.</summary>
    public bool IsNever => SourceNamespace is not null || SourceLabels.Count > 0;
}

/// <summary>One entry of <c>route</c>.</summary>
internal sealed record DestinationDocument(HostReference Service, int? Weight, HeadersDocument Headers);

/// <summary>A mirror and its share.</summary>
internal sealed record MirrorDocument(
    HostReference Service, Sampler Sampler, HeadersDocument Headers, string? Authority);

/// <summary>Header operations; an authority set among them stands apart.</summary>
internal sealed record HeadersDocument
{
    public IReadOnlyList<HeaderEdit> Request { get; init; } = [];

    public IReadOnlyList<HeaderEdit> Response { get; init; } = [];

    public string? Authority { get; init; }
}

/// <summary>A redirect; whether its port is the well-known one of the scheme is known only together with a listener.</summary>
internal sealed record RedirectDocument(RedirectConfig Config, bool TakesPortOfScheme);
