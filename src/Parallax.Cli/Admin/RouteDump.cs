using Parallax.Proxy.Configuration.Model;

namespace Parallax.Cli.Admin;

/// <summary>The routes of a server in <c>/config_dump</c>, with their matches, actions and mirror policies.</summary>
internal sealed record RouteDump(EnvoyRouteTable RouteConfig)
{
    public static IReadOnlyList<RouteDump> Of(ProxyConfig config) =>
    [
        .. config.Listeners.SelectMany(
            listener => listener.Servers, (listener, server) => new RouteDump(EnvoyRouteTable.Of(listener, server))),
    ];
}

/// <summary>Envoy's <c>config.route.v3.RouteConfiguration</c>.</summary>
internal sealed record EnvoyRouteTable(string Name, IReadOnlyList<EnvoyVirtualHost> VirtualHosts)
{
    public static EnvoyRouteTable Of(ListenerConfig listener, ServerConfig server) => new(
        EnvoyForm.RoutesOf(listener, server),
        [.. server.VirtualHosts.Select(host => EnvoyVirtualHost.Of(host, listener.Port))]);
}

/// <summary>Envoy's <c>config.route.v3.VirtualHost</c>.</summary>
internal sealed record EnvoyVirtualHost(
    string Name, IReadOnlyList<string> Domains, string? RequireTls, IReadOnlyList<EnvoyRoute> Routes)
{
    public static EnvoyVirtualHost Of(VirtualHostConfig host, int port) => new(
        $"{(host.Hostnames.Count > 0 ? host.Hostnames[0] : "")}:{port}",
        host.Hostnames,
        host.RedirectsToHttps ? "ALL" : null,
        [.. host.Routes.SelectMany(route => route.Matches.DefaultIfEmpty(new RouteMatchConfig()), EnvoyRoute.Of)]);
}

/// <summary>Envoy's <c>config.route.v3.Route</c>, with one of its three actions.</summary>
internal sealed record EnvoyRoute(string Name, EnvoyRouteMatch Match)
{
    public EnvoyRedirect? Redirect { get; init; }

    public EnvoyDirectResponse? DirectResponse { get; init; }

    public EnvoyRouteAction? Route { get; init; }

    public static EnvoyRoute Of(RouteConfig route, RouteMatchConfig match)
    {
        var dump = new EnvoyRoute(route.Name, EnvoyRouteMatch.Of(match));
        return route switch
        {
            { Redirect: { } redirect } => dump with { Redirect = new EnvoyRedirect(redirect.Status) },
            { DirectResponse: { } response } => dump with { DirectResponse = new EnvoyDirectResponse(response.Status) },
            _ => dump with { Route = EnvoyRouteAction.Of(route) },
        };
    }
}

/// <summary>Envoy's <c>config.route.v3.RedirectAction</c>.</summary>
internal sealed record EnvoyRedirect(int ResponseCode);

/// <summary>Envoy's <c>config.route.v3.DirectResponseAction</c>.</summary>
internal sealed record EnvoyDirectResponse(int Status);
