using Parallax.Traffic.Matching;

namespace Parallax.Proxy.Configuration;

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
            var matches = document.Matches.Where(match =>
                IsFor(match, gateway, service.Head.Namespace)).Select(match => match.Config).ToList();
            if (document.IsConditional && matches.Count == 0)
            {
                continue;
            }

            if (routes.Count > 0 && ListenerDraft.IsCatchAll(routes[^1]))
            {
                findings.Warning(
                    "RUL211", document.Place, $"is never reached: the route before it, {routes[^1].Origin}, matches everything");
                break;
            }

            var name = document.Name ?? $"{service.Head.Name}[{index}]";
            if (Route(service.Head, document, name, port, isTls) is { } route)
            {
                HeaderEdits.CheckTogether(route, document.Place, findings);
                routes.Add(route with { Matches = matches });
            }
        }

        return routes;
    }

    private RouteConfig? Route(DocumentHead head, HttpRouteDocument document, string name, int port, bool isTls)
    {
        var rewrite = WithAuthority(document.Rewrite, document.Headers.Authority);
        var destinations = Destinations(head, document, rewrite, port);
        if (destinations.Count == 0 && document.Redirect is null && document.DirectResponse is null)
        {
            return null;
        }

        return new()
        {
            Name = name,
            Origin = document.Place.Position,
            Destinations = destinations,
            Redirect = document.Redirect is { } redirect ? Redirect(redirect, isTls) : null,
            DirectResponse = document.DirectResponse,
            Rewrite = rewrite,
            RequestHeaders = document.Headers.Request,
            ResponseHeaders = document.Headers.Response,
            Timeout = document.Timeout,
            Retry = document.Retry,
            Fault = document.Fault,
            Cors = document.Cors,
            Mirrors = destinations.Count > 0 ? Mirrors(head, document, port) : [],
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
        || match.Gateways.Any(name => (name == "mesh" ? name : IstioTranslation.FullName(name, inNamespace)) == gateway);
}
