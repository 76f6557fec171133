using System.Text.Json;
using Parallax.Proxy.Accounts;
using Parallax.Recording.Files;
using Parallax.Shadows.Delivery;

namespace Parallax.Cli.Output;

/// <summary>The account of a proxy for machines: one JSON object; names are stable, zero counts are left out of the maps by
/// reason.</summary>
internal static class ProxyAccountJson
{
    public static void Write(Stream output, ProxyAccount account, RecorderAccount? recorded, TimeSpan elapsed)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            CounterJson.Begin(json, "account");
            json.WriteNumber("elapsedSeconds", Math.Round(elapsed.TotalSeconds, 3));
            json.WriteStartObject("proxy");
            CounterJson.Write(json, ProxyTable.All, account);
            json.WriteEndObject();
            json.WriteStartArray("mirrors");
            foreach (var mirror in account.Mirrors)
            {
                json.WriteStartObject();
                json.WriteString("name", mirror.Name);
                json.WriteString("cluster", mirror.Target);
                CounterJson.Write(json, MirrorAccount.Table, mirror);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("shadows");
            foreach (var cluster in account.Shadows)
            {
                // Mirrors may share a cluster: what became of its copies is written once.
                json.WriteStartObject();
                json.WriteString("cluster", cluster.Target);
                CounterJson.Write(json, ShadowTable.All, cluster);
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
}
