using Parallax.Shadows.Delivery;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Queues;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Routing;

/// <summary>The mirrors of a routing table for requests that were answered already: each request is looked up as if it had come to the
/// proxy, its path normalised, <c>route</c> is taken as done, and the mirrors of the route that matches decide.</summary>
/// <remarks>What a route changes in the request is changed in the copy, as in line. Redirects, direct responses and requests without a
/// route have no mirrors. Thread safety: none; one per thread. The mirrors may be shared.</remarks>
public sealed class OutOfBandMirrors
{
    private readonly RoutingTable _table;
    private readonly Dictionary<RouteMirror, Counted> _mirrors = new(ReferenceEqualityComparer.Instance);
    private readonly OctetPool _pool;
    private readonly MatchScratch _scratch = new();
    private readonly HeadFacts _facts = new();
    private readonly NormalizedHead _normalized = new();
    private readonly byte[] _clientAddress = new byte[64];
    private readonly TargetsToWake _toWake = new();
    private long _requests;

    /// <summary>Creates them for one thread.</summary>
    /// <param name="table">The routes.</param>
    /// <param name="mirrors">What stands for each mirror of the table, see <see cref="MirrorsOf"/>. Their targets send prepared requests:
    /// they have no rewriter.</param>
    /// <param name="pool">Lends the memory of copies.</param>
    public OutOfBandMirrors(RoutingTable table, IReadOnlyDictionary<RouteMirror, Mirror> mirrors, OctetPool pool)
    {
        ArgumentNullException.ThrowIfNull(mirrors);
        _table = table;
        _pool = pool;
        foreach (var (each, mirror) in mirrors)
        {
            _mirrors.Add(each, new(mirror));
        }
    }

    /// <summary>Every mirror of a table, each once: a route's destinations share its mirrors, and what is sent to one of them stands for
    /// all.</summary>
    public static IEnumerable<RouteMirror> MirrorsOf(RoutingTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.Listeners.SelectMany(listener => listener.Routes).Where(route => route.Targets.Count > 0)
            .SelectMany(route => route.Targets[0].Mirrors);
    }

    /// <summary>Offers a complete request to the mirrors of its route; for all others it counts as not matched. Never waits;
    /// <see cref="Wake"/> must follow, once for a batch of requests.</summary>
    /// <param name="request">A request; the caller's reference stays the caller's.</param>
    /// <param name="context">What belongs to it.</param>
    /// <param name="known">What policies know of it.</param>
    /// <returns>How many targets took it: as many outcomes follow.</returns>
    public int Offer(Message request, in RequestContext context, in MirrorContext known)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.HeadOctets.IsEmpty)
        {
            return OfferHeadless(request, context);
        }

        _requests++;
        var isValid = _normalized.TryRead(request, out var head, out var octets);
        var routed = new RoutedRequest
        {
            Head = head,
            Octets = octets,
            Scratch = _scratch.Text,
            Client = context.Client.Address,
            IsTrusted = true,
        };
        var hit = isValid ? Find(routed) : default;
        if (hit.Route is not { Targets.Count: > 0 } route || route.LeavesDots(head, octets, hit.MatchedPrefix))
        {
            return 0;
        }

        var mirrors = route.Targets[0].Mirrors;
        var facts = ExchangeFacts.Of(head, octets, request);
        var taken = 0;
        for (var index = 0; index < mirrors.Count; index++)
        {
            var counted = _mirrors[mirrors[index]];
            counted.Decided++;
            var mirror = counted.Mirror;
            if (mirror.Counters.Count(mirrors[index].Policy.Decide(facts, known, _scratch), known.Draw.Session))
            {
                taken += Send(request, routed, context, mirrors[index].Rewriter, hit.MatchedPrefix, mirror.Target);
            }
        }

        return taken;
    }

    /// <summary>Has the requests sent that were offered, and tells every mirror of those that went elsewhere, so that each account adds
    /// up to all requests, as that of a mirror of the command line does.</summary>
    public void Wake()
    {
        _toWake.Wake();
        if (_requests == 0)
        {
            return;
        }

        foreach (var counted in _mirrors.Values)
        {
            counted.Mirror.Counters.CountNotMatched(_requests - counted.Decided);
            counted.Decided = 0;
        }

        _requests = 0;
    }

    // Nothing can be matched; the targets drop it and say why.
    private int OfferHeadless(Message request, in RequestContext context)
    {
        var taken = 0;
        foreach (var counted in _mirrors.Values)
        {
            counted.Mirror.Counters.Count(MirrorDecision.Copy, session: 0);
            taken += Offer(counted.Mirror.Target, request, context);
        }

        return taken;
    }

    private int Offer(ShadowInbox target, Message request, in RequestContext context)
    {
        _toWake.Add(target);
        return target.Offer(request, context, wakes: false) == DropReason.None ? 1 : 0;
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

    private int Send(
        Message request,
        in RoutedRequest routed,
        in RequestContext context,
        HeadRewriter rewriter,
        int matchedPrefix,
        ShadowInbox target)
    {
        if (!request.IsComplete)
        {
            // The target says why such a request is not sent, and counts it.
            return Offer(target, request, context);
        }

        var builder = default(MessageBuilder);
        var head = builder.BeginPrepared(_pool, request.Head.KnownMethod, request.RawOctets + 512);
        _facts.Client = context.Client;

        // What production saw is past its edge: nothing is taken off.
        var inputs = new HeadInputs
        {
            ClientAddress = TextOf(context.Client),
            MatchedPrefix = matchedPrefix,
            IsTrusted = true,
            Facts = _facts,
        };
        rewriter.Write(routed.Head, routed.Octets, inputs, _scratch.Text, head);
        builder.EndHead();
        builder.Append(request.FirstBodyOctets);
        for (var block = 1; block < request.BlockCount; block++)
        {
            builder.Append(request.Block(block).Span);
        }

        using var copy = builder.Seal(MessageState.Complete);
        return Offer(target, copy, context);
    }

    private ReadOnlySpan<byte> TextOf(Endpoint client)
    {
        client.Address.TryFormat(_clientAddress, out var length);
        return _clientAddress.AsSpan(0, length);
    }

    // What this thread counts of a mirror until the batch is over.
    private sealed class Counted(Mirror mirror)
    {
        public Mirror Mirror { get; } = mirror;

        public long Decided { get; set; }
    }
}
