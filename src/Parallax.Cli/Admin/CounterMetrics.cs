using System.Text.Json;
using Parallax.Traffic.Counters;

namespace Parallax.Cli.Admin;

/// <summary>Writes the counters of a table as metrics. Every reason is there from the start, at zero, so that rates and alerts work from
/// the
/// first scrape.</summary>
internal static class CounterMetrics
{
    /// <summary>Accounts of one table, each with labels that tell them apart.</summary>
    public static PrometheusText Write<TAccount>(
        this PrometheusText text, CounterTable<TAccount> table, IReadOnlyList<(TAccount Account, (string, string)[] Labels)> accounts)
    {
        foreach (var counter in table.Counters.Where(counter => counter.Metric != ""))
        {
            var metric = NameOf(table.Name, counter.Key, counter.Metric, counter.Kind);
            text.Metric(metric, counter.Kind == CounterKind.Total ? "counter" : "gauge", counter.Help);
            foreach (var (account, labels) in accounts)
            {
                text.Sample(metric, counter.Value(account), labels);
            }
        }

        foreach (var map in table.Maps)
        {
            var metric = NameOf(table.Name, map.Key, map.Metric, CounterKind.Total);
            text.Metric(metric, "counter", map.Help);
            foreach (var (account, labels) in accounts)
            {
                WriteMap(text, metric, map.Labels, map.Values(account), labels);
            }
        }

        return text;
    }

    /// <summary>One account of a table.</summary>
    public static PrometheusText Write<TAccount>(this PrometheusText text, CounterTable<TAccount> table, TAccount account) =>
        text.Write(table, [(account, [])]);

    private static void WriteMap(
        PrometheusText text, string metric, CounterLabels map, IReadOnlyList<long> counts, (string, string)[] labels)
    {
        for (var index = map.First; index < map.Count; index++)
        {
            text.Sample(metric, index < counts.Count ? counts[index] : 0, [.. labels, (map.Name, map.NameOf(index))]);
        }
    }

    private static string NameOf(string table, string key, string? metric, CounterKind kind)
    {
        var name = metric ?? (table.Length > 0 ? $"{table}_" : "") + JsonNamingPolicy.SnakeCaseLower.ConvertName(key);
        return $"parallax_{name}{(kind == CounterKind.Total ? "_total" : "")}";
    }
}
