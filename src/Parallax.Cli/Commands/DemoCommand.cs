using System.CommandLine;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Demo;
using Parallax.Cli.Output;
using Parallax.Runs.Running;

namespace Parallax.Cli.Commands;

/// <summary><c>parallax demo</c>: two versions of a sample service, traffic, a simulated mirror session and the real capture, on loopback.
/// </summary>
internal static class DemoCommand
{
    private const string Description =
        "Shows what Parallax does: starts two versions of a small service here and mirrors one to the other.";

    private const string Examples = """
          parallax demo
              ten seconds of traffic; needs nothing and no privileges
          parallax demo --save demo.pcap && parallax inspect demo.pcap
              keeps the packets and looks into them
        """;

    /// <summary>Any 24-bit number; with AWS it is that of the mirror session.</summary>
    private const int Vni = 4242;

    // The capture's own grace, and a little.
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan LongestDuration = TimeSpan.FromHours(1);

    public static CommandPage Create()
    {
        var duration = Setting.Duration("--duration", "how long traffic flows", "10s");
        var save = new Option<string?>("--save") { Description = "also write the mirrored packets to this pcap file", HelpName = "FILE" };
        var page = new CommandPage(new("demo", Description), Examples);
        page.Add(SwitchGroup.Run, duration.Option, save);
        page.Command.SetAction(async parsed =>
        {
            try
            {
                using var loops = new RunLoops(new ConsoleLog(isQuiet: false), TimeProvider.System);
                return await RunAsync(loops, Console.Out, Bounded(duration.Of(parsed)), parsed.GetValue(save));
            }
            catch (Exception fault) when (fault is RunException or IOException or UnauthorizedAccessException)
            {
                await Console.Error.WriteLineAsync($"parallax: {fault.Message}");
                return ExitCode.Usage;
            }
        });
        return page;
    }

    private static TimeSpan Bounded(TimeSpan duration) =>
        duration <= LongestDuration ? duration : throw new UsageException("--duration: the demo lasts an hour at most");

    /// <param name="loops">Makes the loop that everything but the capture runs on.</param>
    /// <param name="output">Where the demonstration is printed; any thread may write to it.</param>
    /// <param name="duration">How long traffic flows.</param>
    /// <param name="path">Where mirrored packets are saved; null for nowhere.</param>
    /// <returns>The exit code.</returns>
    internal static async Task<int> RunAsync(RunLoops loops, TextWriter output, TimeSpan duration, string? path)
    {
        using var signals = new StopSignals(EndPatience);
        using var loop = loops.Create("demo");
        var primary = new Shop(loop, version: 1);
        var shadow = new Shop(loop, version: 2);
        DemoReport.WriteTitle(output, Vni);
        var line = CaptureLine(shadow, duration);
        output.WriteLine($"  $ ./parallax {string.Join(' ', line)}");
        using var capture = await CaptureProcess.StartAsync(line, said => output.WriteLine($"  {said}"));
        using var session = new MirrorSession(Vni, capture.Receiver, path);
        var tap = new Tap(loop, primary.LocalEndPoint, session);
        var shoppers = new Shoppers(loop, tap.LocalEndPoint);
        loop.Start();
        using (new ProgressLine(() => Progress(shoppers, shadow.Log), isWanted: true))
        {
            await Task.WhenAny(Task.Delay(duration, signals.Token));
            await shoppers.LeaveAsync();
        }

        var isSignalled = signals.Token.IsCancellationRequested;
        var result = await capture.StopAsync(isSignalled);
        DemoReport.WriteAnswers(output, primary.Log, shadow.Log);
        if (result is null || isSignalled)
        {
            DemoReport.WriteBroken(output, isSignalled);
            return ExitCode.Of(loops, signals.IsInterrupted ? ExitCode.Interrupted : isSignalled ? ExitCode.Ok : ExitCode.Failed);
        }

        var isWhole = DemoReport.WriteAccount(output, shoppers.Sent, session.Packets, result);
        DemoReport.WriteNext(output, path);
        return ExitCode.Of(loops, isWhole ? ExitCode.Ok : ExitCode.Failed);
    }

    /// <summary>What a user would type; it ends by itself, should nobody be left to end it.</summary>
    private static string[] CaptureLine(Shop shadow, TimeSpan duration) =>
    [
        "capture", "--vxlan", "127.0.0.1:0", "--vni", $"{Vni}", "--to", $"http://{shadow.LocalEndPoint}", "--buffer", "200k", "--duration",
        $"{(long)duration.TotalSeconds + 60}s", "--json",
    ];

    private static string Progress(Shoppers shoppers, AnswerLog shadow) =>
        $"{NumberText.Count(shoppers.Answered)} requests answered by version 1, {NumberText.Count(shadow.Total)} shadows by version 2 "
        + $"({NumberText.Count(shadow.OfClass(5))} × 5xx)";
}
