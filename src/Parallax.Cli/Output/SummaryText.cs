using System.Globalization;
using Parallax.Runs.Running;
using Parallax.Traffic.Exchanges;

namespace Parallax.Cli.Output;

/// <summary>What is in a capture file or a recording, for people.</summary>
internal static class SummaryText
{
    private const int MaxNameLength = 60;

    /// <summary>Writes the exchanges.</summary>
    public static void WriteExchanges(TextWriter output, ExchangeView view, InspectOptions options)
    {
        var (summary, top) = (view.Summary, options.Top);
        if (!options.Selection.IsAny)
        {
            output.WriteLine($"selected   {NumberText.Count(summary.Exchanges)} of {NumberText.Count(view.Read)} exchanges");
        }

        if (summary.Exchanges == 0)
        {
            output.WriteLine("exchanges  none");
            return;
        }

        var seconds = Math.Max(summary.Last.Since(summary.First) / 1e9, 1e-9);
        output.WriteLine($"exchanges  {NumberText.Count(summary.Exchanges)} from {Time(summary.First)} to {Time(summary.Last)} UTC, "
            + $"{(summary.Exchanges / seconds).ToString("N1", CultureInfo.InvariantCulture)}/s");
        output.WriteLine();
        var shown = summary.Endpoints.Take(top).ToList();
        var width = Math.Clamp(shown.Max(each => OneLine.Of(each.Name).Length), 8, MaxNameLength);
        output.WriteLine($"{"endpoint".PadRight(width)} {"count",9} {"1xx",6} {"2xx",7} {"3xx",6} {"4xx",6} {"5xx",6} {"partial",7} "
            + $"{"sent",9} {"received",9} {"median",8} {"p99",8}");
        foreach (var endpoint in shown.Append(summary.All))
        {
            WriteRow(output, endpoint, width);
        }

        if (summary.Endpoints.Count > top)
        {
            output.WriteLine($"{NumberText.Count(summary.Endpoints.Count - top)} more endpoints; --top N shows more");
        }
    }

    private static void WriteRow(TextWriter output, EndpointSummary endpoint, int width)
    {
        var name = OneLine.Of(endpoint.Name);
        name = name.Length <= width ? name.PadRight(width) : name[..(width - 1)] + "…";
        output.Write($"{name} {NumberText.Count(endpoint.Exchanges),9}");
        foreach (var (first, columns) in ((int, int)[])[(1, 6), (2, 7), (3, 6), (4, 6), (5, 6)])
        {
            output.Write(' ' + (endpoint.ByClass[first] == 0 ? "·" : NumberText.Count(endpoint.ByClass[first])).PadLeft(columns));
        }

        var hasLatency = endpoint.Latency.Count > 0;
        output.WriteLine($" {(endpoint.Incomplete == 0 ? "·" : NumberText.Count(endpoint.Incomplete)),7} {Short(endpoint.RequestOctets),9} "
            + $"{Short(endpoint.ResponseOctets),9} {(hasLatency ? NumberText.Time(endpoint.Latency.Quantile(0.5)) : "-"),8} "
            + $"{(hasLatency ? NumberText.Time(endpoint.Latency.Quantile(0.99)) : "-"),8}");
    }

    private static string Short(long bytes) => NumberText.Size(bytes).Replace(" bytes", " B", StringComparison.Ordinal);

    private static string Time(Wire.Timestamp time) =>
        time.ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
}
