using System.Text;
using Parallax.Cli.Admin;
using Parallax.Traffic.Counters;

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
}
