using Parallax.Documents;
using Parallax.Proxy.Configuration.Clusters;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>Reads VirtualServices and checks what can be said of each alone.</summary>
internal static class VirtualServiceReader
{
    private const string OnlyHttp = "only HTTP is proxied";

    /// <summary>Reads <c>spec</c>.</summary>
    public static VirtualServiceDocument Read(DocumentHead head, Fields spec)
    {
        var hosts = Hosts(spec);
        var isDelegate = !spec.Has("hosts") || spec.Entries("hosts").Count == 0;
        if (isDelegate)
        {
            foreach (var key in spec.Present("gateways", "tls", "tcp"))
            {
                spec.Findings.Error(
                    "RUL204", spec.Of(key), "cannot stand in a VirtualService without hosts, whose routes are for others to delegate to",
                    "add hosts, or remove it");
            }
        }

        if (spec.Entries("http").Count + spec.Entries("tls").Count + spec.Entries("tcp").Count == 0)
        {
            spec.Missing("http", "give it routes");
        }

        spec.NotSupported("tls", OnlyHttp);
        spec.NotSupported("tcp", OnlyHttp);
        var gateways = spec.Texts("gateways");
        return new(
            head,
            hosts,
            gateways.Count == 0 ? [GatewayNames.Mesh] : gateways,
            ExportTo.Read(head, spec, isHonoured: isDelegate),
            spec.Objects("http", fields => Route(head, fields, isDelegate)));
    }

    /// <summary>Reads <c>host</c>, <c>port</c> and <c>subset</c>.</summary>
    public static HostReference Destination(Fields fields)
    {
        var host = fields.RequiredText("host", "name the service, such as httpbin").ToLowerInvariant();
        if (host.Length > 0 && (host == "*" || !Hostnames.IsIstioPattern(host)))
        {
            fields.Findings.Error("FLD104", fields.Of("host"), $"is \"{host}\", which is not a host of a service");
        }

        var subset = fields.Text("subset") ?? "";
        if (subset.Length > 0 && !Hostnames.IsLabel(subset))
        {
            fields.Findings.Error("FLD104", fields.Of("subset"), $"is \"{subset}\"; names of subsets are letters, digits and hyphens");
        }

        return new(fields.Place, host, fields.Object("port", PortNumber), subset);
    }

    private static int? PortNumber(Fields port)
    {
        if (!port.Has("number"))
        {
            port.Missing("number", "write port: {number: 80}");
        }

        return port.Whole("number", 1, 65_535);
    }

    private static List<string> Hosts(Fields spec)
    {
        var hosts = spec.Texts("hosts").Select(host => host.ToLowerInvariant()).ToList();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var patterns = new List<string>();
        foreach (var (index, host) in hosts.Index())
        {
            // Two names overlap when they are the same; only patterns have to be held against all others.
            var isPattern = Hostnames.IsWildcard(host);
            var before = isPattern ? hosts.Take(index) : names.Contains(host) ? [host] : patterns;
            var twice = before.FirstOrDefault(each => Overlap(each, host));
            (isPattern ? patterns : (ICollection<string>)names).Add(host);
            if (twice is not null)
            {
                spec.Findings.Error(
                    "REF309", spec.Of("hosts").At(index), $"is {host}, which overlaps {twice} before it", "leave the wider of them");
            }

            if (!Hostnames.IsIstioPattern(host))
            {
                spec.Findings.Error(
                    "FLD104", spec.Of("hosts").At(index), $"is \"{host}\", which is not a host", "write a name, *.example.com or *");
            }
        }

        return [.. hosts.Select(Hostnames.InAuthority)];
    }

    private static bool Overlap(string a, string b) => Hostnames.Covers(a, b) || Hostnames.Covers(b, a);

    private static HttpRouteDocument Route(DocumentHead head, Fields fields, bool isDelegate)
    {
        if (fields.Has("websocketUpgrade"))
        {
            fields.Findings.Warning("FLD106", fields.Of("websocketUpgrade"), "is a field of the past without effect", "remove it");
        }

        var headers = fields.Object("headers", HeadersReader.Read) ?? new();
        var redirect = fields.Object("redirect", RouteActionReader.Redirect);
        var isUsable = redirect is null || RouteActionReader.IsUsable(redirect, fields.Of("redirect"), fields.Findings);
        var timeout = fields.Duration("timeout");
        var route = new HttpRouteDocument
        {
            Place = fields.Place,
            Name = fields.Text("name"),
            Given = fields.Names,
            Delegate = fields.Object("delegate", each => Delegate(head, each)),
            Matches = fields.Objects("match", MatchReader.Read),
            Destinations = fields.Objects("route", RouteDestination),
            Redirect = isUsable ? redirect : null,
            DirectResponse = isUsable
                ? fields.Object("directResponse", RouteActionReader.DirectResponse) : new DirectResponseConfig { Status = 500 },
            Rewrite = fields.Object("rewrite", RouteActionReader.Rewrite),
            Headers = headers,
            Timeout = timeout is { Ticks: > 0 } ? timeout : null,
            Retry = fields.Object("retries", RetryReader.Read) ?? RetryConfig.Default,
            Fault = fields.Object("fault", RouteActionReader.Fault),
            Cors = fields.Object("corsPolicy", RouteActionReader.Cors),
            Mirror = fields.Object("mirror", Destination),
            MirrorPercentage = Percentages.OfMirror(fields),
            MirrorPercent = Percentages.OfMirrorInWhole(fields),
            MirrorPolicies = fields.Objects("mirrors", Mirror),
        };
        HttpRouteRules.Check(fields, route, isDelegate);
        return route;
    }

    private static DestinationDocument RouteDestination(Fields fields)
    {
        var service = fields.Object("destination", Destination);
        if (!fields.Has("destination"))
        {
            fields.Missing("destination", "write destination: {host: NAME}");
        }

        return new(
            service ?? new(fields.Place, "", null, ""),
            fields.Whole("weight"),
            fields.Object("headers", HeadersReader.Read) ?? new());
    }

    private static DelegateReference Delegate(DocumentHead head, Fields fields)
    {
        var name = fields.RequiredText("name", "name the VirtualService whose routes stand here");
        return new(fields.Place, name, fields.Text("namespace") is { Length: > 0 } place ? place : head.Namespace);
    }

    private static MirrorDocument Mirror(Fields fields)
    {
        var service = fields.Object("destination", Destination);
        if (!fields.Has("destination"))
        {
            fields.Missing("destination", "name the host that receives the copies");
        }

        return new(
            service ?? new(fields.Place, "", null, ""),
            Percentages.OfPolicy(fields),
            fields.Object("headers", HeadersReader.Read) ?? new(),
            fields.Text("authority"));
    }
}
