using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Matching;
using Parallax.Traffic.Queues;

namespace Parallax.Traffic.Shadowing;

/// <summary>What one thread that completes requests does with each: one draw, then every mirror's decision, then the offers.</summary>
/// <remarks>Thread safety: none; one per thread. The mirrors may be shared. No allocation per request.</remarks>
public sealed class MirrorSet
{
    private readonly Mirror[] _mirrors;
    private readonly SampleDraw _draw;
    private readonly Latin1Scratch _scratch = new();
    private bool _isWakeDue;

    /// <summary>Creates the set.</summary>
    /// <param name="mirrors">The mirrors.</param>
    /// <param name="sticky">What keeps a session together when sampling.</param>
    /// <param name="random">Where random draws come from; this set's own.</param>
    public MirrorSet(IEnumerable<Mirror> mirrors, StickyBy sticky, Random random)
    {
        _mirrors = [.. mirrors];
        _draw = new SampleDraw(sticky, random);
    }

    /// <summary>Offers a complete request to every mirror whose policy selects it. Never waits.</summary>
    /// <param name="request">A request; retained where it is accepted, the caller's reference stays the caller's. One whose head never came
    /// whole can be matched by no rule: every target drops and counts it.</param>
    /// <param name="context">What belongs to it.</param>
    /// <param name="wakes">False when the caller will call <see cref="Wake"/> soon: a batch of requests then wakes the targets' loop
    /// once.</param>
    public void Offer(Message request, in RequestContext context, bool wakes = true)
    {
        ArgumentNullException.ThrowIfNull(request);
        var octets = request.HeadOctets;
        if (octets.IsEmpty)
        {
            OfferHeadless(request, context, wakes);
            return;
        }

        var head = request.Head;
        var draw = _draw.Next(head, octets, context.Client.Address);
        var now = MonotonicClock.Now;
        foreach (var mirror in _mirrors)
        {
            if (mirror.Count(mirror.Policy.Decide(head, octets, draw, now, _scratch)))
            {
                Offer(mirror, request, context, wakes);
            }
        }
    }

    /// <summary>Has the requests sent that were offered without waking; cheap when there are none.</summary>
    public void Wake()
    {
        if (!_isWakeDue)
        {
            return;
        }

        _isWakeDue = false;
        foreach (var mirror in _mirrors)
        {
            mirror.Target.Wake();
        }
    }

    private void Offer(Mirror mirror, Message request, in RequestContext context, bool wakes)
    {
        mirror.Target.Offer(request, context, wakes);
        _isWakeDue |= !wakes;
    }

    // Nothing can be matched; the target drops it and says why.
    private void OfferHeadless(Message request, in RequestContext context, bool wakes)
    {
        foreach (var mirror in _mirrors)
        {
            mirror.Count(MirrorDecision.Mirror);
            Offer(mirror, request, context, wakes);
        }
    }
}
