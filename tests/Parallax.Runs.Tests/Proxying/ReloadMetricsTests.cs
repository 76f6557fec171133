using Parallax.Runs.Proxying;
using Parallax.TestKit;
using Parallax.Traffic.Counters;

namespace Parallax.Runs.Tests.Proxying;

/// <summary>How reloads ended, and which documents are in force.</summary>
public sealed class ReloadMetricsTests
{
    [Fact]
    public async Task Reload_UnchangedAndChanged_IsCountedByResultAndHasAnotherFingerprint()
    {
        using var rig = new Rig();
        using var sink = Sink.Open();
        using var documents = new ProxyDocuments(sink);
        using var run = rig.NewProxy(documents.Configuration, access: null, new ListLog<ProxyRun>());
        await run.StartAsync(TestContext.Current.CancellationToken);
        var before = FingerprintOf(run);
        run.Reload();
        Assert.True(SpinWait.SpinUntil(() => Reloads(run)["unchanged"] == 1, Rig.Patience));
        Assert.Equal(before, FingerprintOf(run));

        documents.AddMirror();
        run.Reload();
        Assert.True(SpinWait.SpinUntil(() => Reloads(run)["applied"] == 1, Rig.Patience));
        Assert.NotEqual(before, FingerprintOf(run));
        Assert.Equal((1, 0), (Reloads(run)["unchanged"], Reloads(run)["refused"]));
        await run.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Reload_ShareChanges_SaysFromWhatToWhat()
    {
        using var rig = new Rig();
        using var sink = Sink.Open();
        using var documents = new ProxyDocuments(sink);
        documents.AddMirror("\n    mirrorPercentage: {value: 25}");
        var log = new ListLog<ProxyRun>();
        using var run = rig.NewProxy(documents.Configuration, access: null, log);
        await run.StartAsync(TestContext.Current.CancellationToken);
        documents.AddMirror("\n    mirrorPercentage: {value: 100}");
        run.Reload();
        Assert.True(SpinWait.SpinUntil(() => Reloads(run)["applied"] == 1, Rig.Patience));
        await run.StopAsync(TestContext.Current.CancellationToken);
        Assert.Contains(log.Lines, line => line.Text.Contains(": copy 25 % -> 100 %", StringComparison.Ordinal));
    }

    private static Dictionary<string, long> Reloads(ProxyRun run) =>
        SamplesOf(run, "config_reloads").ToDictionary(sample => sample.Labels[0].Value, sample => sample.Value);

    private static string FingerprintOf(ProxyRun run) => Assert.Single(SamplesOf(run, "config_info")).Labels[0].Value;

    private static IReadOnlyList<MetricSample> SamplesOf(ProxyRun run, string name) =>
        Assert.Single(run.Metrics, metric => metric.Name == name).Samples;
}
