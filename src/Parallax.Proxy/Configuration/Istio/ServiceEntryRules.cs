using System.Net;
using Parallax.Documents;
using Parallax.Proxy.Configuration.Clusters;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>What the parts of a ServiceEntry must be to each other.</summary>
internal static class ServiceEntryRules
{
    /// <summary>Reports what does not go together.</summary>
    public static void Check(Fields spec, ServiceEntryDocument entry)
    {
        if (entry.HasEndpoints && entry.Selector is not null)
        {
            spec.Findings.Error("RUL201", spec.Of("workloadSelector"), "cannot stand beside endpoints", "leave one");
        }

        CheckAddresses(spec, entry);
        CheckPorts(spec, entry);
        switch (entry.Resolution)
        {
            case "STATIC":
                CheckStatic(spec, entry);
                break;
            case "NONE" when entry.HasEndpoints:
                spec.Findings.Error("RUL209", spec.Of("endpoints"), "cannot be given with resolution NONE", "write resolution: STATIC");
                break;
            case "DNS" or "DNS_ROUND_ROBIN":
                CheckNames(spec, entry);
                break;
            case "DYNAMIC_DNS":
                CheckDynamic(spec, entry);
                break;
        }
    }

    private static void CheckAddresses(Fields spec, ServiceEntryDocument entry)
    {
        foreach (var (index, address) in spec.Texts("addresses").Index())
        {
            var isNetwork = address.Contains('/', StringComparison.Ordinal);
            if (isNetwork ? !IPNetwork.TryParse(address, out _) && !IsLooseNetwork(address) : !IPAddress.TryParse(address, out _))
            {
                spec.Findings.Error("FLD104", spec.Of("addresses").At(index), $"is \"{address}\", which is no IP address or network");
            }
            else if (isNetwork && entry.Resolution is not ("NONE" or "STATIC"))
            {
                spec.Findings.Error(
                    "RUL209", spec.Of("addresses").At(index), $"is a network, which resolution {entry.Resolution} cannot have",
                    "write an address");
            }
        }
    }

    // 10.1.2.3/8: the bits beyond the mask need not be zero.
    private static bool IsLooseNetwork(string text) =>
        text.Split('/') is [var address, var bits]
        && IPAddress.TryParse(address, out var parsed)
        && int.TryParse(bits, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var length)
        && length <= (parsed.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128);

    private static void CheckPorts(Fields spec, ServiceEntryDocument entry)
    {
        foreach (var twice in entry.Ports.GroupBy(port => port.Number).Where(group => group.Count() > 1))
        {
            spec.Findings.Error("REF309", spec.Of("ports"), $"has the port {twice.Key} twice");
        }

        foreach (var twice in entry.Ports.Where(port => port.Name.Length > 0).GroupBy(port => port.Name).Where(group => group.Count() > 1))
        {
            spec.Findings.Error("REF309", spec.Of("ports"), $"has two ports called {twice.Key}");
        }

        if (entry.Resolution != "NONE" && entry.Hosts.Count > 1 && entry.Ports.Any(port => !port.TellsHost))
        {
            spec.Findings.Error(
                "RUL209", spec.Of("hosts"), "are several, but a port has a protocol that does not say which one is meant",
                "write protocol: HTTP or TLS, or a ServiceEntry for each");
        }

        foreach (var (endpoint, port) in entry.Endpoints.SelectMany(each => each.Ports.Select(port => (each, port.Key))))
        {
            if (!entry.Ports.Any(each => each.Name == port))
            {
                spec.Findings.Error(
                    "RUL209", endpoint.Place.Of("ports").Of(port), "is the name of no port of the ServiceEntry",
                    Spelling.Suggest(port, [.. entry.Ports.Select(each => each.Name)]));
            }
        }
    }

    private static void CheckStatic(Fields spec, ServiceEntryDocument entry)
    {
        if (!entry.HasEndpoints && entry.Selector is null)
        {
            spec.Findings.Warning(
                "RUL209", spec.Of("resolution"), "is STATIC, but there are no endpoints: requests are answered 503",
                "add endpoints: [{address: 10.0.0.7}]");
        }

        foreach (var endpoint in entry.Endpoints.Where(each => !IPAddress.TryParse(each.Address, out _)))
        {
            spec.Findings.Error(
                "FLD104", endpoint.Place.Of("address"), $"is \"{endpoint.Address}\", which is no IP address",
                "write resolution: DNS for names");
        }
    }

    private static void CheckNames(Fields spec, ServiceEntryDocument entry)
    {
        if (!entry.HasEndpoints && entry.Selector is null && entry.Hosts.FirstOrDefault(Hostnames.IsWildcard) is { } pattern)
        {
            spec.Findings.Error(
                "RUL209", spec.Of("hosts"), $"holds {pattern}, which cannot be looked up", "add endpoints, or write resolution: NONE");
        }

        if (entry.Resolution == "DNS_ROUND_ROBIN" && entry.Endpoints.Count > 1)
        {
            spec.Findings.Error("RUL209", spec.Of("endpoints"), "are several; DNS_ROUND_ROBIN has one", "write resolution: DNS");
        }
    }

    private static void CheckDynamic(Fields spec, ServiceEntryDocument entry)
    {
        spec.Findings.Warning(
            "FLD105", spec.Of("resolution"),
            "is DYNAMIC_DNS, which is not supported: a route names the host that its requests are sent to");
        if (entry.Hosts.Any(host => !Hostnames.IsWildcard(host)))
        {
            spec.Findings.Error("RUL209", spec.Of("hosts"), "are no patterns, which DYNAMIC_DNS needs", "write resolution: DNS");
        }

        foreach (var key in spec.Present("endpoints", "addresses"))
        {
            spec.Findings.Error("RUL209", spec.Of(key), "cannot be given with resolution DYNAMIC_DNS", "remove it");
        }
    }
}
