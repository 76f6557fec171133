using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Configuration.GatewayApi;

/// <summary>A Gateway of the Gateway API.</summary>
internal sealed record KubernetesGatewayDocument(DocumentHead Head, IReadOnlyList<GatewayListenerDocument> Listeners);

/// <summary>One of its listeners.</summary>
internal sealed record GatewayListenerDocument
{
    public required Place Place { get; init; }

    public required string Name { get; init; }

    /// <summary>The hosts it owns; <c>*</c> for all.</summary>
    public required string Hostname { get; init; }

    public required int Port { get; init; }

    public required string Protocol { get; init; }

    /// <summary>False for a protocol that is not served, and for HTTPS without a certificate.</summary>
    public required bool IsServed { get; init; }

    public bool IsTls { get; init; }

    public IReadOnlyList<SecretReference> Certificates { get; init; } = [];

    /// <summary>How certificates of clients are checked; null when none are asked for.</summary>
    public ClientValidation? Clients { get; init; }

    /// <summary>All, Same, Selector or None.</summary>
    public string RoutesFrom { get; init; } = "Same";

    /// <summary>The namespaces for Selector.</summary>
    public LabelSelector Selector { get; init; } = new([], []);

    /// <summary>Whether HTTPRoutes may be attached.</summary>
    public bool TakesHttpRoutes { get; init; } = true;
}

/// <summary>A secret that holds a certificate; a null name for one that is not a secret.</summary>
internal sealed record SecretReference(Place Place, string? Name, string Namespace);

/// <summary>A condition on labels.</summary>
internal sealed record LabelSelector(
    IReadOnlyList<KeyValuePair<string, string>> Labels, IReadOnlyList<LabelExpression> Expressions)
{
    /// <summary>True when the labels fulfil all of it.</summary>
    public bool Selects(IReadOnlyList<KeyValuePair<string, string>> labels) =>
        Labels.All(labels.Contains) && Expressions.All(each => each.Holds(labels));
}

/// <summary>One expression of a selector: In, NotIn, Exists, DoesNotExist.</summary>
internal sealed record LabelExpression(string Key, string Operator, IReadOnlyList<string> Values)
{
    public bool Holds(IReadOnlyList<KeyValuePair<string, string>> labels)
    {
        var isThere = labels.Any(label => label.Key == Key);
        var isAmong = labels.Any(label => label.Key == Key && Values.Contains(label.Value));
        return Operator switch
        {
            "In" => isAmong,
            "NotIn" => !isAmong,
            "Exists" => isThere,
            _ => !isThere,
        };
    }
}

/// <summary>A namespace and its labels.</summary>
internal sealed record NamespaceDocument(string Name, IReadOnlyList<KeyValuePair<string, string>> Labels);

/// <summary>A ReferenceGrant: who may refer to what in its namespace.</summary>
internal sealed record ReferenceGrantDocument(
    DocumentHead Head, IReadOnlyList<GrantFrom> From, IReadOnlyList<GrantTo> To);

/// <summary>Who may refer.</summary>
internal sealed record GrantFrom(string Group, string Kind, string Namespace);

/// <summary>To what; a null name for all of the kind.</summary>
internal sealed record GrantTo(string Group, string Kind, string? Name);

/// <summary>An HTTPRoute.</summary>
internal sealed record HttpRouteResource(
    DocumentHead Head, IReadOnlyList<ParentReference> Parents, IReadOnlyList<string> Hostnames, IReadOnlyList<HttpRuleDocument> Rules);

/// <summary>A Gateway that a route is attached to.</summary>
internal sealed record ParentReference(Place Place, string Namespace, string Name, string? Section, int? Port);

/// <summary>One rule.</summary>
internal sealed record HttpRuleDocument
{
    public required Place Place { get; init; }

    public string? Name { get; init; }

    /// <summary>At least one.</summary>
    public required IReadOnlyList<RouteMatchConfig> Matches { get; init; }

    public required FiltersDocument Filters { get; init; }

    public IReadOnlyList<BackendDocument> Backends { get; init; } = [];

    public TimeSpan? Timeout { get; init; }

    public RetryConfig Retry { get; init; } = RetryConfig.Default;
}

/// <summary>What the filters of a rule or backend say.</summary>
internal sealed record FiltersDocument
{
    public IReadOnlyList<HeaderEdit> Request { get; init; } = [];

    public IReadOnlyList<HeaderEdit> Response { get; init; } = [];

    public RedirectConfig? Redirect { get; init; }

    public UriRewriteConfig? Rewrite { get; init; }

    public CorsConfig? Cors { get; init; }

    public IReadOnlyList<BackendMirrorDocument> Mirrors { get; init; } = [];

    /// <summary>True when a filter is not supported: it must not be skipped, so requests are answered 500.</summary>
    public bool IsUnusable { get; init; }
}

/// <summary>What a route refers to.</summary>
internal sealed record BackendReference(Place Place, string Group, string Kind, string Name, string Namespace, int? Port);

/// <summary>One backend of a rule.</summary>
internal sealed record BackendDocument(BackendReference Reference, int Weight, FiltersDocument Filters);

/// <summary>A mirror of a rule.</summary>
internal sealed record BackendMirrorDocument(BackendReference Reference, Sampler Sampler);
