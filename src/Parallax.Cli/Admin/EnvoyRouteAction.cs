using Parallax.Proxy.Configuration.Model;
using Parallax.Traffic.Rewriting;

namespace Parallax.Cli.Admin;

/// <summary>Envoy's <c>config.route.v3.RouteAction</c>: where a request goes, and where its copies do.</summary>
internal sealed record EnvoyRouteAction
{
    /// <summary>Where there is one destination.</summary>
    public string? Cluster { get; init; }

    /// <summary>Where there are several, or none.</summary>
    public EnvoyWeightedClusters? WeightedClusters { get; init; }

    public required string Timeout { get; init; }

    /// <summary>Null without any.</summary>
    public IReadOnlyList<EnvoyMirrorPolicy>? RequestMirrorPolicies { get; init; }

    public static EnvoyRouteAction Of(RouteConfig route) => new()
    {
        Cluster = route.Destinations is [var only] ? only.Cluster : null,
        WeightedClusters = route.Destinations.Count == 1 ? null : new EnvoyWeightedClusters(
            [.. route.Destinations.Select(destination => new EnvoyClusterWeight(destination.Cluster, destination.Weight))]),
        Timeout = EnvoyForm.Seconds(route.Timeout ?? TimeSpan.Zero),
        RequestMirrorPolicies = route.Mirrors.Count > 0 ? [.. route.Mirrors.Select(EnvoyMirrorPolicy.Of)] : null,
    };
}

/// <summary>Envoy's <c>config.route.v3.WeightedCluster</c>.</summary>
internal sealed record EnvoyWeightedClusters(IReadOnlyList<EnvoyClusterWeight> Clusters);

/// <summary>Envoy's <c>config.route.v3.WeightedCluster.ClusterWeight</c>.</summary>
internal sealed record EnvoyClusterWeight(string Name, int Weight);

/// <summary>Envoy's <c>config.route.v3.RouteAction.RequestMirrorPolicy</c>.</summary>
/// <param name="Cluster">Where copies go.</param>
/// <param name="RuntimeFraction">Which part of the requests is copied.</param>
/// <param name="TraceSampled">False: copies take part in no trace.</param>
/// <param name="DisableShadowHostSuffixAppend">True where copies keep their host or get another one; else null.</param>
internal sealed record EnvoyMirrorPolicy(
    string Cluster, EnvoyRuntimeFraction RuntimeFraction, bool TraceSampled, bool? DisableShadowHostSuffixAppend)
{
    public static EnvoyMirrorPolicy Of(MirrorConfig mirror) => new(
        mirror.Cluster,
        new EnvoyRuntimeFraction(new EnvoyFraction(mirror.Sampler.Numerator, "MILLION")),
        TraceSampled: false,
        mirror.Host is { Mode: not ShadowHostMode.Suffix } ? true : null);
}

/// <summary>Envoy's <c>config.core.v3.RuntimeFractionalPercent</c>.</summary>
internal sealed record EnvoyRuntimeFraction(EnvoyFraction DefaultValue);

/// <summary>Envoy's <c>type.v3.FractionalPercent</c>.</summary>
internal sealed record EnvoyFraction(int Numerator, string Denominator);
