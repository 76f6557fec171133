using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Clusters;

/// <summary>An endpoint as the registry knows it.</summary>
internal sealed record RegisteredEndpoint(EndpointConfig Config, IReadOnlyList<KeyValuePair<string, string>> Labels);

/// <summary>What is known of a service at one port.</summary>
/// <param name="Endpoints">Its endpoints.</param>
/// <param name="IsGuess">True when nobody named endpoints and the host itself is taken for one.</param>
/// <param name="OtherPorts">When the host is known but not at this port: the ports it is known at; else empty.</param>
internal sealed record RegisteredHost(IReadOnlyList<RegisteredEndpoint> Endpoints, bool IsGuess, IReadOnlyList<int> OtherPorts);

/// <summary>Says where services are: what the user said, then ServiceEntries, then the host's own name.</summary>
/// <remarks>Every cluster asks it, so that what is looked for by a name is found by it. Thread safety: immutable.</remarks>
internal sealed class HostRegistry(
    IReadOnlyList<EndpointOverride> overrides, IReadOnlyList<ServiceEntryDocument> entries, IReadOnlyList<WorkloadEntryDocument> workloads)
{
    private readonly ILookup<string, EndpointOverride> _overrides = overrides.ToLookup(each => each.Host, StringComparer.Ordinal);

    private readonly ILookup<string, ServiceEntryDocument> _exact = entries
        .SelectMany(entry => entry.Hosts.Distinct().Select(host => (Host: host, Entry: entry)))
        .ToLookup(each => each.Host, each => each.Entry, StringComparer.Ordinal);

    private readonly List<ServiceEntryDocument> _patterns = [.. entries.Where(entry => entry.Hosts.Any(Hostnames.IsWildcard))];

    private readonly ILookup<string, WorkloadEntryDocument> _workloads =
        workloads.ToLookup(each => each.Head.Namespace, StringComparer.Ordinal);

    /// <summary>The one port of a service; null when it has several or none is known.</summary>
    public int? OnlyPortOf(string host)
    {
        var ports = OverridesOf(host).Select(each => each.ServicePort).OfType<int>()
            .Concat(EntriesOf(host).SelectMany(entry => entry.Ports).Select(port => port.Number))
            .Distinct()
            .ToList();
        return ports.Count == 1 ? ports[0] : null;
    }

    /// <summary>The endpoints of a host's port.</summary>
    public RegisteredHost Find(string host, int port)
    {
        var said = OverridesOf(host);
        if (said.Count > 0)
        {
            var exact = said.Where(each => each.ServicePort == port).ToList();
            var chosen = exact.Count > 0 ? exact : [.. said.Where(each => each.ServicePort is null)];
            return new(
                [.. chosen.Select(each => new RegisteredEndpoint(new(each.Address, each.Port, each.Weight), each.Labels))],
                IsGuess: false,
                chosen.Count > 0 ? [] : [.. said.Select(each => each.ServicePort).OfType<int>().Distinct()]);
        }

        var known = EntriesOf(host);
        var withPort = known.Where(entry => entry.Ports.Count == 0 || entry.Ports.Any(each => each.Number == port)).ToList();
        var ports = known.SelectMany(entry => entry.Ports).Select(each => each.Number).Distinct().ToList();
        return known.Count == 0 ? new(Hostnames.IsWildcard(host) ? [] : [new(new(host, port), [])], IsGuess: true, [])
            : withPort.Count == 0 ? new([], IsGuess: false, ports)
            : new([.. withPort.SelectMany(entry => EndpointsOf(entry, host, port))], IsGuess: false, []);
    }

    // The most exact name that somebody used: name.namespace before name.
    private List<EndpointOverride> OverridesOf(string host)
    {
        foreach (var name in Hostnames.NamesOf(host).Reverse())
        {
            if (_overrides.Contains(name))
            {
                return [.. _overrides[name]];
            }
        }

        return [];
    }

    private List<ServiceEntryDocument> EntriesOf(string host) => _exact.Contains(host)
        ? [.. _exact[host]]
        : _patterns.FindAll(entry => entry.Hosts.Any(pattern => Hostnames.Covers(pattern, host)));

    private IEnumerable<RegisteredEndpoint> EndpointsOf(ServiceEntryDocument entry, string host, int port)
    {
        var declared = entry.Ports.FirstOrDefault(each => each.Number == port) ?? new(port, "", null);
        var listed = entry.Endpoints;
        if (entry.Selector is { } selector)
        {
            listed = [.. _workloads[entry.Head.Namespace]
                .Select(each => each.Workload)
                .Where(workload => selector.All(workload.Labels.Contains))];
        }
        else if (!entry.HasEndpoints)
        {
            // A pattern is not a name to look up; without a list STATIC has nobody.
            return entry.Resolution == "STATIC" || Hostnames.IsWildcard(host) ? [] : [new(new(host, declared.TargetPort ?? port), [])];
        }

        return listed.Select(each => new RegisteredEndpoint(new(each.Address, PortOf(each, declared), each.Weight), each.Labels));
    }

    private static int PortOf(WorkloadDocument endpoint, EntryPortDocument port)
    {
        var own = endpoint.Ports.FirstOrDefault(each => each.Key == port.Name).Value;
        return own > 0 ? own : port.TargetPort ?? port.Number;
    }
}
