using System.Runtime.InteropServices;
using Parallax.Cli.Admin;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Proxy.Accounts;
using Parallax.Recording.Files;
using Parallax.Runs.Meters;
using Parallax.Runs.Proxying;
using Parallax.Runs.Running;

namespace Parallax.Cli.Commands;

/// <summary>What people and scripts see of a proxy: where it listens, its account, its exit code; and the signals it obeys.</summary>
internal sealed class ProxyConsole(ConsoleOptions options, StopSignals signals, RunLoops loops, ConsoleLog log)
{
    /// <summary>Runs it.</summary>
    /// <param name="run">The proxy.</param>
    /// <param name="mirrors">Its mirrors, if they can be changed while it runs.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(ProxyRun run, LiveMirrors? mirrors)
    {
        // Before it starts: a signal that comes too early must not end the process.
        using var hangUp = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            run.Reload();
        });
        await run.PrepareAsync(signals.Token);
        using var reports = new RunReports(log, text => Write(text, run.Account, run.Recording, run.Elapsed));
        using var rotation = new RotationSignals(run.BeginNextFiles, reports.TellAccount);
        reports.Begin(options.Report, () => ProgressText.Of(run.Account, run.Elapsed));
        using var admin = options.Admin is { } address
            ? AdminPort.Open(
                address,
                options.AdminNames,
                [.. RunResources.Of(run), ConfigDumpOf(run), .. mirrors?.Of(run) ?? []],
                loops,
                options.TakesOver ? log.Say : null)
            : null;
        using var meter = new RunMeter(() => run.Metrics, TimeProvider.System);
        log.Say($"listening at {string.Join(", ", run.Addresses)}{(admin is null ? "" : $", admin at {admin}")}"
            + (run.Recording is { } recording ? $", recorded to {recording.FirstFile}" : ""));
        await run.StartAsync(signals.Token);
        await RunCompletion.AwaitAsync(run);
        var isReported = Report(run);

        // Production was served all the same: it says so, and that is no failure.
        _ = NothingAnswered.Tell(run.Account.Shadows, "no copy was answered");
        return ExitCode.Of(run, signals.IsInterrupted ? ExitCode.Interrupted : isReported ? ExitCode.Ok : ExitCode.Failed);
    }

    private static AdminResource ConfigDumpOf(ProxyRun run) => new("GET", "/config_dump", () => ConfigDump.Of(run.Configuration));

    private bool Report(ProxyRun run)
    {
        var (account, recorded, elapsed) = (run.Account, run.Recording, run.Elapsed);
        if (options.AsJson)
        {
            using var output = StandardOutput.Open();
            return StandardOutput.TryWrite(() => ProxyAccountJson.Write(output, account, recorded, elapsed), signals.End.GiveUp);
        }

        if (!options.IsQuiet)
        {
            Write(Console.Error, account, recorded, elapsed);
        }

        return true;
    }

    private static void Write(TextWriter output, ProxyAccount account, RecorderAccount? recorded, TimeSpan elapsed)
    {
        ProxyAccountText.Write(output, account, elapsed);
        if (recorded is not null)
        {
            AccountText.WriteRecording(output, recorded);
        }
    }
}
