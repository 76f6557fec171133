using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>Puts the routes of delegates in place of the routes that delegate to them, merged as Istio does.</summary>
/// <remarks>Thread safety: none; used once.</remarks>
internal sealed class Delegation(IReadOnlyList<VirtualServiceDocument> services, Findings findings)
{
    private static readonly DirectResponseConfig NotThere = new() { Status = 500 };

    private readonly HashSet<VirtualServiceDocument> _used = new(ReferenceEqualityComparer.Instance);

    /// <summary>The VirtualServices without hosts that nobody delegates to, once the others are resolved.</summary>
    public IEnumerable<VirtualServiceDocument> Unused => services.Where(service => service.IsDelegate && !_used.Contains(service));

    /// <summary>The VirtualServices that have hosts, without delegation.</summary>
    public IReadOnlyList<VirtualServiceDocument> Resolve()
    {
        List<VirtualServiceDocument> roots = [.. services.Where(service => !service.IsDelegate).Select(root => root.Routes.Any(
            route => route.Delegate is not null)
            ? root with { Routes = [.. root.Routes.SelectMany(route => Routes(root, route))] }
            : root)];
        foreach (var service in Unused)
        {
            findings.Warning(
                "REF307", service.Head.Place.Of("spec"), "has no hosts, and no other VirtualService delegates to it, so nothing is served",
                "add hosts, or delegate: {name: " + service.Head.Name + "} to a route of another");
        }

        return roots;
    }

    private IEnumerable<HttpRouteDocument> Routes(VirtualServiceDocument root, HttpRouteDocument route)
    {
        if (route.Delegate is not { } reference)
        {
            return [route];
        }

        var found = services.FirstOrDefault(
            each => each.Head.Name == reference.Name && each.Head.Namespace == reference.Namespace);
        if (ProblemOf(root, reference, found) is { } problem)
        {
            findings.Warning("REF311", reference.Place, $"{problem}; requests for it are answered 500", RemedyFor(reference, found));
            return [new() { Place = route.Place, Given = [], Name = route.Name, Matches = route.Matches, DirectResponse = NotThere }];
        }

        _used.Add(found!);
        return found!.Routes.Select(leaf => Merge(root, route, found, leaf)).OfType<HttpRouteDocument>();
    }

    private static string? ProblemOf(VirtualServiceDocument root, DelegateReference reference, VirtualServiceDocument? found) =>
        found is null ? $"is the VirtualService {reference.Namespace}/{reference.Name}, which is in none of the files"
        : !found.IsDelegate ? $"is the VirtualService {reference.Namespace}/{reference.Name}, which has hosts, so nobody can delegate to it"
        : !found.ExportTo.Contains("*") && !found.ExportTo.Contains(root.Head.Namespace)
            ? $"is the VirtualService {reference.Namespace}/{reference.Name}, which is not exported to {root.Head.Namespace}"
        : null;

    private string RemedyFor(DelegateReference reference, VirtualServiceDocument? found)
    {
        var nearest = Spelling.Nearest(reference.Name, services.Where(each => each.IsDelegate).Select(each => each.Head.Name));
        return found is not null ? "" : nearest is null ? "add its file" : $"did you mean \"{nearest}\"?";
    }

    // What stands in the delegate's route goes before what stands in the root's; nothing is put together of both.
    private HttpRouteDocument? Merge(
        VirtualServiceDocument root, HttpRouteDocument route, VirtualServiceDocument service, HttpRouteDocument leaf)
    {
        if (MatchMerging.Merge(route.Matches, root.Head.Namespace, leaf.Matches, service.Head.Namespace) is not { } matches)
        {
            findings.Warning(
                "RUL216", leaf.Place, $"matches what {root.Head} does not hand over at {route.Place.Position}, so nothing is served there",
                "let each of its match blocks lie within one of those");
            return null;
        }

        HttpRouteDocument From(string key) => leaf.Given.Contains(key) ? leaf : route;
        return leaf with
        {
            Matches = matches,
            Name = leaf.Name is null ? route.Name : route.Name is null ? leaf.Name : $"{route.Name}-{leaf.Name}",
            Destinations = [.. leaf.Destinations.Select(each => each with { Service = each.Service.From(service.Head.Namespace) })],
            Rewrite = From("rewrite").Rewrite,
            DirectResponse = From("directResponse").DirectResponse,
            Timeout = From("timeout").Timeout,
            Retry = From("retries").Retry,
            Fault = From("fault").Fault,
            Cors = From("corsPolicy").Cors,
            Headers = From("headers").Headers,
            MirrorPercentage = leaf.MirrorPercentage ?? route.MirrorPercentage,
            MirrorPercent = leaf.MirrorPercent ?? route.MirrorPercent,
            Mirror = leaf.Mirror?.From(service.Head.Namespace) ?? route.Mirror?.From(root.Head.Namespace),
            MirrorPolicies = leaf.Given.Contains("mirrors")
                ? MirrorsFrom(leaf, service.Head.Namespace) : MirrorsFrom(route, root.Head.Namespace),
        };
    }

    private static IReadOnlyList<MirrorDocument> MirrorsFrom(HttpRouteDocument route, string inNamespace) =>
        [.. route.MirrorPolicies.Select(each => each with { Service = each.Service.From(inNamespace) })];
}
