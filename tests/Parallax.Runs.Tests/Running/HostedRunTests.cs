using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Parallax.Capture.Sources;
using Parallax.Runs.Capturing;
using Parallax.Runs.Proxying;
using Parallax.TestKit;

namespace Parallax.Runs.Tests.Running;

/// <summary>Runs as a host runs them: started, stopped, and accounted for at any time.</summary>
public sealed class HostedRunTests : IDisposable
{
    private readonly Rig _rig = new();

    [Fact]
    public async Task Capture_OfAFile_EndsByItselfWithEverythingAccountedFor()
    {
        using var sink = Sink.Open();
        using var file = Rig.OneRequest();
        var log = new ListLog<CaptureRun>();
        using var run = _rig.NewCapture(sink, file, log);
        await ((IHostedService)run).StartAsync(TestContext.Current.CancellationToken);
        await run.Completion.WaitAsync(Rig.Patience, TestContext.Current.CancellationToken);
        var mirror = Assert.Single(run.Account.Mirrors).Target;
        Assert.Equal((1, 1, 0), (mirror.Offered, mirror.Answered, mirror.Unexplained));
        Assert.Empty(log.Lines);
    }

    [Fact]
    public async Task Proxy_IsStopped_LetsTheRequestInFlightFinishAndSaysThatItWaits()
    {
        var arrived = new TaskCompletionSource();
        var mayAnswer = new TaskCompletionSource();
        using var sink = Sink.Open(async (wire, request) =>
        {
            arrived.SetResult();
            await mayAnswer.Task;
            await Sink.Ok(wire, request);
        });
        var log = new ListLog<ProxyRun>();
        using var run = _rig.NewProxy(sink, access: null, log);
        await run.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient();
        var answer = client.GetAsync($"http://{run.Addresses[0]}/", TestContext.Current.CancellationToken);
        await arrived.Task.WaitAsync(Rig.Patience, TestContext.Current.CancellationToken);
        var stopping = run.StopAsync(TestContext.Current.CancellationToken);
        Assert.False(stopping.IsCompleted);
        await log.FirstLine.WaitAsync(Rig.Patience, TestContext.Current.CancellationToken);
        mayAnswer.SetResult();
        using var answered = await answer;
        await stopping.WaitAsync(Rig.Patience, TestContext.Current.CancellationToken);
        Assert.True(answered.IsSuccessStatusCode);
        Assert.Equal((1L, 0L), (run.Account.Answered.Sum(), run.Account.InFlight));
        Assert.Equal("stopping; 1 requests in flight have 10.00 s (a second signal ends at once)", Assert.Single(log.Lines).Text);
    }

    [Fact]
    public async Task Proxy_IsStoppedWithADelay_StillListensAndSendsClientsAway()
    {
        var clock = new FakeTimeProvider();
        using var rig = new Rig { End = new(TimeSpan.FromSeconds(10), clock, () => { }, delay: TimeSpan.FromSeconds(5)) };
        using var sink = Sink.Open();
        var log = new ListLog<ProxyRun>();
        using var run = rig.NewProxy(sink, access: null, log);
        await run.StartAsync(TestContext.Current.CancellationToken);
        var stopping = run.StopAsync(TestContext.Current.CancellationToken);
        await log.FirstLine.WaitAsync(Rig.Patience, TestContext.Current.CancellationToken);
        using var client = new HttpClient();
        using var answer = await client.GetAsync($"http://{run.Addresses[0]}/", TestContext.Current.CancellationToken);
        Assert.Equal((true, true, false), (answer.IsSuccessStatusCode, answer.Headers.ConnectionClose, stopping.IsCompleted));

        clock.Advance(TimeSpan.FromSeconds(5));
        await stopping.WaitAsync(Rig.Patience, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<HttpRequestException>(
            () => client.GetAsync($"http://{run.Addresses[0]}/", TestContext.Current.CancellationToken));
        Assert.Equal("no longer ready; still listening for 5 s (a second signal ends at once)", Assert.Single(log.Lines).Text);
    }

    [Fact]
    public async Task Account_BeforeTheRunIsPrepared_IsRefused()
    {
        using var sink = Sink.Open();
        using var file = Rig.OneRequest();
        using var run = _rig.NewCapture(sink, file, new ListLog<CaptureRun>());
        Assert.Throws<InvalidOperationException>(() => run.Account);
        await run.PrepareAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, run.Account.Capture.Packets);
    }

    [Fact]
    public async Task Stop_OfARunThatNeverStarted_IsOverAtOnce()
    {
        using var sink = Sink.Open();
        using var file = Rig.OneRequest();
        using var run = _rig.NewCapture(sink, file, new ListLog<CaptureRun>());
        await run.PrepareAsync(TestContext.Current.CancellationToken);
        await run.StopAsync(TestContext.Current.CancellationToken);
        Assert.Empty(sink.Requests);
    }

    [Fact]
    public async Task Start_Twice_IsRefusedAndTheFirstGoesOn()
    {
        using var sink = Sink.Open();
        using var file = Rig.OneRequest();
        using var run = _rig.NewCapture(sink, file, new ListLog<CaptureRun>());
        await run.StartAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<InvalidOperationException>(() => run.StartAsync(TestContext.Current.CancellationToken));
        await run.Completion.WaitAsync(Rig.Patience, TestContext.Current.CancellationToken);
        Assert.Single(sink.Requests);
    }

    [Fact]
    public async Task Prepare_Fails_ASecondCallFailsLikewiseAndOpensNothingAgain()
    {
        using var sink = Sink.Open();
        using var file = Rig.OneRequest();
        var run = _rig.NewCapture(sink, file, new ListLog<CaptureRun>());
        File.Delete(file.Path);
        var first = await Assert.ThrowsAsync<CaptureException>(() => run.PrepareAsync(TestContext.Current.CancellationToken));
        var second = await Assert.ThrowsAsync<CaptureException>(() => run.StartAsync(TestContext.Current.CancellationToken));
        Assert.Same(first, second);
        run.Dispose();
    }

    [Fact]
    public async Task Proxy_IsToldToEndWhileItLooksUpNames_DoesNotGoOn()
    {
        using var sink = Sink.Open();
        using var run = _rig.NewProxy(sink, access: null, new ListLog<ProxyRun>());
        _rig.End.Stop();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.PrepareAsync(TestContext.Current.CancellationToken));
    }

    public void Dispose() => _rig.Dispose();
}
