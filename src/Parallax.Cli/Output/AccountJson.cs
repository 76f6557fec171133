using System.Globalization;
using System.Text.Json;
using Parallax.Capture.Pipeline;
using Parallax.Recording.Files;
using Parallax.Runs.Capturing;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Counters;

namespace Parallax.Cli.Output;

/// <summary>The final account for machines: one JSON object; names are stable, zero counts are left out of the maps by reason.</summary>
internal static class AccountJson
{
    // The target says what was offered to it.
    private static readonly CounterTable<MirrorAccount> OfPolicy = MirrorAccount.Table.Without("offered", "unexplained");

    public static void Write(Stream output, CaptureRunAccount account, PrintAccount? printed)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            CounterJson.Begin(json, "account");
            json.WriteNumber("elapsedSeconds", Math.Round(account.Elapsed.TotalSeconds, 3));
            json.WriteNumber("faults", account.Faults);
            WriteCapture(json, account.Sources, account.Capture);
            json.WriteStartArray("mirrors");
            foreach (var mirror in account.Mirrors)
            {
                WriteMirror(json, mirror);
            }

            json.WriteEndArray();
            if (printed is not null)
            {
                json.WriteStartObject("printed");
                json.WriteNumber("printed", printed.Printed);
                json.WriteNumber("notMatched", printed.NotMatched);
                json.WriteNumber("dropped", printed.Dropped);
                json.WriteEndObject();
            }

            if (account.Recording is { } recording)
            {
                WriteRecording(json, recording);
            }

            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    /// <summary>Writes the account of a recording.</summary>
    public static void WriteRecording(Utf8JsonWriter json, RecorderAccount recording)
    {
        json.WriteStartObject("recording");
        json.WriteString("path", recording.Path);
        CounterJson.Write(json, RecorderTable.All, recording);
        json.WriteEndObject();
    }

    /// <summary>The capturing side alone, as a property "capture".</summary>
    public static void WriteCapture(Utf8JsonWriter json, IEnumerable<string> sources, CaptureAccount capture)
    {
        json.WriteStartObject("capture");
        json.WriteStartArray("sources");
        foreach (var source in sources)
        {
            json.WriteStringValue(source);
        }

        json.WriteEndArray();
        CounterJson.Write(json, CaptureTable.All, capture);
        WriteTraffic(json, "byVni", capture.ByVni.Select(each => (each.Key?.ToString(CultureInfo.InvariantCulture), each.Count)));
        WriteTraffic(json, "bySender", capture.BySender.Select(each => (each.Key?.ToString(), each.Count)));
        WriteTraffic(json, "unreadLinkTypes", capture.UnreadLinkTypes.Select(
            each => (each.Key?.ToString(CultureInfo.InvariantCulture), each.Count)));
        json.WriteEndObject();
    }

    private static void WriteTraffic(Utf8JsonWriter json, string name, IEnumerable<(string? Key, TrafficCount Count)> counts)
    {
        json.WriteStartObject(name);
        foreach (var (key, count) in counts)
        {
            json.WriteStartObject(key ?? "others");
            json.WriteNumber("packets", count.Packets);
            json.WriteNumber("octets", count.Octets);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteMirror(Utf8JsonWriter json, MirroredAccount mirror)
    {
        json.WriteStartObject();
        json.WriteString("name", mirror.Policy.Name);
        json.WriteString("url", mirror.Policy.Target);
        CounterJson.Write(json, OfPolicy, mirror.Policy);
        CounterJson.Write(json, ShadowTable.All, mirror.Target);
        json.WriteEndObject();
    }
}
