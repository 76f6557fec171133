using System.Text.Json;
using Parallax.Proxy.Forwarding;
using Parallax.Traffic.Queues;
using Parallax.Traffic.Recording;

namespace Parallax.Cli.Output;

/// <summary>The account of a proxy for machines: one JSON object; names are stable, zero counts are left out of the maps.</summary>
internal static class ProxyAccountJson
{
    public static void Write(Stream output, ProxyAccount account, RecorderAccount? recorded, TimeSpan elapsed)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("kind", "account");
            json.WriteNumber("elapsedSeconds", Math.Round(elapsed.TotalSeconds, 3));
            json.WriteStartObject("proxy");
            WriteNumbers(json,
            [
                ("connections", account.Connections), ("openConnections", account.OpenConnections), ("requests", account.Requests),
                ("unanswered", account.Unanswered), ("underWay", account.UnderWay), ("broken", account.Broken),
                ("malformed", account.Malformed), ("tunnels", account.Tunnels), ("retries", account.Retries),
                ("connects", account.Connects), ("unexplained", account.Unexplained), ("closedIdle", account.ClosedIdle),
                ("faults", account.Faults),
            ]);
            AccountJson.WriteMap(json, "overload", account.Scarce.Begun, index => OverloadSteps.NameOf((OverloadStep)index));
            AccountJson.WriteMap(json, "answeredByClass", account.Answered, index => $"{index}xx");
            AccountJson.WriteMap(json, "answeredHereByClass", account.AnsweredHere, index => $"{index}xx");
            AccountJson.WriteMap(json, "answeredHere", account.AnsweredHereFor, index => LocalReasons.NameOf((LocalReason)index));
            AccountJson.WriteMap(json, "cutShort", account.CutShortFor, index => BreakReasons.NameOf((BreakReason)index));
            AccountJson.WriteMap(
                json, "connectionsRefused", account.ConnectionsRefusedFor, index => ConnectionRefusals.NameOf((ConnectionRefusal)index));
            AccountJson.WriteMap(json, "refusedByClass", account.Refused, index => $"{index}xx");
            json.WriteEndObject();
            json.WriteStartArray("mirrors");
            foreach (var mirror in account.Mirrors)
            {
                WriteMirror(json, mirror);
            }

            json.WriteEndArray();
            json.WriteStartArray("shadows");
            foreach (var cluster in account.Shadows)
            {
                // Mirrors may share a cluster: what became of its copies is told once.
                json.WriteStartObject();
                json.WriteString("cluster", cluster.Target);
                AccountJson.WriteTarget(json, cluster);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            if (recorded is not null)
            {
                AccountJson.WriteRecording(json, recorded);
            }

            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void WriteMirror(Utf8JsonWriter json, ProxyMirrorAccount mirror)
    {
        json.WriteStartObject();
        json.WriteString("name", mirror.Name);
        json.WriteString("cluster", mirror.Cluster);
        WriteNumbers(json,
        [
            ("received", mirror.Received), ("notMatched", mirror.NotMatched), ("notSampled", mirror.NotSampled), ("otherMethods", mirror.OtherMethods),
            ("offered", mirror.Offered), ("unexplained", mirror.Unexplained),
        ]);
        AccountJson.WriteMap(json, "droppedByPolicy", mirror.Dropped, index => DropReasons.NameOf((DropReason)index));
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, IEnumerable<(string Name, long Value)> numbers)
    {
        foreach (var (name, value) in numbers)
        {
            json.WriteNumber(name, value);
        }
    }
}
