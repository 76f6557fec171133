using System.Net;

namespace Parallax.Proxy.Configuration;

/// <summary>Reads ServiceEntries and WorkloadEntries.</summary>
internal static class ServiceEntryReader
{
    /// <summary>Reads <c>spec</c> of a ServiceEntry.</summary>
    public static ServiceEntryDocument Read(DocumentHead head, Fields spec)
    {
        spec.NotSupported("addresses", "requests are told apart by their host");
        _ = ExportTo.Read(head, spec, mayBeNobody: true);
        spec.NotSupported("subjectAltNames", "they are given by the DestinationRule's tls.subjectAltNames");
        _ = spec.Choice("location", "MESH_EXTERNAL", "MESH_INTERNAL");
        var entry = new ServiceEntryDocument
        {
            Head = head,
            Hosts = [.. Hosts(spec).Select(host => Hostnames.Qualify(host, head.Namespace))],
            Ports = spec.Objects("ports", Port),
            Resolution = spec.Choice("resolution", "NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS") ?? "NONE",
            Endpoints = spec.Objects("endpoints", Workload),
            Selector = spec.Object("workloadSelector", selector => selector.TextMap("labels")),
        };
        Check(spec, entry);
        return entry;
    }

    /// <summary>Reads <c>spec</c> of a WorkloadEntry.</summary>
    public static WorkloadEntryDocument ReadWorkload(DocumentHead head, Fields spec) => new(head, Workload(spec));

    private static IReadOnlyList<string> Hosts(Fields spec)
    {
        var hosts = spec.Texts("hosts");
        if (hosts.Count == 0)
        {
            spec.Missing("hosts", "name at least one host");
        }

        foreach (var (index, host) in hosts.Index())
        {
            if (!Hostnames.IsPattern(host) || host == "*")
            {
                spec.Findings.Error(
                    "FLD104", spec.Of("hosts").At(index), $"is \"{host}\", which is no host", "write a name or *.example.com");
            }
        }

        return hosts;
    }

    private static void Check(Fields spec, ServiceEntryDocument entry)
    {
        if (entry.Endpoints.Count > 0 && entry.Selector is not null)
        {
            spec.Findings.Error("RUL201", spec.Of("workloadSelector"), "cannot stand beside endpoints", "leave one");
        }

        if (entry.Resolution == "STATIC" && entry.Endpoints.Count == 0 && entry.Selector is null)
        {
            spec.Findings.Error(
                "RUL209", spec.Of("resolution"), "is STATIC, but there are no endpoints", "add endpoints: [{address: 10.0.0.7}]");
        }

        if (entry.Resolution == "NONE" && entry.Endpoints.Count > 0)
        {
            spec.Findings.Error("RUL209", spec.Of("endpoints"), "cannot be given with resolution NONE", "write resolution: STATIC");
        }

        if (entry.Resolution == "DYNAMIC_DNS")
        {
            spec.Findings.Warning("FLD105", spec.Of("resolution"), "is DYNAMIC_DNS, which is not supported; the host itself is looked up");
        }

        foreach (var endpoint in entry.Endpoints.Where(_ => entry.Resolution == "STATIC"))
        {
            if (endpoint.Address.Length > 0 && !IPAddress.TryParse(endpoint.Address, out _))
            {
                spec.Findings.Error(
                    "FLD104", endpoint.Place.Of("address"), $"is \"{endpoint.Address}\", which is no IP address",
                    "write resolution: DNS for names");
            }
        }

        foreach (var twice in entry.Ports.GroupBy(port => port.Number).Where(group => group.Count() > 1))
        {
            spec.Findings.Error("REF309", spec.Of("ports"), $"has the port {twice.Key} twice");
        }
    }

    private static EntryPortDocument Port(Fields fields)
    {
        if (!fields.Has("number"))
        {
            fields.Missing("number", "give the port");
        }

        _ = fields.Choice(
            "protocol", "HTTP", "HTTPS", "GRPC", "GRPC-WEB", "HTTP2", "HTTP_PROXY", "MONGO", "MYSQL", "REDIS", "TCP", "TLS", "UDP",
            "http", "https", "grpc", "http2", "tcp", "tls");
        return new(
            fields.Whole("number", 1, 65_535) ?? 0,
            fields.RequiredText("name", "name the port, such as http"),
            fields.Whole("targetPort", 1, 65_535));
    }

    private static WorkloadDocument Workload(Fields fields)
    {
        foreach (var key in new[] { "network", "locality" })
        {
            fields.NotSupported(key, "localities are not known here");
        }

        fields.NotSupported("serviceAccount", "there are no identities of a mesh");
        var address = fields.RequiredText("address", "give the IP address or name");
        if (address.Length > 0 && !IPAddress.TryParse(address, out _) && !Hostnames.IsName(address))
        {
            fields.Findings.Error("FLD104", fields.Of("address"), $"is \"{address}\", which is neither an IP address nor a name");
        }

        var ports = fields.Object("ports", Ports) ?? [];
        return new(fields.Place, address, ports, fields.TextMap("labels"), fields.Whole("weight") is { } weight and > 0 ? weight : 1);
    }

    private static List<KeyValuePair<string, int>> Ports(Fields fields) =>
    [
        .. fields.Place.Node is MapNode map
            ? map.Entries
                .Select(entry => KeyValuePair.Create(entry.Key, fields.Whole(entry.Key, 1, 65_535) ?? 0))
                .Where(each => each.Value > 0)
            : [],
    ];
}
