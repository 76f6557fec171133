using Parallax.Proxy.Routing;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Shadowing;

namespace Parallax.Proxy.Forwarding;

/// <summary>A mirror as one loop uses it.</summary>
/// <param name="Mirror">The mirror as seen from one destination.</param>
/// <param name="Tally">What is counted for it.</param>
/// <param name="Cluster">Its cluster; null when that is not known.</param>
internal sealed record MirrorLeg(RouteMirror Mirror, MirrorTally Tally, PrimaryCluster? Cluster);

/// <summary>The mirrors of one loop and their endpoints, each a <see cref="ShadowTarget"/> that lives on the loop.</summary>
/// <remarks>Thread safety: belongs to the loop's thread; <see cref="Tallies"/> and <see cref="Targets"/> may be read from any.</remarks>
internal sealed class WorkerMirrors(ProxyWorker worker)
{
    private readonly Dictionary<RouteMirror, MirrorLeg> _legs = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<ClusterEndpoint, ShadowTarget> _targets = new(ReferenceEqualityComparer.Instance);

    // Told to other threads whole; they change only when a mirror or endpoint is met for the first time.
    private volatile IReadOnlyList<MirrorTally> _tallies = [];
    private volatile IReadOnlyList<ShadowTarget> _allTargets = [];

    /// <summary>Every mirror met so far.</summary>
    public IReadOnlyList<MirrorTally> Tallies => _tallies;

    /// <summary>Every endpoint met so far.</summary>
    public IReadOnlyList<ShadowTarget> Targets => _allTargets;

    /// <summary>The mirror as this loop uses it.</summary>
    public MirrorLeg Of(RouteMirror mirror)
    {
        if (!_legs.TryGetValue(mirror, out var leg))
        {
            leg = _legs[mirror] = new MirrorLeg(mirror, TallyOf(mirror), worker.Clusters.Find(mirror.Config.Cluster));
        }

        return leg;
    }

    /// <summary>What takes copies for an endpoint.</summary>
    public ShadowTarget TargetOf(PrimaryCluster cluster, ClusterEndpoint endpoint)
    {
        if (!_targets.TryGetValue(endpoint, out var target))
        {
            target = _targets[endpoint] = NewTarget(cluster.Cluster, endpoint);
            _allTargets = [.. _allTargets, target];
        }

        return target;
    }

    /// <summary>A new configuration is in force: its mirrors are others, the endpoints may be the same.</summary>
    public void Refresh() => _legs.Clear();

    private MirrorTally TallyOf(RouteMirror mirror)
    {
        var known = _tallies.FirstOrDefault(tally => tally.Name == mirror.Config.Name && tally.Cluster == mirror.Config.Cluster);
        if (known is null)
        {
            known = new MirrorTally(mirror.Config.Name, mirror.Config.Cluster);
            _tallies = [.. _tallies, known];
        }

        return known;
    }

    private ShadowTarget NewTarget(Cluster cluster, ClusterEndpoint endpoint)
    {
        var limits = cluster.Config.ConnectionPool;
        var authority = Endpoint.From(endpoint.Address).ToString();
        var shadows = worker.Options.Shadows;
        return new ShadowTarget(worker.Loop, new ShadowTargetConfig
        {
            Name = cluster.Config.Name,
            Url = new ShadowUrl(cluster.Config.Tls is not null, cluster.Config.Tls?.ServerName ?? cluster.Config.Host,
                endpoint.Address.Port, authority),
            Addresses = [endpoint.Address],
            Rewriter = null,
            Observer = worker.CopyReports is { } reports ? reports.OnOutcome : null,
            Options = shadows with
            {
                MaxConnections = Math.Min(shadows.MaxConnections, limits.MaxConnections ?? int.MaxValue),
                VerifiesCertificate = cluster.Config.Tls?.VerifiesCertificate ?? true,
            },
        });
    }
}
