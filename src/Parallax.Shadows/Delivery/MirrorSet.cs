using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Policy;

namespace Parallax.Shadows.Delivery;

/// <summary>What one thread that completes requests does with each: every mirror's decision, then the offers.</summary>
/// <remarks>Thread safety: none; one per thread. The mirrors may be shared. No allocation per request.</remarks>
/// <param name="mirrors">The mirrors.</param>
public sealed class MirrorSet(IEnumerable<Mirror> mirrors)
{
    private readonly Mirror[] _mirrors = [.. mirrors];
    private readonly MatchScratch _scratch = new();
    private readonly TargetsToWake _toWake = new();

    /// <summary>Offers a complete request to every mirror whose policy selects it. Never waits; <see cref="Wake"/> must follow, once for a
    /// batch of requests.</summary>
    /// <param name="request">A request; retained where it is accepted, the caller's reference stays the caller's. One whose head never came
    /// whole can be matched by no rule: every target drops and counts it.</param>
    /// <param name="context">What belongs to it.</param>
    /// <param name="known">What policies know of it.</param>
    public void Offer(Message request, in RequestContext context, in MirrorContext known)
    {
        ArgumentNullException.ThrowIfNull(request);
        foreach (var mirror in _mirrors)
        {
            var decision = request.HeadOctets.IsEmpty ? MirrorDecision.Copy
                : mirror.Policy.Decide(ExchangeFacts.Of(request), known, _scratch);
            if (mirror.Counters.Count(decision, known.Draw.Session))
            {
                mirror.Target.Offer(request, context, wakes: false);
                _toWake.Add(mirror.Target);
            }
        }
    }

    /// <summary>Has the requests sent that were offered; cheap when there are none.</summary>
    public void Wake() => _toWake.Wake();
}
