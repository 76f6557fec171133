using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Parallax.Runs.Capturing;
using Parallax.Runs.Meters;
using Parallax.Runs.Proxying;
using Parallax.TestKit;
using Parallax.Traffic.Counters;

namespace Parallax.Runs.Tests.Meters;

public sealed class RunMeterTests
{
    [Fact]
    public async Task Capture_IsListenedTo_ShowsItsAccountWithLabels()
    {
        using var rig = new Rig();
        using var sink = Sink.Open();
        using var file = Rig.OneRequest();
        using var run = rig.NewCapture(sink, file, NullLogger<CaptureRun>.Instance);
        await run.StartAsync(TestContext.Current.CancellationToken);
        await run.Completion.WaitAsync(Rig.Patience, TestContext.Current.CancellationToken);
        using var meter = new RunMeter(() => run.Metrics, TimeProvider.System);
        var measured = Measure();
        Assert.Equal(1, measured["parallax.capture_requests_seen"]);
        Assert.Equal(1, measured["parallax.shadows_offered{cluster=shadow}"]);
        Assert.Equal(0, measured["parallax.shadows_failed{cluster=shadow,reason=refused}"]);
        Assert.Equal(0, measured["parallax.shadows_queued{cluster=shadow}"]);
        Assert.Equal(run.Metrics.Sum(metric => metric.Samples.Count), measured.Count);
    }

    [Fact]
    public async Task Proxy_IsListenedTo_TellsTotalsAndLevelsOfOneNameApart()
    {
        using var rig = new Rig();
        using var sink = Sink.Open();
        using var run = rig.NewProxy(sink, access: null, NullLogger<ProxyRun>.Instance);
        await run.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient();
        using var answer = await client.GetAsync($"http://{run.Addresses[0]}/", TestContext.Current.CancellationToken);
        await run.StopAsync(TestContext.Current.CancellationToken);
        using var meter = new RunMeter(() => run.Metrics, TimeProvider.System);
        var measured = Measure();
        Assert.Equal((1, 0), (measured["parallax.client_connections"], measured["parallax.client_connections.current"]));
    }

    [Fact]
    public async Task Proxy_ReloadBringsAMirror_ItsLabelIsShown()
    {
        using var rig = new Rig();
        using var sink = Sink.Open();
        using var documents = new ProxyDocuments(sink);
        var log = new ListLog<ProxyRun>();
        var clock = new FakeTimeProvider();
        using var run = rig.NewProxy(documents.Configuration, access: null, log);
        await run.StartAsync(TestContext.Current.CancellationToken);
        using var meter = new RunMeter(() => run.Metrics, clock);
        Assert.DoesNotContain(Measure().Keys, name => name.Contains("mirror=", StringComparison.Ordinal));

        documents.AddMirror();
        run.Reload();
        bool IsReloaded() => log.Lines.Any(line => line.Text.StartsWith("new configuration", StringComparison.Ordinal));
        Assert.True(SpinWait.SpinUntil(IsReloaded, Rig.Patience));
        Assert.Contains(log.Lines, line => line.Text.Contains(": copy 100 % added", StringComparison.Ordinal));
        using var client = new HttpClient();
        using var answer = await client.GetAsync($"http://{run.Addresses[0]}/", TestContext.Current.CancellationToken);
        await run.StopAsync(TestContext.Current.CancellationToken);
        clock.Advance(RunMeter.MaxAge + TimeSpan.FromMilliseconds(1));
        Assert.Contains(Measure(), each => each.Key.Contains("offered{mirror=copy", StringComparison.Ordinal) && each.Value == 1);
    }

    [Fact]
    public void Account_IsAskedForByManyInstruments_IsReadOnceWithinItsAge()
    {
        var clock = new FakeTimeProvider();
        var reads = 0;
        IEnumerable<Metric> Read()
        {
            reads++;
            return Enumerable.Range(0, 50).Select(index => new Metric($"m{index}", CounterKind.Total, "", reads)).ToList();
        }

        using var meter = new RunMeter(Read, clock);
        Assert.Equal((50, 1), (Measure().Values.Count(value => value == 1), reads));
        clock.Advance(RunMeter.MaxAge + TimeSpan.FromMilliseconds(1));
        Assert.Equal((50, 2), (Measure().Values.Count(value => value == 2), reads));
    }

    private static Dictionary<string, long> Measure()
    {
        var measured = new Dictionary<string, long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Name == RunMeter.Name)
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var labels = string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
            measured.Add(labels.Length == 0 ? instrument.Name : $"{instrument.Name}{{{labels}}}", value);
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return measured;
    }
}
