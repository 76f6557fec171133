using System.Text;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Matching;
using Parallax.Traffic.Queues;
using Parallax.Traffic.Shadowing;

namespace Parallax.Proxy.Routing;

/// <summary>The mirrors of a routing table for requests that were answered already: each request is looked up as if it had come to the
/// proxy, its path normalised, <c>route</c> is taken as done, and the mirrors of the route that matches are decided with the request's one
/// draw.</summary>
/// <remarks>What a route changes in the request is changed in the copy, as in line. Redirects, direct responses and requests without a
/// route have no mirrors. Thread safety: none; one per thread. The mirrors may be shared.</remarks>
public sealed class OutOfBandMirrors
{
    private readonly RoutingTable _table;
    private readonly IReadOnlyDictionary<RouteMirror, Mirror> _mirrors;
    private readonly SampleDraw _draw;
    private readonly OctetPool _pool;
    private readonly Latin1Scratch _scratch = new();
    private readonly HeadFacts _facts = new();
    private readonly NormalizedHead _normalized = new();
    private readonly byte[] _clientAddress = new byte[64];

    /// <summary>Creates them for one thread.</summary>
    /// <param name="table">The routes.</param>
    /// <param name="mirrors">What stands for each mirror of the table, see <see cref="MirrorsOf"/>. Their targets send prepared requests:
    /// they have no rewriter.</param>
    /// <param name="sticky">What keeps a session together when sampling.</param>
    /// <param name="random">Where random draws come from.</param>
    /// <param name="pool">Lends the memory of copies.</param>
    public OutOfBandMirrors(
        RoutingTable table, IReadOnlyDictionary<RouteMirror, Mirror> mirrors, StickyBy sticky, Random random, OctetPool pool)
    {
        _table = table;
        _mirrors = mirrors;
        _draw = new SampleDraw(sticky, random);
        _pool = pool;
    }

    /// <summary>Every mirror of a table, each once: a route's destinations share its mirrors, and what is sent to one of them stands for
    /// all.</summary>
    public static IEnumerable<RouteMirror> MirrorsOf(RoutingTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.Listeners.SelectMany(listener => listener.Routes).Where(route => route.Targets.Count > 0)
            .SelectMany(route => route.Targets[0].Mirrors);
    }

    /// <summary>Offers a complete request to the mirrors of its route; for all others it counts as not matched. Never waits.</summary>
    /// <param name="request">A request; the caller's reference stays the caller's.</param>
    /// <param name="context">What belongs to it.</param>
    /// <param name="wakes">False when <see cref="Wake"/> follows, once for a batch.</param>
    public void Offer(Message request, in RequestContext context, bool wakes = true)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.HeadOctets.IsEmpty)
        {
            OfferHeadless(request, context, wakes);
            return;
        }

        var isValid = _normalized.TryRead(request, out var head, out var octets);
        var routed = new RoutedRequest
        {
            Head = head,
            Octets = octets,
            Scratch = _scratch,
            Client = context.Client.Address,
            IsTrusted = true,
        };
        var hit = isValid ? Find(routed) : default;
        var mirrors = hit.Route is { Targets.Count: > 0 } route && !route.LeavesDots(head, octets, hit.MatchedPrefix)
            ? route.Targets[0].Mirrors
            : [];
        CountOthers(mirrors);
        var draw = _draw.Next(head, octets, context.Client.Address);
        var now = MonotonicClock.Now;
        foreach (var mirror in mirrors)
        {
            var counted = _mirrors[mirror];
            if (counted.Count(counted.Policy.Decide(head, octets, draw, now, _scratch)))
            {
                Send(request, routed, context, mirror.Rewriter, hit.MatchedPrefix, counted.Target, wakes);
            }
        }
    }

    // Each mirror is told of every request, as those of the command line are, so that each account adds up to all of them.
    private void CountOthers(IReadOnlyList<RouteMirror> chosen)
    {
        foreach (var (mirror, counted) in _mirrors)
        {
            if (!chosen.Contains(mirror))
            {
                counted.Count(MirrorDecision.NotMatched);
            }
        }
    }

    // Nothing can be matched; the targets drop it and say why.
    private void OfferHeadless(Message request, in RequestContext context, bool wakes)
    {
        foreach (var mirror in _mirrors.Values)
        {
            mirror.Count(MirrorDecision.Mirror);
            mirror.Target.Offer(request, context, wakes);
        }
    }

    /// <summary>Has the requests sent that were offered without waking.</summary>
    public void Wake()
    {
        foreach (var mirror in _mirrors.Values)
        {
            mirror.Target.Wake();
        }
    }

    // The first listener that has a route for it.
    private RouteHit Find(in RoutedRequest routed)
    {
        foreach (var listener in _table.Listeners)
        {
            if (listener.Find(routed) is { Route: not null } hit)
            {
                return hit;
            }
        }

        return default;
    }

    private void Send(
        Message request,
        in RoutedRequest routed,
        in RequestContext context,
        HeadRewriter rewriter,
        int matchedPrefix,
        ShadowTarget target,
        bool wakes)
    {
        if (!request.IsComplete || request.IsTruncated || request.IsIncomplete)
        {
            // The target says why such a request is not sent, and counts it.
            target.Offer(request, context, wakes);
            return;
        }

        using var copy = Message.RentPrepared(_pool, request.Head.KnownMethod, request.RawOctets + 512);
        _facts.Client = context.Client;

        // What production saw is past its edge: nothing is taken off any more.
        var inputs = new HeadInputs
        {
            ClientAddress = TextOf(context.Client),
            MatchedPrefix = matchedPrefix,
            IsTrusted = true,
            Facts = _facts,
        };
        rewriter.Write(routed.Head, routed.Octets, inputs, _scratch, copy);
        copy.EndHead();
        copy.Append(request.FirstBodyOctets);
        for (var block = 1; block < request.BlockCount; block++)
        {
            copy.Append(request.Block(block).Span);
        }

        copy.IsComplete = true;
        target.Offer(copy, context, wakes);
    }

    private ReadOnlySpan<byte> TextOf(Endpoint client)
    {
        var text = client.Address.ToString();
        return _clientAddress.AsSpan(0, Encoding.ASCII.GetBytes(text, _clientAddress));
    }
}
