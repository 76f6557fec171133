using System.CommandLine;
using System.Diagnostics;
using System.Net;
using Parallax.Capture.Pipeline;
using Parallax.Capture.Sources;
using Parallax.Cli.Admin;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Traffic.Recording;

namespace Parallax.Cli.Commands;

/// <summary>What a capture run prints, and when it ends.</summary>
internal sealed record CaptureRunOptions
{
    public bool Prints { get; init; }

    public bool ShowsCredentials { get; init; }

    public bool AsJson { get; init; }

    public bool IsQuiet { get; init; }

    public TimeSpan? Duration { get; init; }

    public TimeSpan Grace { get; init; }

    public string? Health { get; init; }

    /// <summary>Where the admin side listens; null for nowhere.</summary>
    public IPEndPoint? Admin { get; init; }

    /// <summary>Names by which the admin side may be asked.</summary>
    public IReadOnlyList<string> AdminNames { get; init; } = [];
}

/// <summary>One run of <c>parallax capture</c>: opens everything, lets packets flow until the end, drains, prints the account.</summary>
internal sealed class CaptureRun(
    SourceSwitches sources, ShadowSetup shadows, RecordingSwitches recording, StopSignals signals, CaptureRunOptions options,
    RunLoops loops)
{
    private bool _records;

    public async Task<int> RunAsync(ParseResult parsed)
    {
        _records = recording.IsWanted(parsed);
        if (shadows.Mirrors.Count == 0 && !options.Prints && !_records)
        {
            throw new UsageException("nothing to do with the requests: add --to URL, --file with mirrors, --stdout or --record FILE");
        }

        using var output = StandardOutput.Open();
        var pool = sources.NewPool(parsed);
        var mayWait = sources.MayWait(parsed);
        using var printer = options.Prints
            ? new RequestPrinter(output, options.AsJson, options.ShowsCredentials, mayWait, StopWhenOnlyPrinting, signals.Token)
            : null;
        using var recorder = recording.Start(parsed, options.ShowsCredentials, Warn);
        using var rotation = new RotationSignals(() => recorder?.BeginNextFile());
        using var pipeline = sources.Open(
            parsed,
            () => new MirroringConsumer(shadows, printer, pool, mayWait, signals.Token) { Recorder = recorder, Clock = loops.Clock },
            pool,
            _records,
            Warn);
        using var health = options.Health is { } address ? HealthPort.Open(EndPoints.Listening("--health", address, 8080), loops) : null;
        if (options.Duration is { } duration)
        {
            signals.StopAfter(duration);
        }

        var started = Stopwatch.GetTimestamp();
        var sourceNames = pipeline.Sources.Select(source => source.Name).Distinct().ToList();
        RunAccount Account() => new(
            sourceNames, Stopwatch.GetElapsedTime(started), pipeline.Account, [.. shadows.Mirrors.Select(MirroredAccount.Of)])
        {
            Printed = printer?.Account,
            Recording = recorder?.Account,
            Faults = loops.Faults,
        };
        using var admin = options.Admin is { } at
            ? AdminPort.Open(at, options.AdminNames, [.. RunResources.Of(signals, () => Stats.Of(Account()))], loops)
            : null;
        Announce(pipeline, sourceNames, recorder, health, admin);
        var fault = await CaptureAndDrainAsync(pipeline, Account);
        signals.End.Finish(printer is null ? null : printer.End, recorder is null ? null : recorder.End);
        var isReported = (fault is not null && pipeline.Account.Packets == 0)
            || (Report(output, Account()) && StandardOutput.IsNoFailure(printer?.Account.Fault));

        UnreadText.Warn(Console.Error, pipeline.Account);
        if (fault is not null)
        {
            await Console.Error.WriteLineAsync($"parallax: {fault.Message}");
            return fault.Fault is CaptureFault.NotACapture or CaptureFault.UnreadableFile ? ExitCode.Usage : ExitCode.Failed;
        }

        if (signals.IsInterrupted)
        {
            return loops.ExitCodeOr(ExitCode.Interrupted);
        }

        var isAnswered = !mayWait || NothingAnswered.Tell(shadows.Mirrors.Select(mirror => mirror.Target.Account));
        return loops.ExitCodeOr(isReported && isAnswered ? UnreadText.ExitCodeOf(pipeline.Account) : ExitCode.Failed);
    }

    /// <summary>Says what a live run listens to; a file is at its end before anybody has read that.</summary>
    private void Announce(
        CapturePipeline pipeline, IEnumerable<string> sourceNames, Recorder? recorder, HealthPort? health, AdminPort? admin)
    {
        if (pipeline.Sources.All(source => source is PcapFileSource))
        {
            return;
        }

        var targets = string.Join(" and ", shadows.Mirrors.Select(mirror => mirror.Target.Url.ToString()));
        Say($"capturing from {string.Join(", ", sourceNames)}"
            + (targets.Length > 0 ? $", copies to {targets}" : "")
            + (recorder is null ? "" : $", recorded to {recorder.Account.Path}")
            + (health is null ? "" : $", health checks answered at {health.LocalEndPoint}")
            + (admin is null ? "" : $", admin at {admin.LocalEndPoint}"));
    }

    private async Task<CaptureException?> CaptureAndDrainAsync(CapturePipeline pipeline, Func<RunAccount> account)
    {
        CaptureException? fault = null;
        var isWanted = !options.IsQuiet && !(options.Prints && !Console.IsOutputRedirected);
        using var progress = new ProgressLine(() => ProgressText.Of(account(), pipeline.Sources), isWanted);
        using var waits = options.IsQuiet ? null : WatchWaits(pipeline, new(progress.Say, loops.Clock));
        try
        {
            await Task.Factory.StartNew(() => pipeline.Run(signals.Token), TaskCreationOptions.LongRunning);
        }
        catch (CaptureException broken)
        {
            fault = broken;
        }

        var underWay = shadows.Mirrors.Select(mirror => mirror.Target.Account).Sum(target => target.Queued + target.InFlight);
        if (signals.Token.IsCancellationRequested && underWay > 0 && !options.IsQuiet)
        {
            progress.Say($"parallax: stopping; {AccountText.N(underWay)} shadows in flight have "
                + $"{AccountText.Time((long)options.Grace.TotalNanoseconds)} (a second signal ends at once)");
        }

        await shadows.DrainAsync(signals.End.Grace);
        return fault;
    }

    // A capture file that is read at its own pace may have nothing for hours.
    private static Timer? WatchWaits(CapturePipeline pipeline, WaitNotice notice)
    {
        var file = pipeline.Sources.OfType<PcapFileSource>().FirstOrDefault();
        void Look()
        {
            if (file?.NextIn is { } time && time >= WaitNotice.LongWait)
            {
                notice.Tell(time, "the next packet");
            }
        }

        return file is null ? null : new(_ => Look(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    private void StopWhenOnlyPrinting()
    {
        if (shadows.Mirrors.Count == 0 && !_records)
        {
            signals.Stop();
        }
    }

    private bool Report(Stream output, RunAccount account)
    {
        if (options.AsJson)
        {
            return StandardOutput.TryWrite(() => AccountJson.Write(output, account), signals.End.GiveUp);
        }

        if (!options.IsQuiet)
        {
            AccountText.Write(Console.Error, account);
        }

        return true;
    }

    private void Warn(string message) => Say($"warning: {message}");

    private void Say(string message)
    {
        if (!options.IsQuiet)
        {
            Console.Error.WriteLine($"parallax: {message}");
        }
    }
}
