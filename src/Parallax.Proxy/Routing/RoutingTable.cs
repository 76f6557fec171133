using Parallax.Proxy.Configuration;
using Parallax.Traffic.Matching;

namespace Parallax.Proxy.Routing;

/// <summary>A configuration compiled for use: which route a request takes, and what is written for each leg. Swapped whole on reload; a
/// request reads it once and keeps what it found.</summary>
/// <remarks>Thread safety: immutable; any number of loops.</remarks>
public sealed class RoutingTable
{
    private RoutingTable(ProxyConfig config, IReadOnlyList<ListenerTable> listeners) => (Config, Listeners) = (config, listeners);

    /// <summary>What it was compiled from.</summary>
    public ProxyConfig Config { get; }

    /// <summary>One for each <see cref="ProxyConfig.Listeners"/>, in that order.</summary>
    public IReadOnlyList<ListenerTable> Listeners { get; }

    /// <summary>Compiles a checked configuration.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="shadowHost">What becomes of a copy's authority unless its mirror says otherwise.</param>
    /// <param name="mark">What marks copies; by default that of this process alone.</param>
    /// <exception cref="ArgumentException">An expression is none, or a leg has more than 60 header edits: it was not checked.</exception>
    public static RoutingTable Compile(ProxyConfig config, ShadowHost shadowHost, ShadowMark? mark = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(shadowHost);
        var compiler = new RouteCompiler(config.Clusters, shadowHost, mark ?? ShadowMark.OfThisProcess);
        return new RoutingTable(config, [.. config.Listeners.Select(listener => new ListenerTable(listener, compiler.Compile))]);
    }
}

/// <summary>The virtual hosts and routes of one listener.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed class ListenerTable
{
    private readonly HostTable _hosts;

    internal ListenerTable(ListenerConfig config, Func<RouteConfig, Route> compile)
    {
        Config = config;
        var all = new List<Route>();
        _hosts = new HostTable(config.VirtualHosts.SelectMany(host =>
        {
            var routes = new HostRoutes(host, config.Port, route => Keep(compile(route), all));
            return host.Hostnames.Select(name => KeyValuePair.Create(name, routes));
        }));
        Routes = all;
    }

    /// <summary>The listener.</summary>
    public ListenerConfig Config { get; }

    /// <summary>The routes of all its virtual hosts.</summary>
    public IReadOnlyList<Route> Routes { get; }

    /// <summary>The first route that matches in the virtual host that fits best.</summary>
    /// <returns>The hit; its route is null when there is none (404).</returns>
    public RouteHit Find(in RoutedRequest request)
    {
        var target = TargetParts.Of(request.Head, request.Octets);
        var authority = request.AuthorityOf(target);
        var host = authority[..TargetParts.HostLengthOf(authority)];
        return _hosts.Find(host)?.Find(request, target, authority) ?? default;
    }

    private static Route Keep(Route route, List<Route> all)
    {
        all.Add(route);
        return route;
    }
}

/// <summary>What <see cref="ListenerTable.Find"/> found.</summary>
/// <param name="Route">The route; null for none.</param>
/// <param name="MatchedPrefix">Octets of the path that the match's prefix covers; the whole path's length when it was matched
/// otherwise.</param>
/// <param name="RedirectsToHttps">True when the virtual host answers everything by a redirect to https.</param>
public readonly record struct RouteHit(Route? Route, int MatchedPrefix, bool RedirectsToHttps);
