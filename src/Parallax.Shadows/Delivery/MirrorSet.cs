using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Queues;

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
    /// <returns>How many targets took it: as many outcomes follow.</returns>
    public int Offer(Message request, in RequestContext context, in MirrorContext known)
    {
        ArgumentNullException.ThrowIfNull(request);
        var taken = 0;
        foreach (var mirror in _mirrors)
        {
            var decision = request.HeadOctets.IsEmpty ? MirrorDecision.Copy
                : mirror.Policy.Decide(ExchangeFacts.Of(request), known, _scratch);
            if (mirror.Counters.Count(decision, known.Draw.Session))
            {
                taken += mirror.Target.Offer(request, context, wakes: false) == DropReason.None ? 1 : 0;
                _toWake.Add(mirror.Target);
            }
        }

        return taken;
    }

    /// <summary>Has the requests sent that were offered; cheap when there are none.</summary>
    public void Wake() => _toWake.Wake();
}
