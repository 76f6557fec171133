using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.GatewayApi;

/// <summary>A route and what decides its place among others of the same hostname.</summary>
/// <param name="Route">The route, with one match.</param>
/// <param name="Owner">The document it is of.</param>
internal sealed record RankedRoute(RouteConfig Route, DocumentHead Owner);

/// <summary>The order in which the Gateway API has matches tried: exact paths, then the longest prefixes, then those with a method, then
/// those with
/// more headers, then those with more query parameters; among equals the older document, then the order of names, then of the
/// rules.</summary>
internal static class RoutePrecedence
{
    /// <summary>Sorts routes of one hostname; equal ones keep their order.</summary>
    public static IReadOnlyList<RouteConfig> Sort(IEnumerable<RankedRoute> routes) =>
    [
        .. routes
            .OrderBy(each => KindOf(each.Route.Matches[0].Path))
            .ThenByDescending(each => each.Route.Matches[0].Path?.Value.Length ?? 0)
            .ThenBy(each => each.Route.Matches[0].Method is null)
            .ThenByDescending(each => each.Route.Matches[0].Headers.Count)
            .ThenByDescending(each => each.Route.Matches[0].QueryParams.Count)
            .ThenBy(each => each.Owner.Created.Length == 0)
            .ThenBy(each => each.Owner.Created, StringComparer.Ordinal)
            .ThenBy(each => $"{each.Owner.Namespace}/{each.Owner.Name}", StringComparer.Ordinal)
            .Select(each => each.Route),
    ];

    private static int KindOf(TextMatchConfig? path) => path?.Kind switch
    {
        TextMatchKind.Exact => 0,
        TextMatchKind.Regex => 1,
        _ => 2,
    };
}
