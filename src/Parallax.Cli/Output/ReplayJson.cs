using System.Text.Json;
using Parallax.Runs.Replaying;
using Parallax.Shadows.Replay;

namespace Parallax.Cli.Output;

/// <summary>The account of a replay for machines: one JSON object; names are stable, zero counts are left out of the maps.</summary>
internal static class ReplayJson
{
    public static void Write(Stream output, ReplayAccount account)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            CounterJson.Begin(json, "replay");
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
            CounterJson.Write(json, ReplayTable.All, account);
            CounterJson.Write(json, ReplayTable.Sent, account);
            if (account.Target.StateRules.Count > 0)
            {
                WriteRules(json, account.Target.StateRules);
            }

            if (account.Target.Middleware is { } middleware)
            {
                WriteMiddleware(json, middleware);
            }

            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void WriteRules(Utf8JsonWriter json, IReadOnlyList<StateRuleAccount> rules)
    {
        json.WriteStartArray("rules");
        foreach (var rule in rules)
        {
            json.WriteStartObject();
            json.WriteString("name", rule.Name);
            json.WriteNumber("found", rule.Found);
            json.WriteNumber("replacedByRule", rule.Replaced);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteMiddleware(Utf8JsonWriter json, MiddlewareAccount middleware)
    {
        json.WriteStartObject("middleware");
        CounterJson.Write(json, ReplayTable.Middleware, middleware);
        json.WriteBoolean("endedEarly", middleware.EndedEarly);
        json.WriteEndObject();
    }
}
