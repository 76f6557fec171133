using Parallax.Proxy.Configuration.Model;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;
using MessageHead = Parallax.Wire.Http1.MessageHead;

namespace Parallax.Proxy.Routing;

/// <summary>A compiled route.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed class Route
{
    private readonly RouteTarget[] _targets;

    // Where the draws of each target end: the sum of the weights up to and with it.
    private readonly long[] _ends;

    internal Route(RouteConfig config, RouteTarget[] targets)
    {
        Config = config;
        Cors = config.Cors is null ? null : new CorsAnswer(config.Cors);
        HasTemplates = EditsOf(config).Any(edit => edit.Template is not null);
        _targets = targets;
        _ends = new long[targets.Length];
        var sum = 0L;
        for (var index = 0; index < targets.Length; index++)
        {
            _ends[index] = sum += targets[index].Config.Weight;
        }
    }

    /// <summary>The route.</summary>
    public RouteConfig Config { get; }

    /// <summary>True when a header of it has a value that is made again for each message, so that somebody has to know
    /// <see cref="HeadFacts"/>.</summary>
    public bool HasTemplates { get; }

    /// <summary>Its cross-origin rules; null for none.</summary>
    public CorsAnswer? Cors { get; }

    /// <summary>The destinations, in the order of the configuration.</summary>
    public IReadOnlyList<RouteTarget> Targets => _targets;

    /// <summary>One of the destinations, by weight. Only for a route that has some.</summary>
    /// <param name="draw">0 to 999,999; not the draw of the mirrors.</param>
    public RouteTarget Pick(int draw)
    {
        if (_targets.Length == 1)
        {
            return _targets[0];
        }

        // A target with share s gets the draws from s' to s' + s of a million; rounding costs it less than one draw.
        var at = draw * _ends[^1];
        var index = 0;
        while (at >= _ends[index] * Sampler.Denominator)
        {
            index++;
        }

        return _targets[index];
    }

    /// <summary>True when the path goes on with dots that step up once its prefix is rewritten, which may end within a segment: "/api" of
    /// "/api../admin".</summary>
    /// <param name="head">The request's head.</param>
    /// <param name="octets">Its octets.</param>
    /// <param name="matchedPrefix">How many octets of the path the route's prefix matched.</param>
    internal bool LeavesDots(MessageHead head, ReadOnlySpan<byte> octets, int matchedPrefix)
    {
        var path = TargetParts.Of(head, octets).Path.Of(octets);
        if (matchedPrefix == 0 || matchedPrefix >= path.Length || path[matchedPrefix] != (byte)'.'
            || path[matchedPrefix - 1] == (byte)'/')
        {
            return false;
        }

        var segment = path[matchedPrefix..];
        var end = segment.IndexOf((byte)'/');
        return (end < 0 ? segment : segment[..end]) is [(byte)'.'] or [(byte)'.', (byte)'.']
            && (Config.Rewrite is not null || Config.Destinations.Any(each => each.Rewrite is not null));
    }

    private static IEnumerable<HeaderEdit> EditsOf(RouteConfig config) => config.RequestHeaders
        .Concat(config.ResponseHeaders)
        .Concat(config.Destinations.SelectMany(destination => destination.RequestHeaders.Concat(destination.ResponseHeaders)))
        .Concat(config.Mirrors.SelectMany(mirror => mirror.Headers));
}

/// <summary>A compiled destination of a route: its cluster, and how the heads of each leg are written when a request goes there.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed class RouteTarget
{
    /// <summary>The destination.</summary>
    public required DestinationConfig Config { get; init; }

    /// <summary>Writes the request's head for the primary leg.</summary>
    public required HeadRewriter Primary { get; init; }

    /// <summary>Writes the response's head for the client; null when nothing but hop-by-hop fields changes
    /// (<see cref="HeadRewriter.PlainResponse"/>).</summary>
    public HeadRewriter? Response { get; init; }

    /// <summary>The route's mirrors, each with what writes its copies' heads from the client's head: the primary's changes and its
    /// own.</summary>
    public required IReadOnlyList<RouteMirror> Mirrors { get; init; }
}

/// <summary>A mirror of a route as seen from one destination.</summary>
/// <param name="Config">The mirror.</param>
/// <param name="Policy">Decides about requests; the same for all destinations.</param>
/// <param name="Rewriter">Writes the copy's head.</param>
public sealed record RouteMirror(MirrorConfig Config, MirrorPolicy Policy, HeadRewriter Rewriter);
