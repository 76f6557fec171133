using Parallax.Proxy.Configuration.Model;

namespace Parallax.Cli.Admin;

/// <summary>A cluster of <c>/config_dump</c>, with its endpoints.</summary>
internal sealed record ClusterDump(EnvoyCluster Cluster)
{
    public static IReadOnlyList<ClusterDump> Of(ProxyConfig config) =>
        [.. config.Clusters.Select(cluster => new ClusterDump(EnvoyCluster.Of(cluster)))];
}

/// <summary>Envoy's <c>config.cluster.v3.Cluster</c>.</summary>
internal sealed record EnvoyCluster(string Name, string ConnectTimeout, string LbPolicy, EnvoyLoadAssignment LoadAssignment)
{
    public static EnvoyCluster Of(ClusterConfig cluster) => new(
        cluster.Name,
        EnvoyForm.Seconds(cluster.ConnectionPool.ConnectTimeout),
        PolicyOf(cluster.LoadBalancer.Kind),
        new EnvoyLoadAssignment(cluster.Name, [new EnvoyLocality([.. cluster.Endpoints.Select(EnvoyLbEndpoint.Of)])]));

    private static string PolicyOf(LoadBalancerKind kind) => kind switch
    {
        LoadBalancerKind.RoundRobin => "ROUND_ROBIN",
        LoadBalancerKind.Random => "RANDOM",
        LoadBalancerKind.ConsistentHash => "RING_HASH",
        _ => "LEAST_REQUEST",
    };
}

/// <summary>Envoy's <c>config.endpoint.v3.ClusterLoadAssignment</c>.</summary>
internal sealed record EnvoyLoadAssignment(string ClusterName, IReadOnlyList<EnvoyLocality> Endpoints);

/// <summary>Envoy's <c>config.endpoint.v3.LocalityLbEndpoints</c>; all endpoints of a cluster are in one.</summary>
internal sealed record EnvoyLocality(IReadOnlyList<EnvoyLbEndpoint> LbEndpoints);

/// <summary>Envoy's <c>config.endpoint.v3.LbEndpoint</c>.</summary>
internal sealed record EnvoyLbEndpoint(EnvoyEndpoint Endpoint, int LoadBalancingWeight)
{
    public static EnvoyLbEndpoint Of(EndpointConfig endpoint) =>
        new(new EnvoyEndpoint(EnvoyAddress.Of(endpoint.Host, endpoint.Port)), endpoint.Weight);
}

/// <summary>Envoy's <c>config.endpoint.v3.Endpoint</c>.</summary>
internal sealed record EnvoyEndpoint(EnvoyAddress Address);
