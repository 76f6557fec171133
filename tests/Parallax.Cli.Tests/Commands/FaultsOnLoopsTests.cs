using System.CommandLine;
using System.Net;
using Parallax.Cli.Admin;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Commands;
using Parallax.Cli.Output;
using Parallax.Cli.Tests.EndToEnd;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;
using Parallax.TestKit;
using Parallax.Traffic.Rewriting;

namespace Parallax.Cli.Tests.Commands;

/// <summary>A fault of the program itself is said and counted on every loop there is, and the run that had it has failed.</summary>
public sealed class FaultsOnLoopsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<string> _said = [];
    private readonly RunLoops _loops;
    private readonly StopSignals _signals = new(TimeSpan.FromSeconds(10));

    public FaultsOnLoopsTests() => _loops = new(Say, TimeProvider.System) { OnCreated = Throw };

    [Fact]
    public async Task Capture_ShadowLoop()
    {
        using var sink = Sink.Open();
        using var file = new CaptureFile(new FlowScript().Handshake().Client("GET / HTTP/1.1\r\nHost: a\r\n\r\n").Segments);
        var (sources, recording) = (new SourceSwitches(), new RecordingSwitches());
        var documents = ConfigurationSwitches.WithoutSockets();
        var shadows = new ShadowSwitches(documents);
        var command = new Command("capture");
        sources.AddTo(command);
        shadows.AddTo(command);
        documents.AddTo(command);
        recording.AddTo(command);
        var parsed = command.Parse(["--pcap", file.Path, "--port", "80", "--to", sink.Url]);
        using var setup = shadows.Build(parsed, fromFile: true, _loops.Create);
        var run = new CaptureRun(sources, setup, recording, _signals, new() { IsQuiet = true, Grace = Patience }, _loops);
        Assert.Equal(ExitCode.Failed, await run.RunAsync(parsed).WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Single(sink.Requests);
        AssertSaid();
    }

    [Fact]
    public async Task Replay_ItsLoop()
    {
        using var sink = Sink.Open();
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            path,
            "1 0000000000000001 1700000000000000000 0\nGET / HTTP/1.1\r\nHost: a\r\n\r\n\n🐵🙈🙉\n",
            TestContext.Current.CancellationToken);
        var switches = new ReplaySwitches();
        var command = new Command("replay");
        switches.AddTo(command);
        var run = new ReplayRun([path], switches, _signals, _loops) { IsQuiet = true, MemoryBytes = 1 << 20 };
        var code = await run.RunAsync(command.Parse(["--to", sink.Url])).WaitAsync(Patience, TestContext.Current.CancellationToken);
        File.Delete(path);
        Assert.Equal(ExitCode.Failed, code);
        Assert.Single(sink.Requests);
        AssertSaid();
    }

    [Fact]
    public async Task Proxy_AWorkersLoop()
    {
        using var sink = Sink.Open();
        var quick = new QuickSwitches(new PolicySwitches());
        var documents = new ConfigurationSwitches(quick.Listen);
        var command = new Command("proxy");
        quick.AddTo(command);
        documents.AddTo(command);
        var parsed = command.Parse(["--listen", "127.0.0.1:0", "--primary", sink.Url]);

        // A clock that throws does so on the loop that ends a request.
        using var log = new AccessLog(() => new MemoryStream(), isJson: true, new BrokenClock(), Say);
        var listening = new TaskCompletionSource<IPEndPoint>();
        var options = new ProxyRunOptions { IsQuiet = true, OnListening = addresses => listening.SetResult(addresses[0]) };
        using var run = new ProxyRun(new ConfigurationInForce(quick, documents, parsed), _signals, options, _loops);
        var running = run.RunAsync(ProxyOptions.Default with { Loops = 1 }, config => RoutingTable.Compile(config, ShadowHost.Suffix), log);
        using var client = new HttpClient();
        var url = $"http://{await listening.Task.WaitAsync(Patience, TestContext.Current.CancellationToken)}/";
        using var answer = await client.GetAsync(url, TestContext.Current.CancellationToken);
        _signals.Stop();
        Assert.Equal(ExitCode.Failed, await running.WaitAsync(Patience, TestContext.Current.CancellationToken));
        AssertSaid();
    }

    [Fact]
    public async Task Admin_ItsLoop()
    {
        AdminResource[] resources = [new("GET", "/", () => AdminAnswer.Text(200, "ok"))];
        using var port = AdminPort.Open(new IPEndPoint(IPAddress.Loopback, 0), [], resources, _loops);
        using var client = new HttpClient();
        using var answer = await client.GetAsync($"http://{port.LocalEndPoint}/", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        AssertFailed();
    }

    [Fact]
    public async Task Health_ItsLoop()
    {
        using var port = HealthPort.Open(new IPEndPoint(IPAddress.Loopback, 0), _loops);
        using var client = new HttpClient();
        using var answer = await client.GetAsync($"http://{port.LocalEndPoint}/", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        AssertFailed();
    }

    public void Dispose()
    {
        _signals.Dispose();
        _loops.Dispose();
    }

    private static void Throw(IEventLoop loop) => loop.Post(_ => throw new InvalidOperationException("thrown by the test"), null);

    private void Say(string line)
    {
        lock (_said)
        {
            _said.Add(line);
        }
    }

    private void AssertFailed()
    {
        Assert.Equal(ExitCode.Failed, _loops.ExitCodeOr(ExitCode.Ok));
        Assert.Equal(ExitCode.Failed, _loops.ExitCodeOr(ExitCode.Interrupted));
        AssertSaid();
    }

    private void AssertSaid()
    {
        lock (_said)
        {
            Assert.Contains("InvalidOperationException: thrown by the test (at ", Assert.Single(_said), StringComparison.Ordinal);
        }
    }

    private sealed class BrokenClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => throw new InvalidOperationException("thrown by the test");
    }
}
