using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.Runs.Running;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;

namespace Parallax.Runs.Capturing;

/// <summary>Makes mirrors of a capture from the routes of documents. A mirror's cluster has one target: its endpoints are tried in turn
/// when one cannot be reached.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class DocumentMirrors
{
    /// <summary>The mirrors that the routes have.</summary>
    /// <param name="config">The documents.</param>
    /// <param name="routes">The same, compiled.</param>
    /// <param name="limits">The limits of each target.</param>
    /// <exception cref="RunException">No route has a mirror, or one has no endpoint.</exception>
    public static IReadOnlyList<MirrorOptions> Of(ProxyConfig config, RoutingTable routes, ShadowOptions limits)
    {
        var clusters = config.Clusters.ToDictionary(cluster => cluster.Name);
        var mirrors = OutOfBandMirrors.MirrorsOf(routes).Distinct(ReferenceEqualityComparer.Instance).Cast<RouteMirror>()
            .Select(mirror => MirrorOf(mirror, clusters[mirror.Config.Cluster], limits))
            .ToList();
        return mirrors.Count > 0 ? mirrors
            : throw new RunException("no route of the documents has a mirror, so nothing would be copied");
    }

    private static MirrorOptions MirrorOf(RouteMirror mirror, ClusterConfig cluster, ShadowOptions limits)
    {
        var scheme = cluster.Tls is null ? "http" : "https";
        var isUrl = ServerUrl.TryParse($"{scheme}://{cluster.Host}:{cluster.Port}", out var url, out _);
        var addresses = cluster.Endpoints.SelectMany(endpoint => HostNames.Resolve("--file", endpoint.Host, endpoint.Port)).ToList();
        if (!isUrl || url is null || addresses.Count == 0)
        {
            throw new RunException($"the mirror {mirror.Config.Name} has no endpoint; name one: --resolve {cluster.Host}=ADDRESS:PORT");
        }

        var tls = ClusterTls.OptionsOf(cluster);
        return new(mirror.Policy, new()
        {
            Name = mirror.Config.Name,
            Url = url,
            Addresses = addresses,
            Rewriter = null,
            Options = limits,
            Tls = tls is null ? null : () => tls,
        })
        {
            Route = mirror,
        };
    }
}
