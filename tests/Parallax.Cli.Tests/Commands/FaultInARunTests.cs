using Parallax.Cli.CommandLine;
using Parallax.Cli.Commands;
using Parallax.Cli.Output;
using Parallax.Runs.Capturing;
using Parallax.Runs.Running;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;

namespace Parallax.Cli.Tests.Commands;

/// <summary>A fault of the program itself in the work of a run does not end the process: it is counted, the account follows, and the exit
/// code is 1.</summary>
public class FaultInARunTests
{
    [Fact]
    public async Task Capture_ItsWorkThrows_IsAccountedForAndFails()
    {
        using var file = new CaptureFile(new FlowScript().Handshake().Client("GET / HTTP/1.1\r\nHost: a\r\n\r\n").Segments);
        using var signals = new StopSignals(TimeSpan.Zero);
        var log = new ConsoleLog(isQuiet: true);
        using var loops = new RunLoops(log, TimeProvider.System);
        var sources = new SourceOptions
        {
            PcapFiles = [file.Path],
            Ports = [80],
            MemoryBytes = 8 << 20,
            MaxBodyBytes = 1 << 20,
            MaxFlows = 100,
        };
        using var run = new CaptureRun(
            new() { Sources = sources, Exchanges = new BrokenSink() }, signals.End, loops, log.For<CaptureRun>());
        var output = new MemoryStream();
        var console = new CaptureConsole(new ConsoleOptions { AsJson = true, IsQuiet = true }, signals, loops, log);
        var exitCode = await console.RunAsync(run, printer: null, output);

        Assert.Equal(ExitCode.Failed, exitCode);
        Assert.Contains("\"faults\":1", System.Text.Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
    }

    private sealed class BrokenSink : IExchangeSink
    {
        public bool NeedsResponseBodies => false;

        public void Announce(Message request, in RequestContext context)
        {
        }

        public void Offer(Exchange exchange) => throw new InvalidOperationException("thrown by the test");

        public void End(CancellationToken giveUp)
        {
        }
    }
}
