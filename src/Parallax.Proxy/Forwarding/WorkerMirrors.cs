using System.Collections.Immutable;
using Parallax.Proxy.Routing;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Exchanges;

namespace Parallax.Proxy.Forwarding;

/// <summary>A mirror as one loop uses it.</summary>
/// <param name="Mirror">The mirror as seen from one destination.</param>
/// <param name="Tally">What is counted for it.</param>
/// <param name="Cluster">Its cluster; null when that is not known.</param>
internal sealed record MirrorLeg(RouteMirror Mirror, MirrorTally Tally, PrimaryCluster? Cluster);

/// <summary>The mirrors of one loop and their endpoints, each a <see cref="ShadowTarget"/> that lives on the loop.</summary>
/// <remarks>Thread safety: belongs to the loop's thread; <see cref="Tallies"/>, <see cref="Targets"/> and
/// <see cref="Accounts"/> may be read from any.</remarks>
internal sealed class WorkerMirrors(ProxyWorker worker, ClusterSet clusters)
{
    // Copies to an endpoint that is gone run to their end; none takes that long.
    private static readonly TimeSpan LeaveTime = TimeSpan.FromMinutes(10);

    // Documents may bring new names with every reload: beyond so many, those that are gone are told as one.
    private const int MaxNames = 100;
    private const string Gone = "(gone)";

    private readonly Dictionary<RouteMirror, MirrorLeg> _legs = new(ReferenceEqualityComparer.Instance);
    private readonly EndpointMap<ShadowTarget> _targets = new();
    private readonly Dictionary<(string Name, string Cluster), MirrorTally> _tallyOf = [];

    // Told to other threads whole; they change only when a mirror or endpoint is met for the first time, or an endpoint is let go.
    private volatile ImmutableList<MirrorTally> _tallies = [];
    private volatile KnownTargets _known = new([], []);

    /// <summary>Every mirror met so far; of those that are gone a sum when they are many.</summary>
    public IReadOnlyList<MirrorTally> Tallies => _tallies;

    /// <summary>Every endpoint that is not let go.</summary>
    public IReadOnlyList<ShadowTarget> Targets => _known.Targets;

    /// <summary>Where every copy went: an account for each endpoint, and for each cluster one of those let go; one for
    /// clusters that are gone when they are many.</summary>
    public IReadOnlyList<ShadowAccount> Accounts
    {
        get
        {
            var known = _known;
            return [.. known.Targets.Select(target => target.Inbox.Account), .. known.LetGo];
        }
    }

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
        if (_targets.TryGet(endpoint, out var known))
        {
            return known;
        }

        var target = NewTarget(cluster.Cluster, endpoint);
        _targets.Add(endpoint, target);
        _known = _known with { Targets = _known.Targets.Add(target) };
        if (_targets.IsSweepDue)
        {
            // Not now: the copy at hand is still to be offered.
            worker.Loop.Post(static state => ((WorkerMirrors)state!).LetGo(), this);
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
        _legs.Clear();
        FoldTallies();
        LetGo();
    }

    // Those whose endpoints are gone finish what they have; then their account becomes part of a sum, in one step for who reads it.
    private void LetGo()
    {
        foreach (var gone in _targets.TakeGone(clusters))
        {
            gone.Drain(LeaveTime, () => OnLeft(gone));
        }
    }

    private void OnLeft(ShadowTarget gone)
    {
        var account = gone.Inbox.Account;
        var sums = Plus(_known.LetGo, account);
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
            known = _tallyOf[name] = new MirrorTally(name.Name, name.Cluster);
            _tallies = _tallies.Add(known);
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
            Url = new ServerUrl(cluster.Config.Tls is not null, cluster.Config.Tls?.ServerName ?? cluster.Config.Host,
                endpoint.Address.Port, authority),
            Addresses = [endpoint.Address],
            Rewriter = null,
            Share = worker.ShadowShare,
            Tls = cluster.Tls is null ? null : () => cluster.Tls,
            Observer = worker.CopyReports is { } reports ? reports.OnOutcome : null,
            Options = shadows with
            {
                MaxConnections = Math.Min(shadows.MaxConnections, limits.MaxConnections ?? int.MaxValue),
                VerifiesCertificate = cluster.Config.Tls?.VerifiesCertificate ?? true,
            },
        });
    }

    private sealed record KnownTargets(ImmutableList<ShadowTarget> Targets, ImmutableList<ShadowAccount> LetGo);
}
