using Parallax.Capture.Sources;
using Parallax.Cli.Admin;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Runs.Capturing;
using Parallax.Runs.Meters;
using Parallax.Runs.Running;

namespace Parallax.Cli.Commands;

/// <summary>What people and scripts see of a capture: how it goes, its account, its exit code.</summary>
internal sealed class CaptureConsole(ConsoleOptions options, StopSignals signals, RunLoops loops, ConsoleLog log)
{
    /// <summary>Runs it.</summary>
    /// <param name="run">The capture.</param>
    /// <param name="printer">Prints its exchanges; null when none are printed.</param>
    /// <param name="output">Standard output.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(CaptureRun run, ExchangePrinter? printer, Stream output)
    {
        await run.PrepareAsync(CancellationToken.None);
        if (options.Duration is { } time)
        {
            signals.End.StopAfter(time);
        }

        using var reports = new RunReports(log, text => AccountText.Write(text, run.Account, printer?.Account));
        using var rotation = new RotationSignals(run.BeginNextFile, reports.TellAccount);
        using var health = options.Health is { } address ? HealthPort.Open(address, loops, options.TakesOver ? log.Say : null) : null;
        using var admin = options.Admin is { } at
            ? AdminPort.Open(at, options.AdminNames, [.. RunResources.Of(run)], loops, options.TakesOver ? log.Say : null)
            : null;
        using var meter = new RunMeter(() => run.Metrics, TimeProvider.System);
        Announce(run, health, admin);
        await run.StartAsync(CancellationToken.None);
        reports.Begin(options.Report, () => ProgressText.Of(run.Account, run.Sources));
        await AwaitEndAsync(run, isPrinting: printer is not null);
        var account = run.Account;
        var isReported = (run.Fault is not null && account.Capture.Packets == 0)
            || (Report(output, account, printer?.Account) && StandardOutput.IsNoFailure(printer?.Account.Fault));
        UnreadText.Warn(Console.Error, account.Capture);
        if (run.Fault is { } fault)
        {
            await Console.Error.WriteLineAsync($"parallax: {fault.Message}");
            return fault.Fault is CaptureFault.NotACapture or CaptureFault.UnreadableFile ? ExitCode.Usage : ExitCode.Failed;
        }

        var isAnswered = NothingAnswered.Tell(account.Mirrors.Select(mirror => mirror.Target));
        if (signals.IsInterrupted)
        {
            return ExitCode.Of(run, ExitCode.Interrupted);
        }

        return ExitCode.Of(run, isReported && isAnswered ? UnreadText.ExitCodeOf(account.Capture) : ExitCode.Failed);
    }

    /// <summary>Says what a live run listens to; a file is at its end before anybody has read that.</summary>
    private void Announce(CaptureRun run, SidePort? health, SidePort? admin)
    {
        if (run.Sources.All(source => source is PcapFileSource))
        {
            return;
        }

        var targets = string.Join(" and ", run.Targets);
        log.Say($"capturing from {string.Join(", ", run.Account.Sources)}"
            + (targets.Length > 0 ? $", copies to {targets}" : "")
            + (run.RecordingPath is { } path ? $", recorded to {path}" : "")
            + (health is null ? "" : $", health checks answered at {health}")
            + (admin is null ? "" : $", admin at {admin}"));
    }

    private async Task AwaitEndAsync(CaptureRun run, bool isPrinting)
    {
        var isWanted = !options.IsQuiet && !(isPrinting && !Console.IsOutputRedirected);
        using var progress = new ProgressLine(() => ProgressText.Of(run.Account, run.Sources), isWanted);
        log.Progress = progress;
        using var waits = options.IsQuiet ? null : WatchWaits(run, new(log.Say, loops.Clock));
        await RunCompletion.AwaitAsync(run);
        log.Progress = null;
    }

    // A capture file that is read at its own pace may have nothing for hours.
    private static Timer? WatchWaits(CaptureRun run, WaitNotice notice)
    {
        var file = run.Sources.OfType<PcapFileSource>().FirstOrDefault();
        void Look()
        {
            if (file?.NextIn is { } time && time >= WaitNotice.LongWait)
            {
                notice.Tell(time, "the next packet");
            }
        }

        return file is null ? null : new(_ => Look(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    private bool Report(Stream output, CaptureRunAccount account, PrintAccount? printed)
    {
        if (options.AsJson)
        {
            return StandardOutput.TryWrite(() => AccountJson.Write(output, account, printed), signals.End.GiveUp);
        }

        if (!options.IsQuiet)
        {
            AccountText.Write(Console.Error, account, printed);
        }

        return true;
    }
}
