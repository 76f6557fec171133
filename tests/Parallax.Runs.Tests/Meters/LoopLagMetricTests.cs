using Microsoft.Extensions.Logging.Abstractions;
using Parallax.Runs.Capturing;
using Parallax.Runs.Proxying;
using Parallax.Runs.Replaying;
using Parallax.Runs.Running;
using Parallax.TestKit;

namespace Parallax.Runs.Tests.Meters;

/// <summary>Every run that sends or serves says how late its loops were.</summary>
public sealed class LoopLagMetricTests
{
    [Fact]
    public async Task Capture_SaysIt()
    {
        using var rig = new Rig();
        using var sink = Sink.Open();
        using var file = Rig.OneRequest();
        using var run = rig.NewCapture(sink, file, NullLogger<CaptureRun>.Instance);
        await AssertSaidAsync(run, () => run.Completion.WaitAsync(Rig.Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Replay_SaysIt()
    {
        using var rig = new Rig();
        using var sink = Sink.Open();
        using var run = rig.NewReplay(sink, NullLogger<ReplayRun>.Instance);
        await AssertSaidAsync(run, () => run.Completion.WaitAsync(Rig.Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Proxy_SaysIt()
    {
        using var rig = new Rig();
        using var sink = Sink.Open();
        using var run = rig.NewProxy(sink, access: null, NullLogger<ProxyRun>.Instance);
        await AssertSaidAsync(run, async () =>
        {
            using var client = new HttpClient();
            using var answer = await client.GetAsync($"http://{run.Addresses[0]}/", TestContext.Current.CancellationToken);
            await run.StopAsync(TestContext.Current.CancellationToken);
        });
    }

    private static async Task AssertSaidAsync(Run run, Func<Task> work)
    {
        await run.StartAsync(TestContext.Current.CancellationToken);
        await work();
        var lag = Assert.Single(Assert.Single(run.Metrics, metric => metric.Name == "loop_lag_seconds").Times);
        Assert.True(lag.Count > 1, "no turns");
        Assert.InRange(lag.Seconds, 0, 1000);
        Assert.Equal((0.0005, 10), (lag.Buckets[0].UpTo, lag.Buckets[^1].UpTo));
        Assert.Equal(lag.Buckets.Select(bucket => bucket.Count).Order(), lag.Buckets.Select(bucket => bucket.Count));
        Assert.InRange(lag.Buckets[^1].Count, 1, lag.Count);
    }
}
