using Parallax.Recording.Files;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Counters;

namespace Parallax.Runs.Meters;

/// <summary>The metrics that several kinds of runs have.</summary>
internal static class RunMetrics
{
    /// <summary>Those of mirrors. Several routes may have a mirror of one name and target: they are summed up.</summary>
    public static IEnumerable<Metric> OfMirrors(IEnumerable<MirrorAccount> mirrors) => MirrorAccount.Table.Read(
        [
            .. mirrors
                .GroupBy(mirror => (mirror.Name, mirror.Target))
                .Select(same => same.Aggregate((sum, mirror) => sum.Plus(mirror)))
                .Select(mirror => (mirror, new[] { ("mirror", mirror.Name), ("cluster", mirror.Target) })),
        ]);

    /// <summary>Those of shadow targets, summed up by name.</summary>
    public static IEnumerable<Metric> OfShadows(IEnumerable<ShadowAccount> shadows) => ShadowTable.All.Read(
        [
            .. shadows
                .GroupBy(each => each.Target)
                .Select(same => same.Aggregate((sum, each) => sum.Plus(each)))
                .Select(each => (each, new[] { ("cluster", each.Target) })),
        ]);

    /// <summary>Those of a recorder; none without one.</summary>
    public static IEnumerable<Metric> OfRecording(RecorderAccount? recorded) => recorded is null ? [] : RecorderTable.All.Read(recorded);

    /// <summary>Faults of the program itself.</summary>
    public static Metric OfFaults(long faults) => new("faults", CounterKind.Total, "Faults of the program itself.", faults);
}
