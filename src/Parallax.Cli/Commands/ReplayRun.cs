using System.CommandLine;
using Parallax.Capture.Pipeline;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Reactor.Loops;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Recording;
using Parallax.Traffic.Replay;
using Parallax.Wire;

namespace Parallax.Cli.Commands;

/// <summary>One run of <c>parallax replay</c>: opens everything, replays until the end, drains, prints the account.</summary>
internal sealed class ReplayRun(IReadOnlyList<string> files, ReplaySwitches switches, StopSignals signals)
{
    private RecordingLosses _losses;
    private CaptureAccount? _capture;
    private bool _warned;

    public bool AllowsRedacted { get; init; }

    public long MemoryBytes { get; init; }

    public TimeSpan? Duration { get; init; }

    public TimeSpan Grace { get; init; }

    public bool AsJson { get; init; }

    public bool IsQuiet { get; init; }

    public async Task<int> RunAsync(ParseResult parsed)
    {
        var url = switches.Url(parsed);
        var selection = switches.Selection(parsed);
        var timing = switches.Timing(parsed);
        var sending = switches.Sending(parsed);
        foreach (var reader in OpenAll(default))
        {
            reader.Dispose(); // Before anything is sent: every file is there and may be replayed.
        }

        var (begin, range) = RangeOf(selection);

        using var output = StandardOutput.Open();
        using var loop = EventLoop.Create("replay");
        loop.Start();
        using var target = new ReplayTarget(loop, switches.Target(parsed), sending);
        var pool = new OctetPool(MemoryBytes);
        var replayer = new Replayer(
            pass => new(OpenAll(range), selection, pool, wantsResponses: sending.WantsResponses, pass) { Begin = begin },
            target,
            pool,
            timing);
        if (Duration is { } duration)
        {
            signals.StopAfter(duration);
        }

        ReplayAccount Account() => new(files, url.ToString(), selection, replayer, target.Account, _losses);
        var fault = await ReplayAndDrainAsync(replayer, target, Account);
        Report(output, Account());
        if (_capture is { } capture)
        {
            UnreadText.Warn(Console.Error, capture);
        }

        if (fault is not null)
        {
            await Console.Error.WriteLineAsync($"parallax: {fault.Message}");
            return fault is RecordingException ? ExitCode.Usage : ExitCode.Failed;
        }

        if (signals.IsInterrupted)
        {
            return ExitCode.Interrupted;
        }

        if (target.Account.Middleware is { EndedEarly: true })
        {
            await Console.Error.WriteLineAsync(
                "parallax: the middleware ended before the replay; what it had not handed back was not sent");
            return ExitCode.Failed;
        }

        return _capture is null ? ExitCode.Ok : UnreadText.ExitCodeOf(_capture);
    }

    private async Task<Exception?> ReplayAndDrainAsync(Replayer replayer, ReplayTarget target, Func<ReplayAccount> account)
    {
        Exception? fault = null;
        using var progress = new ProgressLine(() => ReplayText.Progress(account()), !IsQuiet);
        try
        {
            await Task.Factory.StartNew(() => replayer.Run(signals.Token), TaskCreationOptions.LongRunning);
        }
        catch (Exception broken) when (broken is RecordingException or IOException or InvalidDataException
            or Capture.Sources.CaptureException)
        {
            fault = broken;
        }

        await target.DrainAsync(Grace, CancellationToken.None);
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

    private Watched Open(string file, TimeRange range)
    {
        var reader = RecordingFormats.Open(file, range);
        if (reader is PlxReader { Header.Redaction: RedactionState.Redacted })
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

        return new Watched(reader, AllowsRedacted ? null : Refusal(file), losses => _losses = new(
            _losses.LeftOutBytes + losses.LeftOutBytes, _losses.LostEntries + losses.LostEntries));
    }

    private static string Refusal(string file) =>
        $"{file}: its secrets were replaced when it was recorded, so that logins in it will fail; "
        + "replay it all the same with --allow-redacted, or record with --keep-raw";

    private void Report(Stream output, ReplayAccount account)
    {
        if (AsJson)
        {
            try
            {
                ReplayJson.Write(output, account);
            }
            catch (IOException)
            {
                // Nobody reads it any more.
            }
        }
        else if (!IsQuiet)
        {
            ReplayText.Write(Console.Error, account);
        }
    }

    /// <summary>Tells what could not be read of a recording when that is closed; ends at the first request with a mark in place of a secret
    /// when there is a refusal. Most formats do not say for the whole file whether they hold any.</summary>
    private sealed class Watched(IRecordingReader reader, string? refusal, Action<RecordingLosses> tell) : IRecordingReader
    {
        public long ReadBytes => reader.ReadBytes;

        public RecordingLosses Losses => reader.Losses;

        public bool TryRead(out RecordedEntry entry)
        {
            var isRead = reader.TryRead(out entry);
            return isRead && refusal is not null && Redactor.HasMark(entry.Request) ? throw new RecordingException(refusal) : isRead;
        }

        public void Dispose()
        {
            tell(reader.Losses);
            reader.Dispose();
        }
    }
}
