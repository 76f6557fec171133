using System.Text.Json;
using Parallax.Traffic.Queues;
using Parallax.Traffic.Recording;
using Parallax.Traffic.Replay;
using Parallax.Traffic.Shadowing;

namespace Parallax.Cli.Output;

/// <summary>The account of a replay for machines: one JSON object; names are stable, zero counts are left out of the maps.</summary>
internal static class ReplayJson
{
    public static void Write(Stream output, ReplayAccount account)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("kind", "replay");
            json.WriteString("url", account.Url);
            json.WriteStartArray("files");
            foreach (var file in account.Files)
            {
                json.WriteStringValue(file);
            }

            json.WriteEndArray();
            json.WriteNumber("elapsedSeconds", Math.Round(account.Replayer.Elapsed.TotalSeconds, 6));
            json.WriteNumber("plannedSeconds", Math.Round(account.Replayer.Planned.TotalSeconds, 6));
            json.WriteNumber("faults", account.Faults);
            WriteSelection(json, account);
            WriteTarget(json, account);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void WriteSelection(Utf8JsonWriter json, ReplayAccount account)
    {
        var selection = account.Selection;
        AccountJson.WriteNumbers(json,
        [
            ("passes", account.Replayer.Passes), ("read", selection.Read), ("selected", selection.Selected), ("unsent", account.Unsent),
            ("withoutRequest", selection.WithoutRequest), ("withheld", selection.Withheld), ("outsideTime", selection.OutsideTime),
            ("notMatched", selection.NotMatched), ("notSampled", selection.NotSampled), ("shadowsAndTunnels", selection.NotSent),
            ("leftOutBytes", account.Losses.LeftOutBytes), ("lostExchanges", account.Losses.LostEntries),
        ]);
        AccountJson.WriteMap(json, "leftOut", account.LeftOut, index => LeftOutReasons.NameOf((LeftOutReason)index));
    }

    private static void WriteRules(Utf8JsonWriter json, IReadOnlyList<StateRuleAccount> rules)
    {
        json.WriteStartArray("rules");
        foreach (var rule in rules)
        {
            json.WriteStartObject();
            json.WriteString("name", rule.Name);
            AccountJson.WriteNumbers(json, [("found", rule.Found), ("replacedByRule", rule.Replaced)]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteMiddleware(Utf8JsonWriter json, MiddlewareAccount middleware)
    {
        json.WriteStartObject("middleware");
        AccountJson.WriteNumbers(json,
        [
            ("asked", middleware.Asked), ("handedBack", middleware.HandedBack), ("changed", middleware.Changed),
            ("strays", middleware.Strays), ("rubbish", middleware.Rubbish), ("responsesMissed", middleware.ResponsesMissed),
        ]);
        json.WriteBoolean("endedEarly", middleware.EndedEarly);
        json.WriteEndObject();
    }

    private static void WriteTarget(Utf8JsonWriter json, ReplayAccount account)
    {
        var (target, shadow, lateness) = (account.Target, account.Target.Shadow, account.Replayer.Lateness);
        var dropped = ReplayText.Dropped(target);
        AccountJson.WriteNumbers(json,
        [
            ("due", target.Offered), ("answered", shadow.Answered), ("answersCut", shadow.AnswersCut), ("resent", shadow.Resent),
            ("connects", shadow.Connects),
            ("unexplained", target.Offered - shadow.Answered - shadow.Failed.Sum() - dropped.Sum()),
            ("latenessMedianNanoseconds", lateness.Quantile(0.5)), ("latenessP99Nanoseconds", lateness.Quantile(0.99)),
            ("latenessMaxNanoseconds", lateness.MaxNanoseconds), ("sentLateMedianNanoseconds", shadow.DelayMedian),
            ("sentLateP99Nanoseconds", shadow.DelayP99), ("answerMedianNanoseconds", shadow.LatencyMedian),
            ("answerP99Nanoseconds", shadow.LatencyP99),
        ]);
        AccountJson.WriteMap(json, "answeredByClass", shadow.AnsweredByClass, index => $"{index}xx");
        AccountJson.WriteMap(json, "failed", shadow.Failed, index => FailureReasons.NameOf((FailureReason)index));
        AccountJson.WriteMap(json, "dropped", dropped, index => DropReasons.NameOf((DropReason)index));
        AccountJson.WriteMap(json, "replaced", target.Substitutions, index => SubstitutionCounters.NameOf((SubstitutionPlace)index));
        if (target.StateRules.Count > 0)
        {
            WriteRules(json, target.StateRules);
        }

        if (target.Middleware is { } middleware)
        {
            WriteMiddleware(json, middleware);
        }
    }
}
