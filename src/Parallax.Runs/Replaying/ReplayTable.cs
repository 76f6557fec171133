using Parallax.Recording.Entries;
using Parallax.Shadows.Delivery;
using Parallax.Shadows.Replay;
using Parallax.Traffic.Counters;

namespace Parallax.Runs.Replaying;

/// <summary>The counters of a <see cref="ReplayAccount"/>, but for those of its shadow target.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public static class ReplayTable
{
    /// <summary>What was read, and what of it was to be sent.</summary>
    public static CounterTable<ReplayAccount> All { get; } = new(
        "replay",
        [
            new("passes", "Passes over the recordings begun.", account => account.Replayer.Passes),
            new("read", "Exchanges read.", account => account.Selection.Read),
            new("selected", "Those that were to be sent.", account => account.Selection.Selected),
            new("unsent", "Read ahead and not due yet.", account => account.Unsent)
            {
                Kind = CounterKind.Level,
                Shown = ("read", "never due, because the run was stopped"),
            },
            new("withoutRequest", "Exchanges without a request.", account => account.Selection.WithoutRequest)
            {
                Shown = ("unselected", "without request"),
            },
            new("withheld", "Requests whose body is not in the recording.", account => account.Selection.Withheld)
            {
                Shown = ("unselected", "with a body that was withheld"),
            },
            new("outsideTime", "Requests outside the time asked for.", account => account.Selection.OutsideTime)
            {
                Shown = ("unselected", "outside the time"),
            },
            new("notMatched", "Requests that rules skipped.", account => account.Selection.NotMatched)
            {
                Shown = ("unselected", "not matched"),
            },
            new("notSampled", "Requests sampling skipped.", account => account.Selection.NotSampled)
            {
                Shown = ("unselected", "not sampled"),
            },
            new("shadowsAndTunnels", "Requests that are never sent again.", account => account.Selection.NotSent)
            {
                Shown = ("unselected", "shadows and tunnels"),
            },
            new("leftOutBytes", "Bytes of the recordings that are damaged or torn.", account => account.Losses.LeftOutBytes)
            {
                Shown = ("read", "bytes damaged or torn"),
            },
            new("lostExchanges", "Exchanges in them.", account => account.Losses.LostEntries)
            {
                Shown = ("read", "exchanges lost in them"),
            },
            new("due", "Requests offered.", account => account.Target.Offered),
        ],
        [
            new(
                "leftOut",
                "Entries that are not requests to send, by reason.",
                account => account.LeftOut,
                new("reason", static index => LeftOutReasons.NameOf((LeftOutReason)index), 0, LeftOutReasons.Count)),
            new(
                "dropped",
                "Requests dropped before they were sent, by reason.",
                account => account.Target.AllDropped,
                ShadowTable.Drops),
            new(
                "replaced",
                "Values replaced by those the target issued, by place.",
                account => account.Target.Substitutions,
                new("place", static index => SubstitutionCounters.NameOf((SubstitutionPlace)index), 0, SubstitutionCounters.Places)),
        ]);

    /// <summary>What became of what was sent, in JSON. As metrics its target's own counters tell.</summary>
    public static CounterTable<ReplayAccount> Sent { get; } = new(
        "",
        [
            new("answered", "Requests answered, whatever the status.", account => account.Target.Shadow.Answered),
            new("answersCut", "Answers so long that the rest was not read.", account => account.Target.Shadow.AnswersCut),
            new("resent", "Requests sent twice.", account => account.Target.Shadow.Resent),
            new("connects", "Connections made.", account => account.Target.Shadow.Connects),
            new("unexplained", "What the sum does not explain.", account => account.Unexplained),
            new("latenessMedianNanoseconds", "How much later than due.", account => account.Replayer.Lateness.Quantile(0.5)),
            new("latenessP99Nanoseconds", "99 of 100 less than this.", account => account.Replayer.Lateness.Quantile(0.99)),
            new("latenessMaxNanoseconds", "The latest one.", account => account.Replayer.Lateness.MaxNanoseconds),
            new("sentLateMedianNanoseconds", "From due to the first octets sent.", account => account.Target.Shadow.DelayMedian),
            new("sentLateP99Nanoseconds", "99 of 100 less than this.", account => account.Target.Shadow.DelayP99),
            new("answerMedianNanoseconds", "From the first octets to the whole answer.", account => account.Target.Shadow.LatencyMedian),
            new("answerP99Nanoseconds", "99 of 100 less than this.", account => account.Target.Shadow.LatencyP99),
        ],
        [
            new("answeredByClass", "The answers, by class.", account => account.Target.Shadow.AnsweredByClass, CounterLabels.Classes),
            new("failed", "Requests without an answer, by reason.", account => account.Target.Shadow.Failed, ShadowTable.Failures),
        ]);

    /// <summary>What went to the middleware and came back.</summary>
    public static CounterTable<MiddlewareAccount> Middleware { get; } = new(
        "middleware",
        [
            new("asked", "Requests given to it.", account => account.Asked),
            new("handedBack", "Requests that it handed back in time.", account => account.HandedBack),
            new("changed", "Those of them that it had changed.", account => account.Changed) { Shown = ("middleware", "changed") },
            new("strays", "Requests that it handed back too late, twice or unasked.", account => account.Strays)
            {
                Shown = ("middleware", "strays"),
            },
            new("rubbish", "Lines of its output that are not messages.", account => account.Rubbish)
            {
                Shown = ("middleware", "lines that are not messages"),
            },
            new("responsesMissed", "Responses that were not given to it.", account => account.ResponsesMissed)
            {
                Shown = ("middleware", "responses it had no room for"),
            },
        ],
        []);
}
