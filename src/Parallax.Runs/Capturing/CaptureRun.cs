using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Parallax.Capture.Pipeline;
using Parallax.Capture.Sources;
using Parallax.Recording.Files;
using Parallax.Runs.Running;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Counters;
using Parallax.Traffic.Exchanges;

namespace Parallax.Runs.Capturing;

/// <summary>What a capture takes and what it does with it.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record CaptureRunOptions
{
    /// <summary>Where packets come from.</summary>
    public required SourceOptions Sources { get; init; }

    /// <summary>Where copies of requests go; nowhere by default.</summary>
    public MirroringOptions Mirrors { get; init; } = new();

    /// <summary>Where exchanges are recorded; null for nowhere.</summary>
    public RecordingOptions? Recording { get; init; }

    /// <summary>Takes exchanges besides the recording; null for nobody. The run ends it.</summary>
    public IExchangeSink? Exchanges { get; init; }
}

/// <summary>A run of a capture: packets flow until the end, then what is in flight is drained.</summary>
/// <remarks>Thread safety: as of every <see cref="Run"/>; accounts may be asked for from any thread.</remarks>
/// <param name="options">What it does.</param>
/// <param name="end">Ends it.</param>
/// <param name="loops">Makes its event loop. The caller's.</param>
/// <param name="log">Where it logs.</param>
public sealed class CaptureRun(CaptureRunOptions options, RunEnd end, RunLoops loops, ILogger<CaptureRun> log) : Run(end, loops)
{
    private ShadowTargets? _targets;
    private Recorder? _recorder;
    private AwaitedShadows? _awaited;
    private CapturePipeline? _pipeline;
    private long _started = Stopwatch.GetTimestamp();

    /// <summary>Why packets stopped coming before the end; null when they did not.</summary>
    public CaptureException? Fault { get; private set; }

    /// <summary>The sources, once it is prepared.</summary>
    public IEnumerable<IPacketSource> Sources => Pipeline.Sources;

    /// <summary>The targets of its mirrors.</summary>
    public IEnumerable<ServerUrl> Targets => options.Mirrors.Mirrors.Select(mirror => mirror.Target.Url);

    /// <summary>The first file that is recorded; null when none is.</summary>
    public string? RecordingPath => _recorder?.Account.FirstFile;

    /// <summary>The account as it stands, once it is prepared.</summary>
    public CaptureRunAccount Account => new(
        [.. Sources.Select(source => source.Name).Distinct()],
        Stopwatch.GetElapsedTime(_started),
        Pipeline.Account,
        [.. _targets!.Mirrors.Select(MirroredAccount.Of)])
    {
        Recording = _recorder?.Account,
        Lag = _targets.Lag,
        Faults = Faults,
    };

    /// <inheritdoc/>
    public override IEnumerable<Metric> Metrics => Account.Metrics;

    private CapturePipeline Pipeline => _pipeline ?? throw new InvalidOperationException("the run is not prepared");

    /// <summary>Begins another file of the recording, if there is one.</summary>
    public void BeginNextFile() => _recorder?.BeginNextFile();

    /// <inheritdoc/>
    protected override Task OpenAsync(CancellationToken cancellationToken)
    {
        var mayWait = options.Sources.MayWait;
        var pool = new OctetPool(options.Sources.MemoryBytes);
        var recorder = _recorder = options.Recording is null ? null
            : new Recorder(options.Recording, TimeProvider.System, fault => RunLog.RecordingSuffers(log, fault));
        var awaited = _awaited = options.Recording is { WithShadows: true }
            ? new(recorder!, options.Sources.MemoryBytes / 4, options.Sources.MaxBodyBytes, TimeProvider.System)
            : null;
        var targets = _targets = new(awaited is null ? options.Mirrors : options.Mirrors.With(awaited.Watched), Loops.Create);
        _pipeline = CaptureSources.Open(
            options.Sources,
            () => new MirroringConsumer(targets, options.Exchanges, pool, mayWait, End.Token)
            {
                Recorder = recorder,
                Awaited = awaited,
                Clock = Loops.Clock,
            },
            pool,
            keepsResponses: recorder is not null || options.Exchanges is { NeedsResponseBodies: true },
            log);
        _started = Stopwatch.GetTimestamp();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync()
    {
        using var watch = new TroubleWatch(() => _targets!.Mirrors.Select(mirror => mirror.Target), "copies", log, Loops.Clock)
        {
            KernelLoss = () => Sources.Sum(source => source.Losses.Kernel),
        }.Start(Loops.OnFault);
        try
        {
            await Task.Factory.StartNew(() => Pipeline.Run(End.Token), TaskCreationOptions.LongRunning);
        }
        catch (CaptureException fault)
        {
            Fault = fault;
        }
    }

    /// <inheritdoc/>
    protected override async Task FinishAsync()
    {
        var inFlight = Account.Mirrors.Sum(mirror => mirror.Target.Queued + mirror.Target.InFlight);
        if (End.Token.IsCancellationRequested && inFlight > 0)
        {
            RunLog.Stopping(log, NumberText.Count(inFlight), "shadows", NumberText.Time(End.Grace));
        }

        await _targets!.DrainAsync(End.GraceLeft);
        _awaited?.End();
        End.Finish(options.Exchanges is null ? null : options.Exchanges.End, _recorder is null ? null : _recorder.End);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool isDisposing)
    {
        _pipeline?.Dispose();
        if (!HasStarted)
        {
            _recorder?.Discard();
        }

        _recorder?.Dispose();
        _targets?.Dispose();
    }
}
