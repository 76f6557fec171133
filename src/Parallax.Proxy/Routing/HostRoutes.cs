using Parallax.Proxy.Configuration.Model;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Routing;

/// <summary>The routes of one virtual host.</summary>
/// <remarks>The first condition that is fulfilled wins, as if all were tried one after the other; the <see cref="PathTree"/> only leaves
/// out those whose path cannot fit. Thread safety: immutable.</remarks>
internal sealed class HostRoutes
{
    private static readonly RouteMatchConfig Everything = new();

    private readonly RouteMatch[] _matches;
    private readonly PathTree _tree;

    public HostRoutes(VirtualHostConfig config, int port, Func<RouteConfig, Route> compile)
    {
        RedirectsToHttps = config.RedirectsToHttps;
        var matches = new List<RouteMatch>();
        foreach (var routeConfig in config.Routes)
        {
            var route = compile(routeConfig);
            foreach (var match in routeConfig.Matches.Count == 0 ? [Everything] : routeConfig.Matches)
            {
                // The port is the listener's, the same for all that comes here.
                if (match.Port is null || match.Port == port)
                {
                    matches.Add(new RouteMatch(route, match));
                }
            }
        }

        _matches = [.. matches];
        _tree = new PathTree([.. matches.Select(match => match.PathConfig)]);
    }

    /// <summary>True when every request is redirected to https.</summary>
    public bool RedirectsToHttps { get; }

    /// <summary>The first route that matches.</summary>
    public RouteHit Find(in RoutedRequest request, in TargetParts target, ReadOnlySpan<byte> authority)
    {
        var path = target.Path.IsEmpty ? "/"u8 : target.Path.Of(request.Octets);
        var query = target.Query.Of(request.Octets);
        var best = FindNamed(request, path, authority, query);
        foreach (var number in _tree.Others)
        {
            if (number >= best)
            {
                break;
            }

            var match = _matches[number];
            if ((match.Path is null || match.Path.Matches(path, request.Scratch)) && match.MatchesBesidesPath(request, authority, query))
            {
                best = number;
                break;
            }
        }

        return best == int.MaxValue
            ? new RouteHit(null, 0, RedirectsToHttps)
            : new RouteHit(_matches[best].Route, _matches[best].Path?.CoveredOf(path.Length) ?? path.Length, RedirectsToHttps);
    }

    // Walks down the tree along the path.
    private int FindNamed(in RoutedRequest request, ReadOnlySpan<byte> path, ReadOnlySpan<byte> authority, ReadOnlySpan<byte> query)
    {
        var best = int.MaxValue;
        var rest = path;
        var node = _tree.Root;
        while (rest.StartsWith(node.Label))
        {
            rest = rest[node.Label.Length..];
            best = FirstOf(node.Prefix, best, request, authority, query);
            if (rest.IsEmpty || rest[0] == (byte)'/')
            {
                best = FirstOf(node.Segment, best, request, authority, query);
            }

            if (rest.IsEmpty)
            {
                return FirstOf(node.Exact, best, request, authority, query);
            }

            var child = node.ChildFirsts.AsSpan().IndexOf(rest[0]);
            if (child < 0)
            {
                break;
            }

            node = node.Children[child];
        }

        return best;
    }

    // The numbers grow: from the first that is not below the best one on nothing can be gained.
    private int FirstOf(
        int[] numbers, int best, in RoutedRequest request, ReadOnlySpan<byte> authority, ReadOnlySpan<byte> query)
    {
        foreach (var number in numbers)
        {
            if (number >= best)
            {
                break;
            }

            if (_matches[number].MatchesBesidesPath(request, authority, query))
            {
                return number;
            }
        }

        return best;
    }
}
