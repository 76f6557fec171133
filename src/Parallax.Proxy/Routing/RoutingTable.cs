using Parallax.Proxy.Configuration;
using Parallax.Traffic.Matching;

namespace Parallax.Proxy.Routing;

/// <summary>A configuration compiled for use: which route a request takes, and what is written for each leg. Swapped whole on reload; a request
/// reads it once and keeps what it found.</summary>
/// <remarks>Thread safety: immutable; any number of loops.</remarks>
public sealed class RoutingTable
{
    /// <summary>Compiles a checked configuration.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="shadowHost">What becomes of a copy's authority unless its mirror says otherwise.</param>
    public static RoutingTable Compile(ProxyConfig config, ShadowHost shadowHost) => throw new NotImplementedException();

    /// <summary>What it was compiled from.</summary>
    public ProxyConfig Config => throw new NotImplementedException();

    /// <summary>One for each <see cref="ProxyConfig.Listeners"/>, in that order.</summary>
    public IReadOnlyList<ListenerTable> Listeners => throw new NotImplementedException();
}

/// <summary>The virtual hosts and routes of one listener.</summary>
public sealed class ListenerTable
{
    /// <summary>The listener.</summary>
    public ListenerConfig Config => throw new NotImplementedException();

    /// <summary>The first route that matches in the virtual host that fits best.</summary>
    /// <returns>The hit; its route is null when there is none (404).</returns>
    public RouteHit Find(in RoutedRequest request) => throw new NotImplementedException();
}

/// <summary>What <see cref="ListenerTable.Find"/> found.</summary>
/// <param name="Route">The route; null for none.</param>
/// <param name="MatchedPrefix">Octets of the path that the match's prefix covers; the whole path's length when it was matched otherwise.</param>
/// <param name="RedirectsToHttps">True when the virtual host answers everything by a redirect to https.</param>
public readonly record struct RouteHit(Route? Route, int MatchedPrefix, bool RedirectsToHttps);

/// <summary>A compiled route.</summary>
public sealed class Route
{
    /// <summary>The route.</summary>
    public RouteConfig Config => throw new NotImplementedException();

    /// <summary>One of the destinations, by weight. Only for a route that has some.</summary>
    /// <param name="draw">0 to 999,999, a draw of its own (not the one of the mirrors).</param>
    public RouteTarget Pick(int draw) => throw new NotImplementedException();
}

/// <summary>A compiled destination of a route: its cluster, and how the heads of each leg are written when a request goes there.</summary>
public sealed class RouteTarget
{
    /// <summary>The destination.</summary>
    public DestinationConfig Config => throw new NotImplementedException();

    /// <summary>Writes the request's head for the primary leg.</summary>
    public HeadRewriter Primary => throw new NotImplementedException();

    /// <summary>Writes the response's head for the client; null when nothing but hop-by-hop fields changes.</summary>
    public HeadRewriter? Response => throw new NotImplementedException();

    /// <summary>The route's mirrors, each with what writes its copies' heads from the client's head: the primary's changes and its own.</summary>
    public IReadOnlyList<RouteMirror> Mirrors => throw new NotImplementedException();
}

/// <summary>A mirror of a route as seen from one destination.</summary>
/// <param name="Config">The mirror.</param>
/// <param name="Rewriter">Writes the copy's head.</param>
public sealed record RouteMirror(MirrorConfig Config, HeadRewriter Rewriter);
