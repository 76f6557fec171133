using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using Parallax.Cli.Admin;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Commands;
using Parallax.Reactor.Connections;
using Parallax.Runs.Running;

namespace Parallax.Cli.Tests.Commands;

/// <summary>A fault of the program itself is said and counted on the loops of the ports and of the demo, too, and the run that had it has
/// failed.</summary>
public sealed class FaultsOnLoopsTests : IDisposable
{
    private readonly LogLines _log = new();
    private readonly RunLoops _loops;

    public FaultsOnLoopsTests() => _loops = new(_log, TimeProvider.System) { OnCreated = Throw };

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

    [Fact]
    public async Task Demo_ItsLoop()
    {
        var output = new StringWriter();
        var exitCode = await DemoCommand.RunAsync(_loops, TextWriter.Synchronized(output), TimeSpan.FromMilliseconds(300), path: null);
        Assert.Contains("Nothing is missing", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, exitCode);
        AssertFailed();
    }

    public void Dispose()
    {
        _loops.Dispose();
    }

    private static void Throw(IEventLoop loop) => loop.Post(_ => throw new InvalidOperationException("thrown by the test"), null);

    private void AssertFailed()
    {
        Assert.Equal(ExitCode.Failed, ExitCode.Of(_loops, ExitCode.Ok));
        Assert.Equal(ExitCode.Failed, ExitCode.Of(_loops, ExitCode.Interrupted));
        Assert.Contains(
            "InvalidOperationException: thrown by the test (at ", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    private sealed class LogLines : ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;
    }
}
