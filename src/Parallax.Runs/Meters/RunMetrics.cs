using System.Reflection;
using Parallax.Reactor.Connections;
using Parallax.Recording.Files;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Counters;

namespace Parallax.Runs.Meters;

/// <summary>The metrics that several kinds of runs have.</summary>
internal static class RunMetrics
{
    private static readonly string Version =
        typeof(RunMetrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    /// <summary>Those of mirrors. Several routes may have a mirror of one name and target: they are summed up.</summary>
    public static IEnumerable<Metric> OfMirrors(IEnumerable<MirrorAccount> mirrors) => MirrorAccount.Table.Read(
        [
            .. mirrors
                .GroupBy(mirror => (mirror.Name, mirror.Target))
                .Select(same => same.Aggregate((sum, mirror) => sum.Plus(mirror)))
                .Select(mirror => (mirror, new[] { ("mirror", mirror.Name), ("cluster", mirror.Target) })),
        ]);

    /// <summary>Those of shadow targets, summed up by name.</summary>
    public static IEnumerable<Metric> OfShadows(IEnumerable<ShadowAccount> shadows)
    {
        var targets = shadows.GroupBy(each => each.Target).Select(same => same.Aggregate((sum, each) => sum.Plus(each))).ToList();
        return
        [
            .. ShadowTable.All.Read([.. targets.Select(each => (each, new[] { ("cluster", each.Target) }))]),
            OfTimes(
                "shadows_answer_seconds",
                "From a copy's first octets to its whole answer.",
                targets.Select(each => each.Latency.Read(("cluster", each.Target)))),
            OfTimes(
                "shadows_delay_seconds",
                "From a request's last octets to its copy's first.",
                targets.Select(each => each.Delay.Read(("cluster", each.Target)))),
        ];
    }

    /// <summary>How long something took.</summary>
    public static Metric OfTimes(string name, string help, IEnumerable<MetricTimes> times) =>
        new(name, CounterKind.Times, help, []) { Times = [.. times] };

    /// <summary>How late the event loops were that requests pass through.</summary>
    public static Metric OfLag(LoopLag lag)
    {
        var (turns, seen) = (lag.Turns, 0L);
        var buckets = LoopLag.Bounds.Select((bound, range) => (bound / 1e9, seen += turns[range])).ToList();
        return OfTimes(
            "loop_lag_seconds",
            "How late turns of event loops began: after a timer was due, or held up by the turn before.",
            [new(buckets, lag.Nanoseconds / 1e9, turns.Sum(), [])]);
    }

    /// <summary>Those of a recorder; none without one.</summary>
    public static IEnumerable<Metric> OfRecording(RecorderAccount? recorded) => recorded is null ? [] : RecorderTable.All.Read(recorded);

    /// <summary>How long a run has been going, and which build it is.</summary>
    public static IEnumerable<Metric> OfProcess(TimeSpan elapsed) =>
    [
        new("uptime_seconds", CounterKind.Level, "Seconds since the run began.", (long)elapsed.TotalSeconds),
        new("build_info", CounterKind.Level, "1; the labels say which build this is.", [
            new(1, [("version", Version), ("dotnet", Environment.Version.ToString())])]),
    ];

    /// <summary>Faults of the program itself.</summary>
    public static Metric OfFaults(long faults) => new("faults", CounterKind.Total, "Faults of the program itself.", faults);
}
