using System.CommandLine;
using System.Diagnostics;
using Parallax.Capture.Pipeline;
using Parallax.Capture.Sources;
using Parallax.Cli.Admin;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Shadowing;

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
}

/// <summary>One run of <c>parallax capture</c>: opens everything, lets packets flow until the end, drains, prints the account.</summary>
internal sealed class CaptureRun(SourceSwitches sources, ShadowSetup shadows, StopSignals signals, CaptureRunOptions options)
{
    public async Task<int> RunAsync(ParseResult parsed)
    {
        if (shadows.Mirrors.Count == 0 && !options.Prints)
        {
            throw new UsageException("nothing to do with the requests: add --to URL or --stdout");
        }

        using var output = Console.OpenStandardOutput();
        var pool = sources.NewPool(parsed);
        var mayWait = sources.MayWait(parsed);
        using var printer = options.Prints ? new RequestPrinter(output, options.AsJson, options.ShowsCredentials, mayWait) : null;
        using var pipeline = sources.Open(
            parsed, () => new MirroringConsumer(shadows, printer, mayWait ? pool : null, signals.Token), pool, Warn);
        using var health = options.Health is { } address ? HealthPort.Open(EndPoints.Listening("--health", address, 0)) : null;
        if (options.Duration is { } duration)
        {
            signals.StopAfter(duration);
        }

        var started = Stopwatch.GetTimestamp();
        var sourceNames = pipeline.Sources.Select(source => source.Name).ToList();
        Say($"capturing from {string.Join(", ", sourceNames.Distinct())}" + (options.IsQuiet ? "" : Targets()));
        RunAccount Account() => new(
            [.. sourceNames.Distinct()], Stopwatch.GetElapsedTime(started), pipeline.Account, [.. shadows.Mirrors.Select(MirrorAccount.Of)])
        {
            Printed = printer?.Account,
        };
        var fault = await CaptureAndDrainAsync(pipeline, Account);
        printer?.Dispose();
        Report(output, Account());
        if (fault is not null)
        {
            await Console.Error.WriteLineAsync($"parallax: {fault.Message}");
            return fault.Fault is CaptureFault.NotACapture or CaptureFault.UnreadableFile ? ExitCode.Usage : ExitCode.Failed;
        }

        return signals.IsInterrupted ? ExitCode.Interrupted : ExitCode.Ok;
    }

    private async Task<CaptureException?> CaptureAndDrainAsync(CapturePipeline pipeline, Func<RunAccount> account)
    {
        CaptureException? fault = null;
        using (new ProgressLine(() => Progress(account()), isWanted: !options.IsQuiet && !(options.Prints && !Console.IsOutputRedirected)))
        {
            try
            {
                await Task.Factory.StartNew(() => pipeline.Run(signals.Token), TaskCreationOptions.LongRunning);
            }
            catch (CaptureException broken)
            {
                fault = broken;
            }

            await shadows.DrainAsync(options.Grace);
        }

        return fault;
    }

    private static string Progress(RunAccount account)
    {
        var capture = account.Capture;
        var line = $"{account.Elapsed:hh\\:mm\\:ss}  {AccountText.N(capture.Packets)} packets  {AccountText.N(capture.RequestsSeen)} requests";
        foreach (var mirror in account.Mirrors)
        {
            var target = mirror.Target;
            line += $"  {target.Target}: {AccountText.N(target.Answered)} answered, {AccountText.N(target.Failed.Sum())} failed, "
                + $"{AccountText.N(target.Dropped.Sum())} dropped, {AccountText.N(target.Queued)} queued";
        }

        return capture.Losses.Kernel > 0 ? $"{line}  LOST by the kernel {AccountText.N(capture.Losses.Kernel)}" : line;
    }

    private void Report(Stream output, RunAccount account)
    {
        if (options.AsJson)
        {
            AccountJson.Write(output, account);
        }

        if (!options.IsQuiet && !options.AsJson)
        {
            AccountText.Write(Console.Error, account);
        }
    }

    private string Targets() => string.Concat(shadows.Mirrors.Select(mirror => $", copies to {mirror.Target.Url}"));

    private void Warn(string message) => Say($"warning: {message}");

    private void Say(string message)
    {
        if (!options.IsQuiet)
        {
            Console.Error.WriteLine($"parallax: {message}");
        }
    }

    /// <summary>Offers each request of one shard to the mirrors and the printer.</summary>
    private sealed class MirroringConsumer(ShadowSetup shadows, RequestPrinter? printer, OctetPool? waitsFor, CancellationToken stop)
        : ExchangeConsumer
    {
        private readonly MirrorSet _mirrors = shadows.NewSet();

        public override void OnRequest(Message request, in RequestContext context)
        {
            if (waitsFor is not null)
            {
                WaitForRoom(waitsFor);
            }

            _mirrors.Offer(request, context);
            printer?.Offer(request, context);
        }

        public override void OnExchange(Exchange exchange)
        {
        }

        public override void OnSessionEnded(long session)
        {
            foreach (var mirror in shadows.Mirrors)
            {
                mirror.Target.EndSession(session);
            }
        }

        /// <summary>A file can wait, so nothing is dropped for want of room.</summary>
        private void WaitForRoom(OctetPool pool)
        {
            while (!stop.IsCancellationRequested
                && shadows.Mirrors.Any(mirror => mirror.Target.IsBusy || (pool.RentedBytes > pool.LimitBytes / 2 && mirror.Target.HasWork)))
            {
                stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(1));
            }
        }
    }
}
