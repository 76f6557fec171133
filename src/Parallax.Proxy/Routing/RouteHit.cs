namespace Parallax.Proxy.Routing;

/// <summary>What <see cref="ServerTable.Find"/> found.</summary>
/// <param name="Route">The route; null for none.</param>
/// <param name="MatchedPrefix">Octets of the path that the match's prefix covers; the whole path's length when it was matched
/// otherwise.</param>
/// <param name="RedirectsToHttps">True when the virtual host answers everything by a redirect to https.</param>
/// <param name="IsMisdirected">True when the authority belongs to another server of the socket than the one the connection was made
/// to.</param>
public readonly record struct RouteHit(Route? Route, int MatchedPrefix, bool RedirectsToHttps, bool IsMisdirected = false)
{
    /// <summary>A request that this connection is not for.</summary>
    public static RouteHit Misdirected => new(null, 0, RedirectsToHttps: false, IsMisdirected: true);
}
