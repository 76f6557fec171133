using System.Text;
using Parallax.Cli.Admin;

namespace Parallax.Cli.Tests.Admin;

public class PrometheusTextTests
{
    [Fact]
    public void Metrics_AreWrittenInTheTextFormat()
    {
        var text = new PrometheusText()
            .Metric("parallax_requests_total", "counter", "Requests received.")
            .Sample("parallax_requests_total", 12)
            .Metric("parallax_shadows_dropped_total", "counter", "Shadows dropped.")
            .Sample("parallax_shadows_dropped_total", 3, ("mirror", "a \"b\"\\\nc"), ("reason", "queue-items"));

        Assert.Equal(
            """
            # HELP parallax_requests_total Requests received.
            # TYPE parallax_requests_total counter
            parallax_requests_total 12
            # HELP parallax_shadows_dropped_total Shadows dropped.
            # TYPE parallax_shadows_dropped_total counter
            parallax_shadows_dropped_total{mirror="a \"b\"\\\nc",reason="queue-items"} 3

            """.ReplaceLineEndings("\n"),
            Encoding.UTF8.GetString(text.ToAnswer().Body));
    }
}
