using System.Globalization;
using System.Text;
using Parallax.Traffic.Counters;

namespace Parallax.Cli.Admin;

/// <summary>Writes metrics in Prometheus' text format, version 0.0.4.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class PrometheusText
{
    /// <summary>The metrics, as the answer of a resource.</summary>
    public static AdminAnswer Of(IEnumerable<Metric> metrics)
    {
        var text = new StringBuilder();
        foreach (var metric in metrics)
        {
            var isTotal = metric.Kind == CounterKind.Total;
            var name = $"parallax_{metric.Name}{(isTotal ? "_total" : "")}";
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {metric.Help}\n# TYPE {name} {(isTotal ? "counter" : "gauge")}\n");
            foreach (var sample in metric.Samples)
            {
                var labels = string.Join(',', sample.Labels.Select(label => $"{label.Name}=\"{Escaped(label.Value)}\""));
                text.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length == 0 ? "" : $"{{{labels}}}")} {sample.Value}\n");
            }
        }

        return new(200, "text/plain; version=0.0.4; charset=utf-8", Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static string Escaped(string value) => value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n");
}
