using Parallax.Proxy.Configuration.Model;
using Parallax.Traffic.Rewriting;

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
    /// <param name="mirrorsSafeMethodsOnly">True to mirror GET, HEAD, OPTIONS and TRACE only; false, the default, for every method.</param>
    /// <exception cref="ArgumentException">An expression is none, or a leg has more than 60 header edits: it was not checked.</exception>
    public static RoutingTable Compile(
        ProxyConfig config, ShadowHost shadowHost, ShadowMark? mark = null, bool mirrorsSafeMethodsOnly = false)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(shadowHost);
        var compiler = new RouteCompiler(config.Clusters, shadowHost, mark ?? ShadowMark.OfThisProcess, mirrorsSafeMethodsOnly);
        return new RoutingTable(config, [.. config.Listeners.Select(listener => new ListenerTable(listener, compiler.Compile))]);
    }
}

/// <summary>The servers of one listener.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed class ListenerTable
{
    private readonly HostTable<ServerTable> _byName;

    internal ListenerTable(ListenerConfig config, Func<RouteConfig, Route> compile)
    {
        Config = config;
        Servers = [.. config.Servers.Select((server, number) => new ServerTable(this, number, server, compile))];
        _byName = new(Servers.SelectMany(server => server.Config.Hostnames.Select(name => KeyValuePair.Create(name, server))));
    }

    /// <summary>The listener.</summary>
    public ListenerConfig Config { get; }

    /// <summary>One for each <see cref="ListenerConfig.Servers"/>, in that order.</summary>
    public IReadOnlyList<ServerTable> Servers { get; }

    /// <summary>The routes of all its servers.</summary>
    public IEnumerable<Route> Routes => Servers.SelectMany(server => server.Routes);

    /// <summary>The server for a host without port, or for the server name of a handshake (empty for none): the one with the most specific
    /// name; null when none has one.</summary>
    public ServerTable? ServerOf(ReadOnlySpan<byte> host) => Servers.Count == 1 && !Config.IsTls ? Servers[0] : _byName.Find(host);

    /// <summary>Looks a request up of which nobody knows which server it was sent to: in the one its authority belongs to.</summary>
    /// <returns>The hit; its route is null when there is none.</returns>
    public RouteHit Find(in RoutedRequest request) =>
        (Servers.Count == 1 ? Servers[0] : ServerOf(request.HostOf(request.TargetParts)))?.Find(request) ?? default;
}

/// <summary>The virtual hosts and routes of one server.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed class ServerTable
{
    private readonly ListenerTable _listener;
    private readonly HostTable<HostRoutes> _hosts;
    private readonly bool _isAlone;

    internal ServerTable(ListenerTable listener, int number, ServerConfig config, Func<RouteConfig, Route> compile)
    {
        _listener = listener;
        _isAlone = listener.Config.Servers.Count == 1;
        (Number, Config) = (number, config);
        var all = new List<Route>();
        _hosts = new(config.VirtualHosts.SelectMany(host =>
        {
            var routes = new HostRoutes(host, listener.Config.Port, route => Keep(compile(route), all));
            return host.Hostnames.Select(name => KeyValuePair.Create(name, routes));
        }));
        Routes = all;
    }

    /// <summary>Which of the listener's servers it is, counted from 0.</summary>
    public int Number { get; }

    /// <summary>The server.</summary>
    public ServerConfig Config { get; }

    /// <summary>The routes of all its virtual hosts.</summary>
    public IReadOnlyList<Route> Routes { get; }

    /// <summary>The first route that matches in the virtual host that fits best, for a request that was sent to this server.</summary>
    /// <returns>The hit. Its route is null when there is none (404), and when the authority belongs to another server of the socket
    /// (421).</returns>
    public RouteHit Find(in RoutedRequest request)
    {
        var target = request.TargetParts;
        var host = request.HostOf(target);
        return !_isAlone && _listener.ServerOf(host) is { } owner && owner != this
            ? RouteHit.Misdirected
            : _hosts.Find(host)?.Find(request, target, request.AuthorityOf(target)) ?? default;
    }

    private static Route Keep(Route route, List<Route> all)
    {
        all.Add(route);
        return route;
    }
}
