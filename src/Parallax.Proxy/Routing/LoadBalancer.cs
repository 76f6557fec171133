using System.Diagnostics;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Routing;

/// <summary>Chooses endpoints of one cluster for one loop.</summary>
/// <remarks>Thread safety: none; one per loop.</remarks>
public sealed class LoadBalancer
{
    // Draws before one is taken that is to be avoided: with two endpoints, one of which is, that is one case in 65,536.
    private const int MaxDraws = 16;

    private readonly Cluster _cluster;
    private readonly Random _random;
    private readonly RequestHash? _hash;

    // Turns among the endpoints of this view; by weight, each one's credit (the smooth weighted round robin of nginx).
    private EndpointView? _turnsOf;
    private long[] _credits = [];
    private int _next;

    /// <param name="cluster">The cluster.</param>
    /// <param name="random">Where draws come from.</param>
    public LoadBalancer(Cluster cluster, Random random)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(random);
        _cluster = cluster;
        _random = random;
        _hash = cluster.Config.LoadBalancer.Kind == LoadBalancerKind.ConsistentHash ? new RequestHash(cluster.Config.LoadBalancer) : null;
    }

    /// <summary>The value of the cookie that the last <see cref="Begin"/> made for a client without one; 0 when it made none. The response
    /// is to carry it (<see cref="AffinityCookie"/>).</summary>
    public ulong NewCookie { get; private set; }

    /// <summary>Requests of this loop that are in flight.</summary>
    public int ActiveRequests { get; private set; }

    /// <summary>Chooses an endpoint; <see cref="End"/> must be called for it when its request is over.</summary>
    /// <param name="request">The request, for consistent hashing.</param>
    /// <param name="avoid">An endpoint that failed this request already; chosen only when there is no other.</param>
    /// <param name="now">Monotonic nanoseconds.</param>
    /// <returns>Null when there is none.</returns>
    public ClusterEndpoint? Begin(in RoutedRequest request, ClusterEndpoint? avoid, long now)
    {
        NewCookie = 0;
        var view = _cluster.ViewAt(now);
        if (view.Usable.Length == 0)
        {
            return null;
        }

        var chosen = view.Usable.Length == 1 && _hash is null ? view.Usable[0] : Choose(view, request, avoid);
        ActiveRequests++;
        chosen.BeginRequest();
        return chosen;
    }

    /// <summary>The request that <see cref="Begin"/> chose an endpoint for is over.</summary>
    public void End(ClusterEndpoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ActiveRequests--;
        endpoint.EndRequest();
    }

    private ClusterEndpoint Choose(EndpointView view, in RoutedRequest request, ClusterEndpoint? avoid) =>
        _cluster.Config.LoadBalancer.Kind switch
        {
            LoadBalancerKind.RoundRobin => InTurn(view, avoid),
            LoadBalancerKind.Random => AtRandom(view, avoid),
            LoadBalancerKind.LeastRequest => LeastBusy(view, avoid),
            LoadBalancerKind.ConsistentHash => view.Ring!.Find(HashOf(request), avoid),
            _ => throw new UnreachableException(),
        };

    private ulong HashOf(in RoutedRequest request)
    {
        if (_hash!.TryFind(request, out var hash))
        {
            return hash;
        }

        hash = (ulong)_random.NextInt64(1, long.MaxValue);
        if (!_hash.MakesCookie)
        {
            return hash;
        }

        // The next request brings these digits, which then have the same hash.
        NewCookie = hash;
        return AffinityCookie.HashOf(hash);
    }

    private ClusterEndpoint InTurn(EndpointView view, ClusterEndpoint? avoid)
    {
        if (view != _turnsOf)
        {
            // Loops begin at different endpoints, or they would all send to the same one at a time.
            _turnsOf = view;
            _credits = new long[view.Usable.Length];
            _next = _random.Next(view.Usable.Length);
        }

        var chosen = view.HasWeights ? NextByCredit(view) : NextInTurn(view);
        return chosen == avoid && view.Usable.Length > 1 ? (view.HasWeights ? NextByCredit(view) : NextInTurn(view)) : chosen;
    }

    private ClusterEndpoint NextInTurn(EndpointView view)
    {
        var chosen = view.Usable[_next];
        _next = (_next + 1) % view.Usable.Length;
        return chosen;
    }

    private ClusterEndpoint NextByCredit(EndpointView view)
    {
        var best = 0;
        for (var index = 0; index < view.Usable.Length; index++)
        {
            _credits[index] += view.Usable[index].Weight;
            best = _credits[index] > _credits[best] ? index : best;
        }

        _credits[best] -= view.Ends[^1];
        return view.Usable[best];
    }

    private ClusterEndpoint AtRandom(EndpointView view, ClusterEndpoint? avoid)
    {
        var chosen = Draw(view);
        for (var draw = 1; chosen == avoid && draw < MaxDraws && view.Usable.Length > 1; draw++)
        {
            chosen = Draw(view);
        }

        return chosen;
    }

    private ClusterEndpoint Draw(EndpointView view)
    {
        if (!view.HasWeights)
        {
            return view.Usable[_random.Next(view.Usable.Length)];
        }

        var index = Array.BinarySearch(view.Ends, _random.NextInt64(view.Ends[^1]) + 1);
        return view.Usable[index < 0 ? ~index : index];
    }

    // The power of two choices; with weights, two drawn by weight, of which the one with fewer requests for its weight.
    private ClusterEndpoint LeastBusy(EndpointView view, ClusterEndpoint? avoid)
    {
        var first = AtRandom(view, avoid);
        var second = AtRandom(view, avoid);
        for (var draw = 1; second == first && draw < MaxDraws && view.Usable.Length > 2; draw++)
        {
            second = AtRandom(view, avoid);
        }

        return LoadOf(second) < LoadOf(first) ? second : first;

        static double LoadOf(ClusterEndpoint endpoint) => (double)endpoint.ActiveRequests / endpoint.Weight;
    }
}
