using Parallax.Cli.Admin;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Recording.Entries;
using Parallax.Runs.Meters;
using Parallax.Runs.Replaying;
using Parallax.Runs.Running;

namespace Parallax.Cli.Commands;

/// <summary>What people and scripts see of a replay: how it goes, its account, its exit code.</summary>
internal sealed class ReplayConsole(ConsoleOptions options, StopSignals signals, RunLoops loops, ConsoleLog log)
{
    /// <summary>Runs it.</summary>
    /// <param name="run">The replay.</param>
    /// <param name="notice">Says what a replay waits for; to be used from now on.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(ReplayRun run, Action<WaitNotice> notice)
    {
        using var output = StandardOutput.Open();
        await run.PrepareAsync(signals.Token);
        if (options.Duration is { } time)
        {
            signals.End.StopAfter(time);
        }

        using var admin = options.Admin is { } at
            ? AdminPort.Open(at, options.AdminNames, [.. RunResources.Of(run)], loops)
            : null;
        using var meter = new RunMeter(() => run.Metrics, TimeProvider.System);
        using var reports = new RunReports(log, text => ReplayText.Write(text, run.Account));
        using var asked = new RotationSignals(static () => { }, reports.TellAccount);
        reports.Begin(options.Report, () => ReplayText.Progress(run.Account));
        if (admin is not null)
        {
            log.Say($"admin at {admin}");
        }

        await AwaitEndAsync(run, notice);
        return Conclude(run, output);
    }

    private async Task AwaitEndAsync(ReplayRun run, Action<WaitNotice> notice)
    {
        using var progress = new ProgressLine(() => ReplayText.Progress(run.Account), !options.IsQuiet);
        log.Progress = progress;
        if (!options.IsQuiet)
        {
            notice(new(log.Say, loops.Clock));
        }

        await run.StartAsync(signals.Token);
        await RunCompletion.AwaitAsync(run);
        log.Progress = null;
    }

    private int Conclude(ReplayRun run, Stream output)
    {
        var account = run.Account;
        var isReported = Report(output, account);
        if (run.Capture is { } capture)
        {
            UnreadText.Warn(Console.Error, capture);
        }

        UnreadText.Warn(Console.Error, account.Files.Count == 1 ? account.Files[0] : "the recordings", account.Losses);
        if (run.Fault is { } fault)
        {
            Console.Error.WriteLine($"parallax: {fault.Message}");
            return fault is RecordingException ? ExitCode.Usage : ExitCode.Failed;
        }

        if (signals.IsInterrupted)
        {
            NothingAnswered.Tell(account.Target.Offered, [account.Target.Shadow], [account.Target.AllDropped]);
            return ExitCode.Of(run, ExitCode.Interrupted);
        }

        if (account.Target.Middleware is { EndedEarly: true })
        {
            Console.Error.WriteLine("parallax: the middleware ended before the replay; what it had not handed back was not sent");
            return ExitCode.Failed;
        }

        if (!isReported || !IsAnswered(account))
        {
            return ExitCode.Failed;
        }

        var isRecording = account.Losses != default || run.Capture is null;
        return ExitCode.Of(run, isRecording ? UnreadText.ExitCodeOf(account.Losses) : UnreadText.ExitCodeOf(run.Capture!));
    }

    // A run that was stopped before anything was due did what it was told.
    private bool IsAnswered(ReplayAccount account)
    {
        if (account.Target.Shadow.Answered > 0 || (account.Target.Offered == 0 && signals.Token.IsCancellationRequested))
        {
            return true;
        }

        if (account.Target.Offered == 0)
        {
            Console.Error.WriteLine($"parallax: nothing was sent: {ReplayText.WhyNothing(account)}");
        }
        else
        {
            NothingAnswered.Tell(account.Target.Offered, [account.Target.Shadow], [account.Target.AllDropped]);
        }

        return false;
    }

    private bool Report(Stream output, ReplayAccount account)
    {
        if (options.AsJson)
        {
            return StandardOutput.TryWrite(() => ReplayJson.Write(output, account), signals.End.GiveUp);
        }

        if (!options.IsQuiet)
        {
            ReplayText.Write(Console.Error, account);
        }

        return true;
    }
}
