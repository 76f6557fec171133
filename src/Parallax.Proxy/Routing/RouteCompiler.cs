using System.Globalization;
using Parallax.Proxy.Configuration.Model;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Routing;

/// <summary>Compiles routes: puts together what each leg's head is to become.</summary>
internal sealed class RouteCompiler(
    IEnumerable<ClusterConfig> clusters, ShadowHost shadowHost, ShadowMark mark, bool mirrorsSafeMethodsOnly)
{
    private readonly Dictionary<string, ClusterConfig> _clusters = clusters.ToDictionary(cluster => cluster.Name, StringComparer.Ordinal);

    /// <exception cref="ArgumentException">The configuration was not checked.</exception>
    public Route Compile(RouteConfig route) =>
        new(route, [.. TargetsOf(route, [.. route.Mirrors.Select(PolicyOf)])]);

    private IEnumerable<RouteTarget> TargetsOf(RouteConfig route, MirrorPolicy[] policies) =>
        route.Destinations.Select(destination => TargetOf(route, destination, policies));

    private MirrorPolicy PolicyOf(MirrorConfig mirror) => new()
    {
        MirrorsSafeMethodsOnly = mirrorsSafeMethodsOnly,
        Match = mirror.Match,
        Sampler = mirror.Sampler,
        Rate = mirror.Rate,
    };

    private RouteTarget TargetOf(RouteConfig route, DestinationConfig destination, MirrorPolicy[] policies)
    {
        var rewrite = destination.Rewrite ?? route.Rewrite;
        List<HeaderEdit> edits = [.. route.RequestHeaders, .. destination.RequestHeaders];
        var primary = new RewriteConfig
        {
            Leg = HeadLeg.Request,
            TargetAuthority = AuthorityOf(destination.Cluster),

            // Host set as a header is the authority like any other, so a copy's rule for the host applies to it.
            Authority = edits.LastOrDefault(SetsHost)?.Value ?? rewrite?.Authority,
            Edits = edits.FindAll(edit => !SetsHost(edit)),
            Path = rewrite is null ? null : PathOf(rewrite),
        };
        List<HeaderEdit> responseEdits = [.. destination.ResponseHeaders, .. route.ResponseHeaders];
        return new RouteTarget
        {
            Config = destination,
            Primary = new HeadRewriter(primary),
            Response = responseEdits.Count == 0 ? null : new HeadRewriter(new() { Leg = HeadLeg.Response, Edits = responseEdits }),
            Mirrors = [.. route.Mirrors.Select((each, at) => new RouteMirror(each, policies[at], new HeadRewriter(primary with
            {
                MirrorName = each.Name,
                Mark = mark,
                TargetAuthority = AuthorityOf(each.Cluster),
                Host = each.Host ?? shadowHost,
                Edits = [.. primary.Edits, .. each.Headers],
                Path = each.Path ?? primary.Path,
            })))],
        };
    }

    private static bool SetsHost(HeaderEdit edit) =>
        edit.Kind == HeaderEditKind.Set && edit.Name.Equals("host", StringComparison.OrdinalIgnoreCase);

    private static PathRewrite? PathOf(UriRewriteConfig rewrite)
    {
        if (rewrite.FullPath is not null)
        {
            return PathRewrite.ToPath(rewrite.FullPath);
        }

        if (rewrite.Prefix is not null)
        {
            return rewrite.IsSegmentPrefix ? PathRewrite.ToSegmentPrefix(rewrite.Prefix) : PathRewrite.ToPrefix(rewrite.Prefix);
        }

        if (rewrite.Regex is null)
        {
            return null;
        }

        return PathRewrite.TryRegex(rewrite.Regex, rewrite.RegexReplacement ?? "", out var path, out var error)
            ? path
            : throw new ArgumentException(error, nameof(rewrite));
    }

    // As a client of the cluster would write it: without the port that its scheme has anyway.
    private string AuthorityOf(string name)
    {
        if (!_clusters.TryGetValue(name, out var cluster))
        {
            return "";
        }

        var usual = cluster.Tls is null ? 80 : 443;
        return cluster.Port == usual ? cluster.Host : string.Create(CultureInfo.InvariantCulture, $"{cluster.Host}:{cluster.Port}");
    }
}
