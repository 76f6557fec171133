using Microsoft.Extensions.Logging;
using Parallax.Capture.Pipeline;
using Parallax.Capture.Sources;
using Parallax.Reactor.Connections;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Recording.Plx;
using Parallax.Runs.Capturing;
using Parallax.Runs.Meters;
using Parallax.Runs.Running;
using Parallax.Shadows.Delivery;
using Parallax.Shadows.Replay;
using Parallax.Traffic.Counters;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;

namespace Parallax.Runs.Replaying;

/// <summary>What a replay sends, when and where to.</summary>
/// <remarks>Thread safety: immutable, but for the counters of <see cref="Selection"/>; for one run.</remarks>
public sealed record ReplayRunOptions
{
    /// <summary>Recordings and capture files; all capture files together are one capture.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>What of them is sent.</summary>
    public required ReplaySelection Selection { get; init; }

    /// <summary>When it is sent.</summary>
    public required ReplayerOptions Timing { get; init; }

    /// <summary>How sessions and state are kept.</summary>
    public required ReplayTargetOptions Sending { get; init; }

    /// <summary>Makes the target's configuration. Called once, after the files were opened: it may look up a name, and wait for
    /// that.</summary>
    public required Func<ShadowTargetConfig> Target { get; init; }

    /// <summary>Whether a recording whose secrets were replaced may be sent; false by default.</summary>
    public bool AllowsRedacted { get; init; }

    /// <summary>Memory of requests, in bytes.</summary>
    public required long MemoryBytes { get; init; }
}

/// <summary>A run of a replay: recordings are sent until their end, then what is in flight is drained.</summary>
/// <remarks>Thread safety: as of every <see cref="Run"/>; accounts may be asked for from any thread.</remarks>
/// <param name="options">What it does.</param>
/// <param name="end">Ends it.</param>
/// <param name="loops">Makes its event loop. The caller's.</param>
/// <param name="log">Where it logs.</param>
public sealed class ReplayRun(ReplayRunOptions options, RunEnd end, RunLoops loops, ILogger<ReplayRun> log) : Run(end, loops)
{
    private readonly long[] _leftOut = new long[LeftOutReasons.Count];
    private RecordingLosses _losses;
    private ShadowTargetConfig? _config;
    private Replayer? _replayer;
    private ReplayTarget? _target;
    private IEventLoop? _loop;
    private bool _warned;

    /// <summary>Why reading ended before the end of the recordings; null when it did not.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>What was captured, when there are capture files among the recordings and they were read to their end.</summary>
    public CaptureAccount? Capture { get; private set; }

    /// <summary>The account as it stands, once it is prepared.</summary>
    public ReplayAccount Account => new(
        options.Files, Prepared(_config).Url.ToString(), options.Selection, Prepared(_replayer), Prepared(_target).Account, _losses)
    {
        LeftOut = _leftOut,
        Faults = Faults,
    };

    /// <inheritdoc/>
    public override IEnumerable<Metric> Metrics
    {
        get
        {
            var account = Account;
            return
            [
                .. ReplayTable.All.Read(account),
                .. RunMetrics.OfShadows([account.Target.Shadow]),
                RunMetrics.OfFaults(account.Faults),
                RunMetrics.OfLag(Prepared(_loop).Counters.Lag),
                .. RunMetrics.OfProcess(account.Replayer.Elapsed),
            ];
        }
    }

    /// <inheritdoc/>
    protected override Task OpenAsync(CancellationToken cancellationToken)
    {
        if (options.Files.Contains(""))
        {
            throw new RunException("a FILE has an empty name");
        }

        WarnOfRepeated();
        foreach (var reader in OpenAll(default))
        {
            reader.Dispose(); // Before anything is sent: every file is there and may be replayed.
        }

        _config = options.Target();
        var (begin, range) = RangeOf(options.Selection);
        var loop = Loops.Create("replay");
        _loop = loop;
        loop.Start();
        _target = new ReplayTarget(loop, _config, options.Sending);
        var pool = new OctetPool(options.MemoryBytes);
        var wantsResponses = options.Sending.WantsResponses;
        _replayer = new Replayer(
            pass => new(OpenAll(range), options.Selection, pool, wantsResponses, pass) { Begin = begin }, _target, pool, options.Timing);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync()
    {
        using var watch = new TroubleWatch(() => [Prepared(_target).Shadow.Inbox], "requests", log, Loops.Clock).Start(Loops.OnFault);
        try
        {
            await Task.Factory.StartNew(() => Prepared(_replayer).Run(End.Token), TaskCreationOptions.LongRunning);
        }
        catch (Exception broken) when (broken is RecordingException or CaptureException or RunException
            or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Fault = broken;
        }
    }

    /// <inheritdoc/>
    protected override async Task FinishAsync()
    {
        await Prepared(_target).DrainAsync(End.GraceLeft, CancellationToken.None);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool isDisposing)
    {
        _target?.Dispose();
        _loop?.Dispose();
    }

    private static T Prepared<T>(T? part)
        where T : class => part ?? throw new InvalidOperationException("the run is not prepared");

    private void WarnOfRepeated()
    {
        foreach (var file in options.Files.GroupBy(Path.GetFullPath).Where(same => same.Count() > 1))
        {
            // Capture files are one capture, in which doubled packets fall out.
            var outcome = CaptureFiles.IsCaptureFile(file.First()) ? "its packets count once" : "each of its requests is sent as often";
            RunLog.NamedAgain(log, file.First(), file.Count(), outcome);
        }
    }

    // Where indexes tell when all the recordings begin, what is outside of the time asked for is not even read.
    private (Timestamp Begin, TimeRange Range) RangeOf(ReplaySelection selection)
    {
        if (!selection.Span.IsRelative)
        {
            return (default, selection.Span.RangeFrom(default));
        }

        var begins = options.Files.Select(file => CaptureFiles.IsCaptureFile(file) ? default : RecordingFormats.BeginOf(file)).ToList();
        return begins.TrueForAll(begin => begin.IsKnown) ? (begins.Min(), selection.Span.RangeFrom(begins.Min())) : default;
    }

    private List<IRecordingReader> OpenAll(TimeRange range)
    {
        var readers = new List<IRecordingReader>();
        try
        {
            foreach (var file in options.Files.Where(file => !CaptureFiles.IsCaptureFile(file)))
            {
                if (file == "-")
                {
                    throw new RunException(
                        "-: standard input cannot be replayed, because it cannot be read again; write it to a file first");
                }

                readers.Add(Open(file, range));
            }

            if (options.Files.Where(CaptureFiles.IsCaptureFile).ToList() is { Count: > 0 } captures)
            {
                readers.Add(new CaptureEntries(captures, account => Capture = account));
            }

            _warned = true;
            return readers;
        }
        catch
        {
            readers.ForEach(reader => reader.Dispose());
            throw;
        }
    }

    private WatchedRecording Open(string file, TimeRange range)
    {
        var reader = RecordingFormats.Open(file, range);
        if (reader.Plx is { Header.Redaction: RedactionState.Redacted })
        {
            if (!options.AllowsRedacted)
            {
                reader.Dispose();
                throw new RunException(Refusal(file));
            }

            if (!_warned)
            {
                RunLog.SecretsAreReplaced(log, file);
            }
        }

        return new WatchedRecording(reader, options.AllowsRedacted ? null : Refusal(file), Count);
    }

    private void Count(IRecordingReader read)
    {
        _losses += read.Losses;
        for (var reason = 0; reason < read.LeftOut.Count; reason++)
        {
            _leftOut[reason] += read.LeftOut[reason];
        }
    }

    private static string Refusal(string file) =>
        $"{file}: its secrets were replaced when it was recorded, so that logins in it will fail; "
        + "replay it all the same with --allow-redacted, or record with --keep-raw";
}
