using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Parallax.Reactor.Connections;
using Parallax.Runs.Capturing;
using Parallax.Runs.Proxying;
using Parallax.Runs.Replaying;
using Parallax.Runs.Running;
using Parallax.TestKit;
using Parallax.Traffic.Counters;

namespace Parallax.Runs.Tests.Running;

/// <summary>A fault of the program itself is logged and counted on every loop that a run has and in its work, and the run that had
/// it has failed.</summary>
public sealed class FaultsOnLoopsTests : IDisposable
{
    private readonly Rig _rig = new(Throw);

    [Fact]
    public async Task Capture_ShadowLoop()
    {
        using var sink = Sink.Open();
        using var file = Rig.OneRequest();
        using var run = _rig.NewCapture(sink, file, NullLogger<CaptureRun>.Instance);
        await run.StartAsync(TestContext.Current.CancellationToken);
        await run.Completion.WaitAsync(Rig.Patience, TestContext.Current.CancellationToken);
        Assert.Single(sink.Requests);
        AssertLogged(run.Account.Faults);
    }

    [Fact]
    public async Task Replay_ItsLoop()
    {
        using var sink = Sink.Open();
        using var run = _rig.NewReplay(sink, NullLogger<ReplayRun>.Instance);
        await run.StartAsync(TestContext.Current.CancellationToken);
        await run.Completion.WaitAsync(Rig.Patience, TestContext.Current.CancellationToken);
        Assert.Single(sink.Requests);
        AssertLogged(run.Account.Faults);
    }

    [Fact]
    public async Task Proxy_AWorkersLoop()
    {
        using var sink = Sink.Open();

        // A clock that throws does so on the loop that ends a request.
        using var log = new AccessLog(() => new MemoryStream(), isJson: true, new BrokenClock(), Assert.Fail);
        using var run = _rig.NewProxy(sink, log, NullLogger<ProxyRun>.Instance);
        await run.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient();
        using var answer = await client.GetAsync($"http://{run.Addresses[0]}/", TestContext.Current.CancellationToken);
        await run.StopAsync(TestContext.Current.CancellationToken);
        AssertLogged(run.Account.Faults);
    }

    [Fact]
    public async Task Run_ItsWorkThrows()
    {
        using var rig = new Rig();
        using var run = new BrokenRun(rig.End, rig.Loops);
        await run.StartAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<InvalidOperationException>(() => run.Completion);
        AssertLogged(rig, run.Faults);
        Assert.True(run.HasFinished);
    }

    public void Dispose() => _rig.Dispose();

    private static void Throw(IEventLoop loop) => loop.Post(_ => throw new InvalidOperationException("thrown by the test"), null);

    private void AssertLogged(long faults) => AssertLogged(_rig, faults);

    private static void AssertLogged(Rig rig, long faults)
    {
        Assert.Equal(1, faults);
        var (level, text) = Assert.Single(rig.Log.Lines);
        Assert.Equal(LogLevel.Error, level);
        Assert.Contains("InvalidOperationException: thrown by the test (at ", text, StringComparison.Ordinal);
    }

    private sealed class BrokenRun(RunEnd end, RunLoops loops) : Run(end, loops)
    {
        public override IEnumerable<Metric> Metrics => [];

        protected override Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public bool HasFinished { get; private set; }

        protected override Task WorkAsync() => throw new InvalidOperationException("thrown by the test");

        protected override Task FinishAsync()
        {
            HasFinished = true;
            return Task.CompletedTask;
        }

        protected override void Dispose(bool isDisposing)
        {
        }
    }

    private sealed class BrokenClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => throw new InvalidOperationException("thrown by the test");
    }
}
