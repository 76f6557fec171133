using System.Globalization;
using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Clusters;

/// <summary>Makes the clusters that routes and mirrors name, and reports what keeps them from being reached.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class ClusterBuilder(
    HostRegistry registry, IReadOnlyList<DestinationRuleDocument> rules, string? tlsFolder, Findings findings)
{
    private readonly ILookup<string, DestinationRuleDocument> _rules = rules.ToLookup(rule => rule.Host, StringComparer.Ordinal);
    private readonly List<DestinationRuleDocument> _patterns = [.. rules.Where(rule => Hostnames.IsWildcard(rule.Host))];
    private readonly Dictionary<string, ClusterConfig> _clusters = new(StringComparer.Ordinal);

    // A warning is given where a cluster is named first, an error wherever it is named.
    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);

    /// <summary>The clusters that are named, in their order.</summary>
    public IReadOnlyList<ClusterConfig> Named(IEnumerable<string> names) => [.. names.Distinct().Select(name => _clusters[name])];

    /// <summary>The cluster of a host, port and subset, made when it is not there yet.</summary>
    /// <param name="service">What the document names.</param>
    /// <param name="inNamespace">The namespace of that document.</param>
    /// <param name="listenerPort">The port when neither document nor registry know one.</param>
    /// <returns>Its name; null when the document's host is not usable, which was reported.</returns>
    public string? NameOf(HostReference service, string inNamespace, int listenerPort)
    {
        if (service.Host.Length == 0)
        {
            return null;
        }

        var host = Hostnames.Qualify(service.Host, inNamespace);
        var port = service.Port ?? registry.OnlyPortOf(host) ?? listenerPort;
        var name = string.Create(CultureInfo.InvariantCulture, $"outbound|{port}|{service.Subset}|{host}");
        _clusters[name] = Build(name, host, port, service);
        return name;
    }

    /// <summary>The name of a cluster without endpoints, for the share of requests that a document sends to something that cannot be
    /// used.</summary>
    public string Unusable(string name)
    {
        var cluster = $"outbound|0||{name}";
        _clusters.TryAdd(cluster, new() { Name = cluster, Host = name, Port = 0, Endpoints = [] });
        return cluster;
    }

    private ClusterConfig Build(string name, string host, int port, HostReference service)
    {
        var found = registry.Find(host, port);
        if (found.OtherPorts.Count > 0)
        {
            findings.Error(
                "REF310", service.Place.Of("port"), $"names port {port}, at which {host} is not known",
                $"known are {string.Join(", ", found.OtherPorts)}");
        }

        var ofHost = RulesOf(host);
        var policy = ofHost.Count > 0 ? ofHost[0].Policy : new();
        var subset = SubsetOf(name, ofHost, host, service);
        if (Hostnames.IsWildcard(host) && found.Endpoints.Count == 0)
        {
            Warn(
                name, "REF303", service.HostPlace, $"is {host}, a pattern; to send requests to the host they name is not supported: "
                + "they are answered 503, copies dropped", $"name the host, or add --resolve '{host}=ADDR:PORT'");
        }
        else if (found.IsGuess && service.Subset.Length == 0)
        {
            Warn(
                name, "REF303", service.HostPlace, $"is {host}, of which no endpoint is known; the name itself is looked up",
                $"add a ServiceEntry, or --resolve {Hostnames.Short(host)}=ADDR:PORT");
        }

        var inForce = policy.For(subset?.Policy, port);
        return new()
        {
            Name = name,
            Host = host,
            Port = port,
            Subset = service.Subset,
            Endpoints = IsUsable(inForce.Tls) ? EndpointsOf(name, found, host, subset, service) : [],
            LoadBalancer = inForce.LoadBalancer ?? new(),
            ConnectionPool = inForce.ConnectionPool ?? new(),
            OutlierDetection = inForce.OutlierDetection,
            Tls = inForce.Tls is { IsWhole: true } tls ? tls.With(tlsFolder) : null,
        };
    }

    // Without its certificate nothing may be sent to a service in another way.
    private bool IsUsable(TlsPolicy? tls)
    {
        if (tls?.CredentialName is not { } credential || tls.With(tlsFolder) is not null)
        {
            return tls?.IsWhole ?? true;
        }

        findings.Warning(
            "REF305", tls.Place, $"names the credential {credential}, of which there are no files; requests for the service are answered "
            + "503, copies dropped", $"give --tls-dir DIR with {tls.FilesOf(credential)}");
        return false;
    }

    private List<EndpointConfig> EndpointsOf(
        string name, RegisteredHost found, string host, SubsetDocument? subset, HostReference service)
    {
        if (service.Subset.Length == 0)
        {
            return [.. found.Endpoints.Select(each => each.Config)];
        }

        if (subset is null)
        {
            return [];
        }

        var chosen = found.Endpoints.Where(each => subset.Labels.All(each.Labels.Contains)).Select(each => each.Config).ToList();
        if (chosen.Count == 0 && found.OtherPorts.Count == 0)
        {
            var labels = string.Join(',', subset.Labels.Select(label => $"{label.Key}={label.Value}"));
            var message = $"is {service.Subset}, but no known endpoint of {host} has the labels {labels}";
            var remedy = $"--resolve {Hostnames.Short(host)}=ADDR:PORT,{labels}";
            var place = service.Place.Of("subset");
            if (found.Endpoints.Any(each => each.Labels.Count > 0))
            {
                findings.Error("REF304", place, message, $"label one in its ServiceEntry, or add {remedy}");
            }
            else
            {
                Warn(name, "REF304", place, message + "; requests for it are answered 503, copies dropped", $"add {remedy}");
            }
        }

        return chosen;
    }

    private SubsetDocument? SubsetOf(string name, List<DestinationRuleDocument> ofHost, string host, HostReference service)
    {
        if (service.Subset.Length == 0)
        {
            return null;
        }

        var subsets = ofHost.SelectMany(rule => rule.Subsets).ToList();
        var found = subsets.Find(subset => subset.Name == service.Subset);
        if (found is not null)
        {
            return found;
        }

        var place = service.Place.Of("subset");
        if (ofHost.Count > 0)
        {
            findings.Error(
                "REF302", place, $"is {service.Subset}, which {ofHost[0].Head} does not define",
                Spelling.Suggest(service.Subset, [.. subsets.Select(subset => subset.Name)]));
        }
        else
        {
            Warn(
                name, "REF302", place, $"is {service.Subset}, but no DestinationRule is for {host}; "
                + "requests for it are answered 503, copies dropped",
                "add the DestinationRule's file");
        }

        return null;
    }

    private void Warn(string name, string code, Place place, string message, string remedy)
    {
        if (_warned.Add(name))
        {
            findings.Warning(code, place, message, remedy);
        }
    }

    // Exact ones first, then the longest pattern: the first has the say, all have subsets.
    private List<DestinationRuleDocument> RulesOf(string host)
    {
        if (_rules.Contains(host))
        {
            return [.. _rules[host]];
        }

        var widest = _patterns.Where(rule => Hostnames.Covers(rule.Host, host)).MaxBy(rule => rule.Host.Length);
        return widest is null ? [] : [widest];
    }
}
