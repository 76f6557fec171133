using System.Text;
using System.Text.Json;
using Parallax.Capture.Pipeline;
using Parallax.Traffic.Exchanges;

namespace Parallax.Cli.Output;

/// <summary>What is in a capture file or a recording, as one JSON object.</summary>
internal static class SummaryJson
{
    public static void Write(TextWriter output, TrafficSummary summary, CaptureAccount account) =>
        Write(output, summary, json => AccountJson.WriteCapture(json, [], account));

    /// <summary>The same for another kind of file.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="summary">The exchanges.</param>
    /// <param name="writeSource">Writes properties that tell of the file.</param>
    public static void Write(TextWriter output, TrafficSummary summary, Action<Utf8JsonWriter> writeSource)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            CounterJson.Begin(json, "summary");
            json.WriteNumber("firstNanoseconds", summary.First.Nanoseconds);
            json.WriteNumber("lastNanoseconds", summary.Last.Nanoseconds);
            writeSource(json);
            json.WritePropertyName("all");
            WriteEndpoint(json, summary.All);
            json.WriteStartArray("endpoints");
            foreach (var endpoint in summary.Endpoints)
            {
                WriteEndpoint(json, endpoint);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    private static void WriteEndpoint(Utf8JsonWriter json, EndpointSummary endpoint)
    {
        json.WriteStartObject();
        json.WriteString("name", endpoint.Name);
        json.WriteNumber("exchanges", endpoint.Exchanges);
        json.WriteNumber("incomplete", endpoint.Incomplete);
        json.WriteNumber("requestOctets", endpoint.RequestOctets);
        json.WriteNumber("responseOctets", endpoint.ResponseOctets);
        CounterJson.Write(json, "byClass", endpoint.ByClass, index => $"{index}xx");
        json.WriteNumber("latencyMedianNanoseconds", endpoint.Latency.Count > 0 ? endpoint.Latency.Quantile(0.5) : 0);
        json.WriteNumber("latencyP99Nanoseconds", endpoint.Latency.Count > 0 ? endpoint.Latency.Quantile(0.99) : 0);
        json.WriteEndObject();
    }
}
