using Parallax.Shadows.Clients;
using Parallax.Traffic.Counters;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Delivery;

/// <summary>The counters of a <see cref="ShadowAccount"/>.</summary>
public static class ShadowTable
{
    /// <summary>Why requests failed.</summary>
    public static CounterLabels Failures { get; } =
        new("reason", static index => FailureReasons.NameOf((FailureReason)index), 1, FailureReasons.Count);

    /// <summary>Why requests were dropped.</summary>
    public static CounterLabels Drops { get; } =
        new("reason", static index => DropReasons.NameOf((DropReason)index), 1, DropReasons.Count);

    /// <summary>The counters.</summary>
    public static CounterTable<ShadowAccount> All { get; } = new(
        "shadows",
        [
            new("offered", "Copies offered.", account => account.Offered),
            new("answered", "Copies answered, whatever the status.", account => account.Answered) { Metric = "" },
            new("answersCut", "Answers so long that the rest was not read; they count as answered.", account => account.AnswersCut)
            {
                Shown = ("answers", "answers cut"),
            },
            new("resent", "Copies sent twice, because the target had just closed the idle connection.", account => account.Resent)
            {
                Shown = ("answers", "sent twice"),
            },
            new("connects", "Connections made to shadows.", account => account.Connects)
            {
                Metric = "shadow_connections",
                Shown = ("answers", "connections made"),
            },
            new("queued", "Copies that wait for a connection.", account => account.Queued) { Kind = CounterKind.Level },
            new("inFlight", "Copies sent and not answered yet.", account => account.InFlight) { Kind = CounterKind.Level },
            new("unexplained", "What the sum does not explain.", account => account.Unexplained) { Metric = "" },
            new("delayMedianNanoseconds", "A request's last octets to its copy's first.", account => account.DelayMedian) { Metric = "" },
            new("delayP99Nanoseconds", "The same, 99 of 100 less than this.", account => account.DelayP99) { Metric = "" },
            new("answerMedianNanoseconds", "A copy's first octets to its whole answer.", account => account.LatencyMedian) { Metric = "" },
            new("answerP99Nanoseconds", "The same, 99 of 100 less than this.", account => account.LatencyP99) { Metric = "" },
        ],
        [
            new("answeredByClass", "Copies answered, by class of status.", account => account.AnsweredByClass, CounterLabels.Classes)
            {
                Metric = "shadows_answered",
            },
            new("failed", "Copies without an answer, by reason.", account => account.Failed, Failures),
            new("dropped", "Copies dropped, by reason.", account => account.Dropped, Drops),
        ]);
}
