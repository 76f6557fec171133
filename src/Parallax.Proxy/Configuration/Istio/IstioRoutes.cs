using Parallax.Documents;
using Parallax.Proxy.Configuration.Clusters;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>Translates the routes of a VirtualService for one listener.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class IstioRoutes(ClusterBuilder clusters, Findings findings)
{
    /// <summary>Translates the routes.</summary>
    /// <param name="service">The VirtualService.</param>
    /// <param name="gateway">The Gateway as namespace/name, or mesh; match blocks for others are left out. Null takes all.</param>
    /// <param name="port">The listener's declared port.</param>
    /// <param name="isTls">Whether the listener speaks TLS.</param>
    public IReadOnlyList<RouteConfig> Translate(VirtualServiceDocument service, string? gateway, int port, bool isTls)
    {
        var routes = new List<RouteConfig>();
        foreach (var (index, document) in service.Routes.Index())
        {
            var matches = document.Matches.Where(match => !match.IsNever && IsFor(match, gateway, service.Head.Namespace)).ToList();
            if (document.Matches.Count > 0 && matches.Count == 0)
            {
                continue;
            }

            if (routes.Count > 0 && routes[^1].IsCatchAll)
            {
                findings.Warning(
                    "RUL211", document.Place, $"is never reached: the route before it, {routes[^1].Origin}, matches everything");
                break;
            }

            var name = document.Name ?? $"{service.Head.Name}[{index}]";
            if (Route(service.Head, document, name, port, isTls) is { } route)
            {
                AddByMatches(routes, HeaderEdits.CheckTogether(route, document.Place, findings), matches);
            }
        }

        return routes;
    }

    // What cannot be decided must not fall through to a route after it.
    private static void AddByMatches(List<RouteConfig> routes, RouteConfig route, List<MatchDocument> matches)
    {
        var decidable = matches.Where(match => !match.IsUndecidable).Select(match => match.Config).ToList();
        if (matches.Count == 0 || decidable.Count > 0)
        {
            routes.Add(route with { Matches = decidable });
        }

        if (decidable.Count < matches.Count)
        {
            routes.Add(RouteConfig.Unusable($"{route.Name}/undecidable", route.Origin) with
            {
                Matches = [.. matches.Where(match => match.IsUndecidable).Select(match => match.Config)],
            });
        }
    }

    private RouteConfig? Route(DocumentHead head, HttpRouteDocument document, string name, int port, bool isTls)
    {
        var rewrite = WithAuthority(document.Rewrite, document.Headers.Authority);
        var destinations = Destinations(head, document, rewrite, port);
        var isAnswered = document.Redirect is not null || document.DirectResponse is not null;
        if (destinations.Count == 0 && !isAnswered)
        {
            return null;
        }

        return new()
        {
            Name = name,
            Origin = document.Place.Position,
            Destinations = isAnswered ? [] : destinations,
            Redirect = document.Redirect is { } redirect ? Redirect(redirect, isTls) : null,
            DirectResponse = document.Redirect is null ? document.DirectResponse : null,
            Rewrite = rewrite,
            RequestHeaders = document.Headers.Request,
            ResponseHeaders = document.Headers.Response,
            Timeout = document.Timeout,
            Retry = document.Retry,
            Fault = document.Fault,
            Cors = document.Cors,
            Mirrors = isAnswered ? [] : Mirrors(head, document, port),
        };
    }

    private List<DestinationConfig> Destinations(DocumentHead head, HttpRouteDocument document, UriRewriteConfig? rewrite, int port)
    {
        var isSingle = document.Destinations.Count == 1;
        var destinations = new List<DestinationConfig>();
        foreach (var each in document.Destinations)
        {
            if (clusters.NameOf(each.Service, head.Namespace, port) is { } cluster && (isSingle || each.Weight is > 0))
            {
                destinations.Add(new()
                {
                    Cluster = cluster,
                    Weight = isSingle ? 1 : each.Weight ?? 1,
                    RequestHeaders = each.Headers.Request,
                    ResponseHeaders = each.Headers.Response,
                    Rewrite = each.Headers.Authority is null ? null : WithAuthority(rewrite, each.Headers.Authority),
                });
            }
        }

        return destinations;
    }

    private List<MirrorConfig> Mirrors(DocumentHead head, HttpRouteDocument document, int port)
    {
        var mirrors = new List<MirrorConfig>();
        foreach (var each in document.Mirrors)
        {
            if (clusters.NameOf(each.Service, head.Namespace, port) is { } cluster)
            {
                var authority = each.Authority ?? each.Headers.Authority;
                mirrors.Add(new()
                {
                    Name = MirrorNames.Next(each.Service, mirrors),
                    Cluster = cluster,
                    Sampler = each.Sampler,
                    Headers = each.Headers.Request,
                    Host = authority is not null && ShadowHost.TryParse($"literal:{authority}", out var host, out _) ? host : null,
                });
            }
        }

        return mirrors;
    }

    private static RedirectConfig Redirect(RedirectDocument redirect, bool isTls) => redirect.TakesPortOfScheme
        ? redirect.Config with { Port = (redirect.Config.Scheme ?? (isTls ? "https" : "http")) == "https" ? 443 : 80 }
        : redirect.Config;

    private static UriRewriteConfig? WithAuthority(UriRewriteConfig? rewrite, string? authority) =>
        authority is null ? rewrite : (rewrite ?? new()) with { Authority = authority };

    private static bool IsFor(MatchDocument match, string? gateway, string inNamespace) =>
        gateway is null
        || match.Gateways.Count == 0
        || match.Gateways.Any(name => GatewayNames.InFull(name, inNamespace) == gateway);
}
