using Parallax.Recording.Entries;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;
using Parallax.Wire;

namespace Parallax.Shadows.Replay;

/// <summary>Which entries of a recording are replayed, and the account of those that are not.</summary>
/// <remarks>read = selected + without request + withheld + outside time + not matched + not sampled + not sent.
/// Thread safety: one thread selects; the counters may be read by any.</remarks>
/// <param name="policy">Which requests, and the share of the sessions that match. A rate does not count: it is the replay's pace.</param>
/// <param name="mark">Knows shadows, which are not sent again.</param>
/// <param name="random">Draws for entries whose session is not known.</param>
public sealed class ReplaySelection(MirrorPolicy policy, ShadowMark mark, Random random)
{
    private readonly MatchScratch _scratch = new();

    /// <summary>The part of the recording that is replayed; all of it by default.</summary>
    public RecordedSpan Span { get; init; }

    /// <summary>The numbers of the exchanges that are replayed, see <see cref="Exchange.Id"/>; empty, the default, for all.</summary>
    public IReadOnlySet<long> Ids { get; init; } = new HashSet<long>();

    /// <summary>True when responses must be read to select by them.</summary>
    public bool NeedsResponses { get; } = policy.Match.FindBeyond(KnownFacts.Request) is not null;

    /// <summary>Entries read.</summary>
    public long Read { get; private set; }

    /// <summary>Entries that hold no request.</summary>
    public long WithoutRequest { get; private set; }

    /// <summary>Requests whose body was withheld when it was recorded, because it could not be looked into for secrets.</summary>
    public long Withheld { get; private set; }

    /// <summary>Requests before the beginning asked for, or after the end.</summary>
    public long OutsideTime { get; private set; }

    /// <summary>Requests that are not among the numbers asked for, that a rule denies or none allows, and those of methods that are not
    /// replayed.</summary>
    public long NotMatched { get; private set; }

    /// <summary>Requests of sessions that sampling did not select.</summary>
    public long NotSampled { get; private set; }

    /// <summary>Requests that are never sent again: shadows, tunnels.</summary>
    public long NotSent { get; private set; }

    /// <summary>Requests selected.</summary>
    public long Selected => Read - WithoutRequest - Withheld - OutsideTime - NotMatched - NotSampled - NotSent;

    /// <summary>Decides about an entry by what stands in it.</summary>
    internal bool Selects(in RecordedEntry entry)
    {
        Read++;
        WithoutRequest += entry.HasRequest ? 0 : 1;
        var isWithheld = entry.HasRequest && entry.Facts.Marks.HasFlag(EntryMarks.RequestBodyWithheld);
        Withheld += isWithheld ? 1 : 0;
        if (!entry.HasRequest || isWithheld)
        {
            return false;
        }

        var isAskedFor = Ids.Count == 0 || Ids.Contains(entry.Facts.Id);
        NotMatched += isAskedFor ? 0 : 1;
        return isAskedFor;
    }

    /// <summary>Decides about a request by its time and the policy.</summary>
    /// <param name="request">The request.</param>
    /// <param name="response">Its response; null when there is none, or <see cref="NeedsResponses"/> is false.</param>
    /// <param name="session">Its session; 0 when not known.</param>
    /// <param name="at">Its time; one that is not known counts as the beginning.</param>
    /// <param name="begin">When the recording begins.</param>
    internal bool Selects(Message request, Message? response, long session, Timestamp at, Timestamp begin)
    {
        if (!Span.RangeFrom(begin).Contains(at.IsKnown ? at : begin))
        {
            OutsideTime++;
            return false;
        }

        // One without a head is offered, so that the target drops it and says why.
        var draw = session == 0 ? random.Next(Sampler.Denominator) : (int)(unchecked((ulong)Sessions.Mix(session)) % Sampler.Denominator);
        return request.HeadOctets.IsEmpty || Count(policy.Decide(
            ExchangeFacts.Of(request, response),
            MirrorContext.Of(request.Head, request.HeadOctets, mark, new(draw), now: 0),
            _scratch));
    }

    private bool Count(MirrorDecision decision)
    {
        NotMatched += decision is MirrorDecision.NotMatched or MirrorDecision.OtherMethod ? 1 : 0;
        NotSampled += decision == MirrorDecision.NotSampled ? 1 : 0;
        NotSent += decision is MirrorDecision.LoopGuard or MirrorDecision.Tunnel ? 1 : 0;
        return decision == MirrorDecision.Copy;
    }
}
