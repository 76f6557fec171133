using System.CommandLine;
using System.Net;
using Parallax.Capture.Pipeline;
using Parallax.Cli.Admin;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Recording;
using Parallax.Traffic.Replay;
using Parallax.Wire;

namespace Parallax.Cli.Commands;

/// <summary>One run of <c>parallax replay</c>: opens everything, replays until the end, drains, prints the account.</summary>
internal sealed class ReplayRun(IReadOnlyList<string> files, ReplaySwitches switches, StopSignals signals, RunLoops loops)
{
    private readonly long[] _leftOut = new long[LeftOutReasons.Count];
    private RecordingLosses _losses;
    private CaptureAccount? _capture;
    private WaitNotice? _waits;
    private ReplayPace? _pace;
    private bool _warned;

    public bool AllowsRedacted { get; init; }

    public long MemoryBytes { get; init; }

    public TimeSpan? Duration { get; init; }

    public bool AsJson { get; init; }

    public bool IsQuiet { get; init; }

    /// <summary>Where the admin side listens; null for nowhere.</summary>
    public IPEndPoint? Admin { get; init; }

    /// <summary>Names by which the admin side may be asked.</summary>
    public IReadOnlyList<string> AdminNames { get; init; } = [];

    public async Task<int> RunAsync(ParseResult parsed)
    {
        var url = switches.Url(parsed);
        var selection = switches.Selection(parsed);
        var timing = switches.Timing(parsed);
        _pace = timing.Pace;
        var sending = switches.Sending(parsed);
        WarnOfRepeated();
        foreach (var reader in OpenAll(default))
        {
            reader.Dispose(); // Before anything is sent: every file is there and may be replayed.
        }

        var (begin, range) = RangeOf(selection);

        using var output = StandardOutput.Open();
        using var loop = loops.Create("replay");
        loop.Start();
        using var target = new ReplayTarget(loop, switches.Target(parsed), sending);
        var pool = new OctetPool(MemoryBytes);
        var replayer = new Replayer(
            pass => new(OpenAll(range), selection, pool, wantsResponses: sending.WantsResponses, pass) { Begin = begin },
            target,
            pool,
            timing with { OnLongWait = TellWait, LongWait = WaitNotice.LongWait });
        if (Duration is { } duration)
        {
            signals.StopAfter(duration);
        }

        ReplayAccount Account() => new(files, url.ToString(), selection, replayer, target.Account, _losses)
        {
            LeftOut = _leftOut,
            Faults = loops.Faults,
        };
        using var admin = Admin is { } at
            ? AdminPort.Open(at, AdminNames, [.. RunResources.Of(signals, () => Stats.Of(Account()))], loops)
            : null;
        if (admin is not null && !IsQuiet)
        {
            await Console.Error.WriteLineAsync($"parallax: admin at {admin.LocalEndPoint}");
        }

        var fault = await ReplayAndDrainAsync(replayer, target, Account);
        var isReported = Report(output, Account());
        if (_capture is { } capture)
        {
            UnreadText.Warn(Console.Error, capture);
        }

        UnreadText.Warn(Console.Error, files.Count == 1 ? files[0] : "the recordings", _losses);

        if (fault is not null)
        {
            await Console.Error.WriteLineAsync($"parallax: {fault.Message}");
            return fault is RecordingException ? ExitCode.Usage : ExitCode.Failed;
        }

        if (signals.IsInterrupted)
        {
            return loops.ExitCodeOr(ExitCode.Interrupted);
        }

        if (target.Account.Middleware is { EndedEarly: true })
        {
            await Console.Error.WriteLineAsync(
                "parallax: the middleware ended before the replay; what it had not handed back was not sent");
            return ExitCode.Failed;
        }

        if (!isReported || !IsAnswered(Account()))
        {
            return ExitCode.Failed;
        }

        return loops.ExitCodeOr(
            _losses != default || _capture is null ? UnreadText.ExitCodeOf(_losses) : UnreadText.ExitCodeOf(_capture));
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
            NothingAnswered.Tell([account.Target.Shadow], [account.Target.AllDropped]);
        }

        return false;
    }

    private void TellWait(TimeSpan time, Timestamp recorded) => _waits?.Tell(time, "the next request"
        + (recorded.IsKnown ? $", recorded at {recorded.ToDateTimeOffset():yyyy-MM-dd HH:mm:ss} UTC" : "")
        + (_pace is { RatePerSecond: null, MaxGap: null } ? "; --max-gap cuts such pauses" : ""));

    private void WarnOfRepeated()
    {
        foreach (var file in files.GroupBy(Path.GetFullPath).Where(same => same.Count() > 1 && !IsQuiet))
        {
            // Capture files are one capture, in which doubled packets fall out.
            var outcome = CaptureFiles.IsCaptureFile(file.First()) ? "its packets count once" : "each of its requests is sent as often";
            Console.Error.WriteLine($"parallax: warning: {file.First()} is named {file.Count()} times; {outcome}");
        }
    }

    private async Task<Exception?> ReplayAndDrainAsync(Replayer replayer, ReplayTarget target, Func<ReplayAccount> account)
    {
        Exception? fault = null;
        using var progress = new ProgressLine(() => ReplayText.Progress(account()), !IsQuiet);
        _waits = IsQuiet ? null : new(progress.Say, loops.Clock);
        try
        {
            await Task.Factory.StartNew(() => replayer.Run(signals.Token), TaskCreationOptions.LongRunning);
        }
        catch (Exception broken) when (broken is RecordingException or IOException or InvalidDataException
            or Capture.Sources.CaptureException)
        {
            fault = broken;
        }

        await target.DrainAsync(signals.End.Grace, CancellationToken.None);
        return fault;
    }

    // Where indexes tell when all the recordings begin, what is outside of the time asked for is not even read.
    private (Timestamp Begin, TimeRange Range) RangeOf(ReplaySelection selection)
    {
        if (!selection.IsRelative)
        {
            return (default, selection.RangeFrom(default));
        }

        var begins = files.Select(file => CaptureFiles.IsCaptureFile(file) ? default : RecordingFormats.BeginOf(file)).ToList();
        return begins.TrueForAll(begin => begin.IsKnown) ? (begins.Min(), selection.RangeFrom(begins.Min())) : default;
    }

    private List<IRecordingReader> OpenAll(TimeRange range)
    {
        var readers = new List<IRecordingReader>();
        try
        {
            foreach (var file in files.Where(file => !CaptureFiles.IsCaptureFile(file)))
            {
                if (file == "-")
                {
                    throw new UsageException(
                        "-: standard input cannot be replayed, because it cannot be read again; write it to a file first");
                }

                readers.Add(Open(file, range));
            }

            // All capture files together are one capture.
            if (files.Where(CaptureFiles.IsCaptureFile).ToList() is { Count: > 0 } captures)
            {
                readers.Add(new CaptureEntries(captures, account => _capture = account));
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
            if (!AllowsRedacted)
            {
                reader.Dispose();
                throw new UsageException(Refusal(file));
            }

            if (!_warned && !IsQuiet)
            {
                Console.Error.WriteLine($"parallax: warning: {file}: its secrets were replaced; requests carry marks in their place");
            }
        }

        return new WatchedRecording(reader, AllowsRedacted ? null : Refusal(file), Count);
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

    private bool Report(Stream output, ReplayAccount account)
    {
        if (AsJson)
        {
            return StandardOutput.TryWrite(() => ReplayJson.Write(output, account), signals.End.GiveUp);
        }

        if (!IsQuiet)
        {
            ReplayText.Write(Console.Error, account);
        }

        return true;
    }
}
