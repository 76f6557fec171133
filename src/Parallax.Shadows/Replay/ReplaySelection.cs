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
    private readonly Latin1Scratch _scratch = new();

    /// <summary>Nothing before this time after the beginning of the recording; zero by default.</summary>
    public TimeSpan From { get; init; }

    /// <summary>Nothing at or after this time after the beginning; null, the default, for no end.</summary>
    public TimeSpan? To { get; init; }

    /// <summary>Nothing before this instant; counts instead of <see cref="From"/> when it is known.</summary>
    public Timestamp FromInstant { get; init; }

    /// <summary>Nothing at or after this instant; counts instead of <see cref="To"/> when it is known.</summary>
    public Timestamp ToInstant { get; init; }

    /// <summary>True when where a recording begins has to be known to say what is replayed of it.</summary>
    public bool IsRelative => (!FromInstant.IsKnown && From > TimeSpan.Zero) || (!ToInstant.IsKnown && To is not null);

    /// <summary>True when no time is asked for.</summary>
    public bool IsUnbounded => !FromInstant.IsKnown && !ToInstant.IsKnown && From <= TimeSpan.Zero && To is null;

    /// <summary>What is replayed of recordings that begin then.</summary>
    /// <param name="begin">The instant; looked at only when <see cref="IsRelative"/>.</param>
    public TimeRange RangeFrom(Timestamp begin) => new(
        FromInstant.IsKnown ? FromInstant : From > TimeSpan.Zero ? Behind(begin, From) : default,
        ToInstant.IsKnown ? ToInstant : To is { } to ? Behind(begin, to) : default);

    /// <summary>Entries read.</summary>
    public long Read { get; private set; }

    /// <summary>Entries that hold no request.</summary>
    public long WithoutRequest { get; private set; }

    /// <summary>Requests whose body was withheld when it was recorded, because it could not be looked into for secrets.</summary>
    public long Withheld { get; private set; }

    /// <summary>Requests before the beginning asked for, or after the end.</summary>
    public long OutsideTime { get; private set; }

    /// <summary>Requests that a rule denies or none allows, and those of methods that are not replayed.</summary>
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
        return entry.HasRequest && !isWithheld;
    }

    /// <summary>Decides about a request by its time and its head.</summary>
    /// <param name="request">The request.</param>
    /// <param name="session">Its session; 0 when not known.</param>
    /// <param name="at">Its time; one that is not known counts as the beginning.</param>
    /// <param name="begin">When the recording begins.</param>
    internal bool Selects(Message request, long session, Timestamp at, Timestamp begin)
    {
        if (!RangeFrom(begin).Contains(at.IsKnown ? at : begin))
        {
            OutsideTime++;
            return false;
        }

        // One without a head is offered, so that the target drops it and says why.
        var draw = session == 0 ? random.Next(Sampler.Denominator) : (int)(unchecked((ulong)Sessions.Mix(session)) % Sampler.Denominator);
        return request.HeadOctets.IsEmpty
            || Count(policy.Decide(
                request.Head, request.HeadOctets, MirrorContext.Of(request.Head, request.HeadOctets, mark, draw, now: 0), _scratch));
    }

    private static Timestamp Behind(Timestamp begin, TimeSpan time) =>
        new((long)Int128.Min(long.MaxValue, begin.Nanoseconds + ((Int128)time.Ticks * TimeSpan.NanosecondsPerTick)));

    private bool Count(MirrorDecision decision)
    {
        NotMatched += decision is MirrorDecision.NotMatched or MirrorDecision.OtherMethod ? 1 : 0;
        NotSampled += decision == MirrorDecision.NotSampled ? 1 : 0;
        NotSent += decision is MirrorDecision.LoopGuard or MirrorDecision.Tunnel ? 1 : 0;
        return decision == MirrorDecision.Copy;
    }
}
