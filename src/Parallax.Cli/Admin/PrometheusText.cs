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
            var name = $"parallax_{metric.Name}{(metric.Kind == CounterKind.Total ? "_total" : "")}";
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {metric.Help}\n# TYPE {name} {TypeOf(metric.Kind)}\n");
            foreach (var sample in metric.Samples)
            {
                Write(text, name, sample.Labels, sample.Value);
            }

            foreach (var times in metric.Times)
            {
                Write(text, name, times);
            }
        }

        return new(200, "text/plain; version=0.0.4; charset=utf-8", Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static string TypeOf(CounterKind kind) => kind switch
    {
        CounterKind.Total => "counter",
        CounterKind.Level => "gauge",
        _ => "histogram",
    };

    private static void Write(StringBuilder text, string name, MetricTimes times)
    {
        foreach (var (upTo, count) in times.Buckets)
        {
            Write(text, $"{name}_bucket", [.. times.Labels, ("le", upTo.ToString(CultureInfo.InvariantCulture))], count);
        }

        Write(text, $"{name}_bucket", [.. times.Labels, ("le", "+Inf")], times.Count);
        Write(text, $"{name}_sum", times.Labels, times.Seconds);
        Write(text, $"{name}_count", times.Labels, times.Count);
    }

    private static void Write<TValue>(StringBuilder text, string name, IReadOnlyList<(string Name, string Value)> labels, TValue value)
    {
        var list = string.Join(',', labels.Select(label => $"{label.Name}=\"{Escaped(label.Value)}\""));
        text.Append(CultureInfo.InvariantCulture, $"{name}{(list.Length == 0 ? "" : $"{{{list}}}")} {value}\n");
    }

    private static string Escaped(string value) => value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n");
}
