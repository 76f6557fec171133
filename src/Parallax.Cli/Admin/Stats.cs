using Parallax.Capture.Pipeline;
using Parallax.Cli.Output;
using Parallax.Proxy.Accounts;
using Parallax.Recording.Files;
using Parallax.Shadows.Delivery;

namespace Parallax.Cli.Admin;

/// <summary><c>GET /stats</c>: the account of a run in Prometheus' text format.</summary>
internal static class Stats
{
    /// <summary>A proxy's.</summary>
    public static AdminAnswer Of(ProxyAccount account, long copyBytes, long logLinesDropped, RecorderAccount? recorded)
    {
        var text = new PrometheusText()
            .Write(ProxyTable.All, account)
            .Write(ProxyTable.Scarce, account.Scarce)
            .Metric("parallax_copy_bytes", "gauge", "Memory that copies hold.")
            .Sample("parallax_copy_bytes", copyBytes)
            .Metric("parallax_access_log_dropped_total", "counter", "Lines of the access log that could not be written.")
            .Sample("parallax_access_log_dropped_total", logLinesDropped)
            .Write(MirrorAccount.Table, [.. account.Mirrors.Select(mirror => (mirror, LabelsOf(mirror)))])
            .Write(ShadowTable.All, [.. account.Shadows.Select(shadows => (shadows, LabelsOf(shadows)))]);
        return End(text, recorded);
    }

    /// <summary>A capture's.</summary>
    public static AdminAnswer Of(RunAccount account)
    {
        var text = new PrometheusText()
            .Write(CaptureTable.All, account.Capture)
            .Write(MirrorAccount.Table, [.. MirrorsOf(account).Select(mirror => (mirror, LabelsOf(mirror)))])
            .Write(ShadowTable.All, [.. ShadowsOf(account).Select(shadows => (shadows, LabelsOf(shadows)))]);
        return End(Faults(text, account.Faults), account.Recording);
    }

    /// <summary>A replay's.</summary>
    public static AdminAnswer Of(ReplayAccount account)
    {
        var text = new PrometheusText()
            .Write(ReplayTable.All, account)
            .Write(ShadowTable.All, [(account.Target.Shadow, LabelsOf(account.Target.Shadow))]);
        return End(Faults(text, account.Faults), recorded: null);
    }

    // Several routes of documents may have a mirror of one name: a sample must not stand twice.
    private static IEnumerable<MirrorAccount> MirrorsOf(RunAccount account) => account.Mirrors
        .GroupBy(mirror => (mirror.Policy.Name, mirror.Policy.Target), mirror => mirror.Policy)
        .Select(same => same.Aggregate((sum, mirror) => sum.Plus(mirror)));

    private static IEnumerable<ShadowAccount> ShadowsOf(RunAccount account) => account.Mirrors
        .GroupBy(mirror => mirror.Target.Target, mirror => mirror.Target)
        .Select(same => same.Aggregate((sum, shadows) => sum.Plus(shadows)));

    private static PrometheusText Faults(PrometheusText text, long faults) => text
        .Metric("parallax_faults_total", "counter", "Faults of the program itself.")
        .Sample("parallax_faults_total", faults);

    private static AdminAnswer End(PrometheusText text, RecorderAccount? recorded) =>
        (recorded is null ? text : text.Write(RecorderTable.All, recorded)).ToAnswer();

    private static (string, string)[] LabelsOf(MirrorAccount mirror) => [("mirror", mirror.Name), ("cluster", mirror.Target)];

    private static (string, string)[] LabelsOf(ShadowAccount shadows) => [("cluster", shadows.Target)];
}
