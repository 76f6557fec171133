using System.Text;
using Parallax.Cli.Admin;
using Parallax.Traffic.Counters;
using Parallax.Traffic.Queues;

namespace Parallax.Cli.Tests.Admin;

public class PrometheusTextTests
{
    [Fact]
    public void Metrics_AreWrittenInTheTextFormat()
    {
        Metric[] metrics =
        [
            new("requests", CounterKind.Total, "Requests received.", 12),
            new("shadows_dropped", CounterKind.Total, "Shadows dropped.", [
                new(3, [("mirror", "a \"b\"\\\nc"), ("reason", "queue-items")])]),
            new("copy_bytes", CounterKind.Level, "Memory that copies hold.", 4096),
        ];
        Assert.Equal(
            """
            # HELP parallax_requests_total Requests received.
            # TYPE parallax_requests_total counter
            parallax_requests_total 12
            # HELP parallax_shadows_dropped_total Shadows dropped.
            # TYPE parallax_shadows_dropped_total counter
            parallax_shadows_dropped_total{mirror="a \"b\"\\\nc",reason="queue-items"} 3
            # HELP parallax_copy_bytes Memory that copies hold.
            # TYPE parallax_copy_bytes gauge
            parallax_copy_bytes 4096

            """.ReplaceLineEndings("\n"),
            Encoding.UTF8.GetString(PrometheusText.Of(metrics).Body));
    }

    [Fact]
    public void Times_AreAHistogramInSeconds()
    {
        var times = new LatencyHistogram();
        foreach (var milliseconds in (int[])[2, 2, 700, 60_000])
        {
            times.Record(milliseconds * 1_000_000L);
        }

        Metric metric = new("answer_seconds", CounterKind.Times, "Answer time.", []) { Times = [times.Read(("cluster", "a"))] };
        var lines = Encoding.UTF8.GetString(PrometheusText.Of([metric]).Body).Split('\n');
        Assert.Equal("# TYPE parallax_answer_seconds histogram", lines[1]);
        Assert.Contains("parallax_answer_seconds_bucket{cluster=\"a\",le=\"0.001\"} 0", lines);
        Assert.Contains("parallax_answer_seconds_bucket{cluster=\"a\",le=\"0.0025\"} 2", lines);
        Assert.Contains("parallax_answer_seconds_bucket{cluster=\"a\",le=\"0.5\"} 2", lines);
        Assert.Contains("parallax_answer_seconds_bucket{cluster=\"a\",le=\"1\"} 3", lines);
        Assert.Contains("parallax_answer_seconds_bucket{cluster=\"a\",le=\"30\"} 3", lines);
        Assert.Equal(
            [
                "parallax_answer_seconds_bucket{cluster=\"a\",le=\"+Inf\"} 4", "parallax_answer_seconds_sum{cluster=\"a\"} 60.704",
                "parallax_answer_seconds_count{cluster=\"a\"} 4", "",
            ],
            lines[^4..]);
    }
}
