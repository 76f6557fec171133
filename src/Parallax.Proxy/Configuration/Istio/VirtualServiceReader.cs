namespace Parallax.Proxy.Configuration;

/// <summary>Reads VirtualServices and checks what can be said of each alone.</summary>
internal static class VirtualServiceReader
{
    private const string OnlyHttp = "only HTTP is proxied";

    /// <summary>Reads <c>spec</c>.</summary>
    public static VirtualServiceDocument Read(DocumentHead head, Fields spec)
    {
        spec.NotSupported("tls", OnlyHttp);
        spec.NotSupported("tcp", OnlyHttp);
        spec.NotSupported("exportTo", "every file given is in force everywhere");
        var gateways = spec.Texts("gateways");
        return new(head, Hosts(spec), gateways.Count == 0 ? ["mesh"] : gateways, spec.Objects("http", Route));
    }

    /// <summary>Reads <c>host</c>, <c>port</c> and <c>subset</c>.</summary>
    public static HostReference Destination(Fields fields)
    {
        var host = fields.RequiredText("host", "name the service, such as httpbin").ToLowerInvariant();
        if (host.Length > 0 && !Hostnames.IsName(host))
        {
            fields.Findings.Error("FLD104", fields.Of("host"), $"is \"{host}\", which is no host of a service");
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
        foreach (var (index, host) in hosts.Index())
        {
            if (!Hostnames.IsPattern(host))
            {
                spec.Findings.Error(
                    "FLD104", spec.Of("hosts").At(index), $"is \"{host}\", which is no host", "write a name, *.example.com or *");
            }
        }

        return hosts;
    }

    private static HttpRouteDocument Route(Fields fields)
    {
        fields.NotSupported("delegate", "routes of one VirtualService stand in it");
        if (fields.Has("websocketUpgrade"))
        {
            fields.Findings.Warning("FLD106", fields.Of("websocketUpgrade"), "is a field of the past without effect", "remove it");
        }

        var headers = fields.Object("headers", HeadersReader.Read) ?? new();
        var timeout = fields.Duration("timeout");
        var route = new HttpRouteDocument
        {
            Place = fields.Place,
            Name = fields.Text("name"),
            IsConditional = fields.Entries("match").Count > 0,
            Matches = fields.Objects("match", MatchReader.Read),
            Destinations = fields.Objects("route", RouteDestination),
            Redirect = fields.Object("redirect", RouteActionReader.Redirect),
            DirectResponse = fields.Object("directResponse", RouteActionReader.DirectResponse),
            Rewrite = fields.Object("rewrite", RouteActionReader.Rewrite),
            Headers = headers,
            Timeout = timeout is { Ticks: > 0 } ? timeout : null,
            Retry = fields.Object("retries", RetryReader.Read) ?? RetryConfig.Default,
            Fault = fields.Object("fault", RouteActionReader.Fault),
            Cors = fields.Object("corsPolicy", RouteActionReader.Cors),
            Mirrors = Mirrors(fields),
        };
        HttpRouteRules.Check(fields, route);
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

    private static List<MirrorDocument> Mirrors(Fields fields)
    {
        var mirrors = new List<MirrorDocument>();
        var share = Percentages.OfMirror(fields);
        if (fields.Object("mirror", Destination) is { } single)
        {
            mirrors.Add(new(single, share, new(), null));
        }

        mirrors.AddRange(fields.Objects("mirrors", Mirror));
        if (fields.Has("mirror") && fields.Has("mirrors"))
        {
            fields.Findings.Error("RUL203", fields.Of("mirrors"), "cannot stand beside mirror", "put all of them into mirrors");
        }

        // Without a share there is no mirror, as in Istio.
        return [.. mirrors.Where(mirror => mirror.Sampler.Numerator > 0)];
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
