using System.Collections.Immutable;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Clusters;
using Parallax.Proxy.Routing;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Policy;

namespace Parallax.Proxy.Copies;

/// <summary>A mirror as one loop uses it.</summary>
/// <param name="Mirror">The mirror as seen from one destination.</param>
/// <param name="Tally">What is counted for it.</param>
/// <param name="Cluster">Its cluster; null when that is not known.</param>
internal sealed record LoopMirror(RouteMirror Mirror, MirrorTally Tally, PrimaryCluster? Cluster);

/// <summary>The mirrors of one loop and their endpoints, each a <see cref="ShadowTarget"/> that lives on the loop.</summary>
/// <remarks>Thread safety: belongs to the loop's thread; <see cref="Tallies"/>, <see cref="Targets"/> and
/// <see cref="Accounts"/> may be read from any.</remarks>
internal sealed class WorkerMirrors(LoopContext context, WorkerClusters loopClusters, ClusterSet clusters, ProxyShares shares)
{
    // Copies to an endpoint that is gone run to their end; none takes that long.
    private static readonly TimeSpan LeaveTime = TimeSpan.FromMinutes(10);

    // Documents may bring new names with every reload: beyond so many, those that are gone are reported as one.
    private const int MaxNames = 100;
    private const string Gone = "(gone)";

    private readonly Dictionary<RouteMirror, LoopMirror> _mirrors = new(ReferenceEqualityComparer.Instance);
    private readonly EndpointMap<ShadowTarget> _targets = new();
    private readonly Dictionary<(string Name, string Cluster), MirrorTally> _tallyOf = [];

    // Replaced as a whole, for other threads; only when a mirror or endpoint is used for the first time, or an endpoint is gone.
    private volatile ImmutableList<MirrorTally> _tallies = [];
    private volatile KnownTargets _known = new([], []);

    /// <summary>Chooses which requests are sampled.</summary>
    public SampleDraw Draw { get; } = new(
        context.Options.Sticky, context.Options.Seed?.NewRandom(context.Number) ?? context.Random, context.Options.Seed);

    /// <summary>The memory of copies; all loops share it.</summary>
    public OctetPool Pool => shares.Pool;

    /// <summary>False while shadows give way to clients.</summary>
    public bool TakesCopies => !shares.Shadows.IsClosed;

    /// <summary>Reports what becomes of copies; null when nobody wants to know.</summary>
    public CopyReports? Reports { get; } = context.Options.CopyObserver is { } observer ? new CopyReports(observer) : null;

    /// <summary>Records what becomes of copies; null when that is not recorded.</summary>
    public AwaitedShadows? Recorded { get; } = context.Options.Recording?.Shadows;

    /// <summary>Every mirror used so far; of those that are gone a sum when they are many.</summary>
    public IReadOnlyList<MirrorTally> Tallies => _tallies;

    /// <summary>Every endpoint in use.</summary>
    public IReadOnlyList<ShadowTarget> Targets => _known.Targets;

    /// <summary>Where every copy went: an account for each endpoint, and for each cluster one of those that are gone; one for
    /// clusters that are gone when they are many.</summary>
    public IReadOnlyList<ShadowAccount> Accounts
    {
        get
        {
            var known = _known;
            return [.. known.Targets.Select(target => target.Inbox.Account), .. known.Gone];
        }
    }

    /// <summary>The mirror as this loop uses it.</summary>
    public LoopMirror Of(RouteMirror mirror)
    {
        if (!_mirrors.TryGetValue(mirror, out var known))
        {
            known = _mirrors[mirror] = new LoopMirror(mirror, TallyOf(mirror), loopClusters.Find(mirror.Config.Cluster));
        }

        return known;
    }

    /// <summary>What takes copies for an endpoint.</summary>
    public ShadowTarget TargetOf(PrimaryCluster cluster, ClusterEndpoint endpoint)
    {
        if (_targets.TryGet(endpoint, out var existing))
        {
            return existing;
        }

        var target = NewTarget(cluster.Cluster, endpoint);
        _targets.Add(endpoint, target);
        _known = _known with { Targets = _known.Targets.Add(target) };
        if (_targets.IsSweepDue)
        {
            // Not now: the copy at hand is still to be offered.
            context.Loop.Post(static state => ((WorkerMirrors)state!).DrainGone(), this);
        }

        return target;
    }

    /// <summary>Closes connections that carry nothing: shadows give way.</summary>
    public void CloseIdle()
    {
        foreach (var target in _targets.Values)
        {
            target.CloseIdle();
        }
    }

    /// <summary>A new configuration is in force: its mirrors are others, the endpoints may be the same.</summary>
    public void Refresh()
    {
        _mirrors.Clear();
        FoldTallies();
        DrainGone();
    }

    // Those whose endpoints are gone finish what they have; then their account becomes part of a sum, in one step, so that a reader
    // sees each once.
    private void DrainGone()
    {
        foreach (var gone in _targets.TakeGone(clusters))
        {
            gone.Drain(LeaveTime, () => OnLeft(gone));
        }
    }

    private void OnLeft(ShadowTarget gone)
    {
        var account = gone.Inbox.Account;
        var sums = Plus(_known.Gone, account);
        if (sums.Count > MaxNames)
        {
            var (kept, folded) = Split(sums, sum => sum.Target);
            sums = folded.Aggregate(kept, (into, sum) => Plus(into, sum with { Target = Gone }));
        }

        _known = new KnownTargets(_known.Targets.Remove(gone), sums);
    }

    private static ImmutableList<ShadowAccount> Plus(ImmutableList<ShadowAccount> sums, ShadowAccount account) =>
        sums.Find(each => each.Target == account.Target) is { } sum ? sums.Replace(sum, sum.Plus(account)) : sums.Add(account);

    private void FoldTallies()
    {
        if (_tallies.Count <= MaxNames)
        {
            return;
        }

        var (kept, folded) = Split(_tallies, tally => tally.Cluster);
        var gone = new MirrorTally(Gone, Gone);
        foreach (var tally in folded)
        {
            gone.Add(tally);
            _tallyOf.Remove((tally.Name, tally.Cluster));
        }

        // In one step, so that nobody reads a sum too large or too small.
        _tallies = folded.Count > 0 ? kept.Add(gone) : kept;
    }

    // What belongs to clusters in force, and what no longer does.
    private (ImmutableList<T> Kept, ImmutableList<T> Folded) Split<T>(ImmutableList<T> all, Func<T, string> clusterOf)
    {
        var isKnown = all.ToLookup(each => clusters.Find(clusterOf(each)) is not null);
        return ([.. isKnown[true]], [.. isKnown[false]]);
    }

    private MirrorTally TallyOf(RouteMirror mirror)
    {
        var name = (mirror.Config.Name, mirror.Config.Cluster);
        if (!_tallyOf.TryGetValue(name, out var known))
        {
            known = _tallyOf[name] = new MirrorTally(name.Name, name.Cluster, shares.Sessions);
            _tallies = _tallies.Add(known);
        }

        return known;
    }

    private ShadowTarget NewTarget(Cluster cluster, ClusterEndpoint endpoint)
    {
        var limits = cluster.Config.ConnectionPool;
        var authority = Endpoint.From(endpoint.Address).ToString();
        var shadows = context.Options.Shadows;
        var config = new ShadowTargetConfig
        {
            Name = cluster.Config.Name,
            Url = new ServerUrl(cluster.Config.Tls is not null, cluster.Config.Tls?.ServerName ?? cluster.Config.Host,
                endpoint.Address.Port, authority),
            Addresses = [endpoint.Address],
            Rewriter = null,
            Share = shares.Shadows,
            Tls = cluster.Tls is null ? null : () => cluster.Tls,
            Observer = Reports is { } reports ? reports.OnOutcome : null,
            Options = shadows with
            {
                MaxConnections = Math.Min(shadows.MaxConnections, limits.MaxConnections ?? int.MaxValue),
                ResponseTimeout = cluster.Config.ShadowTimeout ?? shadows.ResponseTimeout,
                VerifiesCertificate = cluster.Config.Tls?.VerifiesCertificate ?? true,
            },
        };
        return new ShadowTarget(context.Loop, Recorded?.Watched(config) ?? config);
    }

    private sealed record KnownTargets(ImmutableList<ShadowTarget> Targets, ImmutableList<ShadowAccount> Gone);
}
