using System.Net;
using Parallax.Documents;
using Parallax.Proxy.Configuration.Clusters;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>Reads ServiceEntries and WorkloadEntries.</summary>
internal static class ServiceEntryReader
{
    private const string Unix = "unix://";

    private static readonly string[] Protocols =
    [
        "HTTP", "HTTPS", "HTTP2", "HTTP_PROXY", "GRPC", "GRPC-WEB", "TCP", "TLS", "UDP", "MONGO", "MYSQL", "REDIS",
    ];

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
            HasEndpoints = spec.Entries("endpoints").Count > 0,
            Selector = spec.Object("workloadSelector", selector => selector.TextMap("labels")),
        };
        ServiceEntryRules.Check(spec, entry);
        return entry;
    }

    /// <summary>Reads <c>spec</c> of a WorkloadEntry.</summary>
    public static WorkloadEntryDocument? ReadWorkload(DocumentHead head, Fields spec) =>
        Workload(spec) is { } workload ? new(head, workload) : null;

    private static IReadOnlyList<string> Hosts(Fields spec)
    {
        var hosts = spec.Texts("hosts");
        if (hosts.Count == 0)
        {
            spec.Missing("hosts", "name at least one host");
        }

        foreach (var (index, host) in hosts.Index())
        {
            if (!Hostnames.IsIstioPattern(host) || host == "*")
            {
                spec.Findings.Error(
                    "FLD104", spec.Of("hosts").At(index), $"is \"{host}\", which is not a host", "write a name or *.example.com");
            }
        }

        return hosts;
    }

    private static EntryPortDocument Port(Fields fields)
    {
        if (!fields.Has("number"))
        {
            fields.Missing("number", "give the port");
        }

        var protocol = fields.Text("protocol") ?? "";
        if (protocol.Length > 0 && !Protocols.Contains(protocol, StringComparer.OrdinalIgnoreCase))
        {
            fields.Findings.Error(
                "FLD104", fields.Of("protocol"), $"is \"{protocol}\", which is not a protocol", Spelling.Suggest(protocol, Protocols));
        }

        return new(
            fields.Whole("number", 1, 65_535) ?? 0,
            Label(fields, "name", fields.RequiredText("name", "name the port, such as http")),
            fields.Whole("targetPort", 0, 65_535) is { } port and > 0 ? port : null)
        {
            Protocol = protocol.ToUpperInvariant(),
        };
    }

    private static WorkloadDocument? Workload(Fields fields)
    {
        foreach (var key in new[] { "network", "locality" })
        {
            fields.NotSupported(key, "localities are not known here");
        }

        fields.NotSupported("serviceAccount", "there are no identities of a mesh");
        var address = fields.Text("address") ?? "";
        var ports = fields.Object("ports", Ports) ?? [];
        var labels = fields.TextMap("labels");
        var weight = fields.Whole("weight") is { } given and > 0 ? given : 1;
        return IsUsable(fields, address, ports.Count > 0) ? new(fields.Place, address, ports, labels, weight) : null;
    }

    private static bool IsUsable(Fields fields, string address, bool hasPorts)
    {
        if (address.Length == 0)
        {
            if (fields.Has("network"))
            {
                fields.Findings.Warning("FLD105", fields.Place, "has a network but no address, which is not supported; it is left out");
            }
            else
            {
                fields.Missing("address", "give the IP address or name");
            }

            return false;
        }

        if (address.StartsWith(Unix, StringComparison.Ordinal))
        {
            CheckSocket(fields, address[Unix.Length..], hasPorts);
            return false;
        }

        if (!IPAddress.TryParse(address, out _) && !Hostnames.IsName(address.TrimEnd('.')))
        {
            fields.Findings.Error("FLD104", fields.Of("address"), $"is \"{address}\", which is neither an IP address nor a name");
        }

        return true;
    }

    private static void CheckSocket(Fields fields, string path, bool hasPorts)
    {
        if (!path.StartsWith('@') && (!path.StartsWith('/') || path.EndsWith('/')))
        {
            fields.Findings.Error("FLD104", fields.Of("address"), "is not a socket", "write unix:// and the full path of a file");
        }
        else if (hasPorts)
        {
            fields.Findings.Error("RUL204", fields.Of("ports"), "cannot be given for a socket", "remove it");
        }
        else
        {
            fields.Findings.Warning(
                "FLD105", fields.Of("address"), "is a Unix domain socket, which is not supported; the endpoint is left out");
        }
    }

    private static List<KeyValuePair<string, int>> Ports(Fields fields) =>
    [
        .. fields.Place.Node is MapNode map
            ? map.Entries
                .Select(entry => KeyValuePair.Create(Label(fields, entry.Key, entry.Key), fields.Whole(entry.Key, 1, 65_535) ?? 0))
                .Where(each => each.Value > 0)
            : [],
    ];

    private static string Label(Fields fields, string key, string name)
    {
        if (name.Length > 0 && !Hostnames.IsLabel(name))
        {
            fields.Findings.Error(
                "FLD104", fields.Of(key), $"is \"{name}\", which is not a name of a port", "write letters, digits and hyphens");
        }

        return name;
    }
}
