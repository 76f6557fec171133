using Parallax.Documents;
using Parallax.Proxy.Configuration.Clusters;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>Reads DestinationRules.</summary>
internal static class DestinationRuleReader
{
    /// <summary>Reads <c>spec</c>.</summary>
    public static DestinationRuleDocument Read(DocumentHead head, Fields spec)
    {
        _ = ExportTo.Read(head, spec);
        spec.NotSupported("workloadSelector", "the proxy is not a workload with labels");
        var host = spec.RequiredText("host", "name the service, such as httpbin").ToLowerInvariant();
        if (host.Length > 0 && !Hostnames.IsIstioPattern(host))
        {
            spec.Findings.Error("FLD104", spec.Of("host"), $"is \"{host}\", which is not a host of a service");
        }

        var subsets = spec.Objects("subsets", Subset);
        foreach (var twice in subsets.GroupBy(subset => subset.Name).Where(group => group.Count() > 1))
        {
            spec.Findings.Error("REF309", twice.Last().Place.Of("name"), $"\"{twice.Key}\" is the name of two subsets");
        }

        return new(head, Hostnames.Qualify(host, head.Namespace), Policy(spec), subsets);
    }

    private static SubsetDocument Subset(Fields fields)
    {
        var name = fields.RequiredText("name", "name the subset, such as v1");
        if (name.Length > 0 && !Hostnames.IsLabel(name))
        {
            fields.Findings.Error("FLD104", fields.Of("name"), $"is \"{name}\"; names of subsets are letters, digits and hyphens");
        }

        return new(fields.Place, name, fields.TextMap("labels"), Policy(fields));
    }

    private static TrafficPolicyDocument Policy(Fields fields) => fields.Object("trafficPolicy", policy =>
    {
        if (policy.Names.Count == 0)
        {
            policy.Findings.Error("RUL205", policy.Place, "says nothing", "give it a policy, or remove it");
        }

        policy.NotSupported("tunnel", "requests are sent to endpoints directly");
        policy.NotSupported("proxyProtocol", "requests are sent without it");
        policy.NotSupported("retryBudget", "retries are bounded by connectionPool.http.maxRetries");
        return Settings(policy) with { Ports = policy.Objects("portLevelSettings", PortPolicy) };
    }) ?? new();

    private static PortPolicyDocument PortPolicy(Fields fields)
    {
        if (!fields.Has("port"))
        {
            fields.Missing("port", "write port: {number: 80}");
        }
        else if (fields.Names.Count == 1)
        {
            fields.Findings.Error("RUL205", fields.Place, "says nothing of its port", "give it a policy, or remove it");
        }

        return new(fields.Object("port", port => port.Whole("number", 1, 65_535)) ?? 0, Settings(fields));
    }

    private static TrafficPolicyDocument Settings(Fields fields) => new()
    {
        LoadBalancer = fields.Object("loadBalancer", TrafficPolicyReader.LoadBalancer),
        ConnectionPool = fields.Object("connectionPool", TrafficPolicyReader.ConnectionPool),
        OutlierDetection = fields.Object("outlierDetection", TrafficPolicyReader.OutlierDetection),
        Tls = fields.Object("tls", TlsPolicyReader.Read),
    };
}
