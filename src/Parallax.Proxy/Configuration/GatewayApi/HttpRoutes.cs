using Parallax.Documents;
using Parallax.Proxy.Configuration.Clusters;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.GatewayApi;

/// <summary>Translates the rules of HTTPRoutes: one route for each match.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class HttpRoutes(ClusterBuilder clusters, ReferenceGrants grants, Findings findings)
{
    private static readonly DirectResponseConfig NoBackend = new() { Status = 500 };

    /// <summary>Translates the rules, in their order.</summary>
    public IReadOnlyList<RouteConfig> Translate(HttpRouteResource resource)
    {
        var routes = new List<RouteConfig>();
        foreach (var (index, rule) in resource.Rules.Index())
        {
            var route = Route(resource.Head, rule, $"{resource.Head.Namespace}/{resource.Head.Name}/{rule.Name ?? $"{index}"}");
            routes.AddRange(rule.Matches.Index().Select(match => route with
            {
                Name = rule.Matches.Count == 1 ? route.Name : $"{route.Name}/{match.Index}",
                Matches = [match.Item],
            }));
        }

        return routes;
    }

    private RouteConfig Route(DocumentHead head, HttpRuleDocument rule, string name)
    {
        var route = new RouteConfig
        {
            Name = name,
            Origin = rule.Place.Position,
            RequestHeaders = rule.Filters.Request,
            ResponseHeaders = rule.Filters.Response,
            Rewrite = rule.Filters.Rewrite,
            Timeout = rule.Timeout,
            Retry = rule.Retry,
            Cors = rule.Filters.Cors,
        };
        if (rule.Filters.IsUnusable)
        {
            return route with { DirectResponse = NoBackend };
        }

        if (rule.Filters.Redirect is { } redirect)
        {
            return route with { Redirect = redirect };
        }

        var destinations = Destinations(head, rule);
        if (destinations.Count == 0)
        {
            return route with { DirectResponse = NoBackend };
        }

        route = route with { Destinations = destinations, Mirrors = Mirrors(head, rule) };
        return HeaderEdits.CheckTogether(route, rule.Place, findings);
    }

    private List<DestinationConfig> Destinations(DocumentHead head, HttpRuleDocument rule)
    {
        var destinations = new List<DestinationConfig>();
        var isAnyUsable = false;
        foreach (var backend in rule.Backends)
        {
            var problem = backend.Filters.IsUnusable ? "has a filter that is not supported" : ProblemOf(head, backend.Reference);
            if (problem is not null)
            {
                findings.Warning("REF308", backend.Reference.Place, $"{problem}; its share of the requests is answered 500");
            }

            var cluster = problem is null
                ? clusters.NameOf(ServiceOf(backend.Reference), "", 80)
                : clusters.Unusable(backend.Reference.Name);
            if (cluster is not null && backend.Weight > 0)
            {
                isAnyUsable |= problem is null;
                destinations.Add(new()
                {
                    Cluster = cluster,
                    IsUnusable = problem is not null,
                    Weight = backend.Weight,
                    RequestHeaders = backend.Filters.Request,
                    ResponseHeaders = backend.Filters.Response,
                    Rewrite = backend.Filters.Rewrite,
                });
            }
        }

        return isAnyUsable ? destinations : [];
    }

    private List<MirrorConfig> Mirrors(DocumentHead head, HttpRuleDocument rule)
    {
        var mirrors = new List<MirrorConfig>();
        foreach (var mirror in rule.Filters.Mirrors)
        {
            var service = ServiceOf(mirror.Reference);
            if (ProblemOf(head, mirror.Reference) is { } problem)
            {
                findings.Warning("REF308", mirror.Reference.Place, $"{problem}; nothing is copied to it");
            }
            else if (mirror.Sampler.Numerator > 0 && clusters.NameOf(service, "", 80) is { } cluster)
            {
                mirrors.Add(new() { Name = MirrorNames.Next(service, mirrors), Cluster = cluster, Sampler = mirror.Sampler });
            }
        }

        return mirrors;
    }

    private string? ProblemOf(DocumentHead head, BackendReference reference) =>
        IsHost(reference) || (reference.Name.Length > 0 && !Hostnames.IsName(reference.Name))
            ? IsHost(reference) && reference.Name.Length > 0 && Hostnames.IsName(reference.Name)
                ? null
                : $"is {reference.Name}, which is not a name of a {reference.Kind}"
        : reference is not { Group: "", Kind: "Service" } ? $"is a {reference.Kind}, which is not supported, because only Services are"
        : !grants.Allow(head, "Service", reference.Name, reference.Namespace)
            ? $"is in the namespace {reference.Namespace}, where no ReferenceGrant allows it"
        : null;

    // Istio's way to send to the host of a ServiceEntry.
    private static bool IsHost(BackendReference reference) => reference is { Group: ApiGroups.Istio, Kind: "Hostname" };

    private static HostReference ServiceOf(BackendReference reference) => new(
        reference.Place,
        reference.Name.Length == 0 ? "" : IsHost(reference) ? reference.Name
            : $"{reference.Name}.{reference.Namespace}.svc.cluster.local",
        reference.Port,
        "");
}
