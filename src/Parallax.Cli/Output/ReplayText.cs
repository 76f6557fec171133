using System.Globalization;
using Parallax.Recording.Entries;
using Parallax.Runs.Replaying;
using Parallax.Shadows.Delivery;
using Parallax.Shadows.Replay;
using Parallax.Wire;
using static Parallax.Cli.Output.AccountLine;
using static Parallax.Runs.Running.NumberText;

namespace Parallax.Cli.Output;

/// <summary>The account of a replay for people.</summary>
internal static class ReplayText
{
    public static string Progress(ReplayAccount account)
    {
        var (target, lateness) = (account.Target, account.Replayer.Lateness);
        return $"{Count(target.Offered)} due, {Count(target.Shadow.Answered)} answered, "
            + $"{Count(target.Shadow.Failed.Sum())} failed, {Count(target.AllDropped.Sum())} dropped"
            + (account.Replayer.NextIn is { TotalSeconds: >= 1 } next ? $", next in {Time((long)next.TotalNanoseconds)}" : "")
            + (lateness.Count > 0 ? $", lateness p99 {Time(lateness.Quantile(0.99))}" : "");
    }

    public static void Write(TextWriter output, ReplayAccount account)
    {
        var (selection, target, shadow) = (account.Selection, account.Target, account.Target.Shadow);
        Line(output, "replay", $"{Seconds(account.Replayer.Elapsed)} s from {string.Join(", ", account.Files)}"
            + (account.Replayer.Planned > TimeSpan.Zero ? $" · planned {Seconds(account.Replayer.Planned)} s" : "")
            + (account.Replayer.Passes > 1 ? $" · {Count(account.Replayer.Passes)} passes" : ""));
        Line(output, "read", $"{Count(selection.Read)} exchanges = {Count(selection.Selected)} to be sent"
            + Left(Unselected(account)));
        Line(output, "", List(ReplayTable.All.ShownOn("read", account)));
        Labelled(output, "left out", LeftOutIn(account.LeftOut));
        var dropped = target.AllDropped;
        Line(output, "sent", account.Url);
        Line(output, "", $"{Count(target.Offered)} due = {Count(shadow.Answered)} answered + "
            + $"{Count(shadow.Failed.Sum())} failed + {Count(dropped.Sum())} dropped");
        Labelled(output, "answered", Classes(shadow.AnsweredByClass));
        Labelled(output, "failed", Failures(shadow.Failed));
        Labelled(output, "dropped", Drops(dropped));
        Line(output, "", List(ShadowTable.All.ShownOn("answers", shadow)));
        Labelled(output, "replaced", List(
            target.Substitutions.Select((count, place) => ($"in {SubstitutionCounters.NameOf((SubstitutionPlace)place)}", count))));
        foreach (var rule in target.StateRules)
        {
            Line(output, "rule", $"{rule.Name}: {Count(rule.Found)} values found, "
                + $"{Count(rule.Replaced)} replaced" + (rule.Found == 0 ? " · it matches nothing" : ""));
        }

        if (target.Middleware is { } middleware)
        {
            Line(
                output, "middleware", $"{Count(middleware.Asked)} asked, {Count(middleware.HandedBack)} handed back");
            Line(output, "", List(ReplayTable.Middleware.ShownOn("middleware", middleware)));
        }

        WriteTimes(output, account);
        var unexplained = target.Offered - shadow.Answered - shadow.Failed.Sum() - dropped.Sum();
        if (unexplained != 0)
        {
            Line(output, "", $"{Count(unexplained)} NOT EXPLAINED: this is a bug, please report it");
        }
    }

    /// <summary>The request that a replay waits for.</summary>
    /// <param name="recorded">When it was recorded, if that is known.</param>
    /// <param name="pace">The pace of the replay.</param>
    public static string NextRequest(Timestamp recorded, ReplayPace pace) => "the next request"
        + (recorded.IsKnown ? $", recorded at {recorded.ToDateTimeOffset():yyyy-MM-dd HH:mm:ss} UTC" : "")
        + (pace is { RatePerSecond: null, MaxGap: null } ? "; --max-gap cuts such pauses" : "");

    /// <summary>Why a replay had nothing to send.</summary>
    public static string WhyNothing(ReplayAccount account)
    {
        var selection = account.Selection;
        var leftOut = LeftOutIn(account.LeftOut);
        if (selection.Read == 0 && leftOut.Length == 0)
        {
            return selection.Span.IsUnbounded
                ? "there is no exchange in the recording"
                : "no exchange of the recording is in the time asked for";
        }

        var list = List(Unselected(account));
        return selection.Read == 0 ? $"left out: {leftOut}"
            : $"of {Count(selection.Read)} exchanges {list}{(leftOut.Length > 0 ? $"; left out: {leftOut}" : "")}";
    }

    /// <summary>What a reader left out, or gave as incomplete.</summary>
    public static string LeftOutIn(IReadOnlyList<long> counts) =>
        List(counts.Select((count, reason) => (LeftOutReasons.TextOf((LeftOutReason)reason), count)));

    private static void WriteTimes(TextWriter output, ReplayAccount account)
    {
        var (lateness, shadow) = (account.Replayer.Lateness, account.Target.Shadow);
        if (lateness.Count > 0)
        {
            Line(output, "lateness", $"of the schedule median {Time(lateness.Quantile(0.5))}, "
                + $"p99 {Time(lateness.Quantile(0.99))}, most {Time(lateness.MaxNanoseconds)} · on the wire median "
                + $"{Time(shadow.DelayMedian)}, p99 {Time(shadow.DelayP99)}");
        }

        if (shadow.Answered > 0)
        {
            Line(output, "answers", $"after median {Time(shadow.LatencyMedian)}, "
                + $"p99 {Time(shadow.LatencyP99)}");
        }
    }

    private static IEnumerable<(string Words, long Count)> Unselected(ReplayAccount account) =>
        ReplayTable.All.ShownOn("unselected", account);

    private static string Left(IEnumerable<(string Name, long Count)> counts) =>
        string.Concat(counts.Where(each => each.Count > 0).Select(each => $" + {Count(each.Count)} {each.Name}"));

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);
}
