using Parallax.Runs.Running;

namespace Parallax.Cli.Admin;

/// <summary>What the admin port of every run answers.</summary>
internal static class RunResources
{
    // Prometheus' own default, Envoy's path, and ours.
    private static readonly string[] StatsPaths = ["/metrics", "/stats", "/stats/prometheus"];

    /// <summary>Whether it lives and is ready, its account, and a way to end it.</summary>
    /// <param name="run">The run; its account is asked for on the admin port's thread.</param>
    public static IEnumerable<AdminResource> Of(Run run) =>
    [
        new("GET", "/live", static () => AdminAnswer.Text(200, "live")),
        new("GET", "/ready", () =>
            run.End.Token.IsCancellationRequested ? AdminAnswer.Text(503, "draining") : AdminAnswer.Text(200, "ready")),
        .. StatsPaths.Select(path => new AdminResource("GET", path, () => PrometheusText.Of(run.Metrics))),
        new("POST", "/drain", () =>
        {
            run.End.Stop();
            return AdminAnswer.Text(202, "draining: what is in flight has its time, then the run ends");
        }),
    ];
}
