using Parallax.Cli.CommandLine;

namespace Parallax.Cli.Admin;

/// <summary>What the admin port of every run answers.</summary>
internal static class RunResources
{
    /// <summary>Whether it is ready, its account, and a way to end it.</summary>
    /// <param name="signals">End the run.</param>
    /// <param name="stats">The account as it stands, see <see cref="Stats"/>; asked on the admin port's thread.</param>
    public static IEnumerable<AdminResource> Of(StopSignals signals, Func<AdminAnswer> stats) =>
    [
        new("GET", "/ready", () =>
            signals.Token.IsCancellationRequested ? AdminAnswer.Text(503, "draining") : AdminAnswer.Text(200, "ready")),
        new("GET", "/stats", stats),
        new("POST", "/drain", () =>
        {
            signals.Stop();
            return AdminAnswer.Text(202, "draining: what is in flight has its time, then the run ends");
        }),
    ];
}
