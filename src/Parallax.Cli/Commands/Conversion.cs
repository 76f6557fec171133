using Parallax.Capture.Pipeline;
using Parallax.Capture.Sources;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Reactor.Loops;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Recording.Plx;
using Parallax.Recording.Redaction;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Redaction;

namespace Parallax.Cli.Commands;

/// <summary>One run of <c>parallax convert</c>, in constant memory.</summary>
internal sealed class Conversion(IReadOnlyList<string> inputs, string output)
{
    private const string Unfinished = ".part";
    private const int BufferBytes = 1 << 17;

    private readonly ContiguousMessages _contiguous = new();
    private TrafficFileFacts? _made;
    private IRecordingWriter? _writer;
    private Redactor? _redactor;
    private long _written;
    private long _withoutRequest;
    private long _withoutResponse;
    private long _refused;
    private CaptureAccount? _captured;

    public PlxCoding Coding { get; init; }

    public bool KeepsRaw { get; init; }

    public IReadOnlyList<string> KeptHeaders { get; init; } = [];

    /// <summary>True writes bodies that are no text as they are.</summary>
    public bool KeepsOpaque { get; init; }

    public bool WritesOver { get; init; }

    public bool IsQuiet { get; init; }

    public int Run(CancellationToken stop)
    {
        var format = RecordingFormats.OfName(output)
            ?? throw new UsageException($"{output}: the ending says no format; write {RecordingFormats.Endings}");
        if (Directory.Exists(output))
        {
            throw new UsageException($"{output}: is a folder; name a file to write");
        }

        if (!WritesOver && (Path.Exists(output) || TrafficFile.At(output) is not null))
        {
            throw new UsageException($"{output}: is there already; name another file, or write over it with --force");
        }

        using var reader = OpenRecording();
        using var capture = reader is null ? OpenCapture() : null;
        var isRedacted = reader?.Plx?.Header?.Redaction == RedactionState.Redacted;
        _redactor = KeepsRaw || isRedacted ? null : new(KeptHeaders, KeepsOpaque);
        var state = _redactor is null && !isRedacted ? RedactionState.Raw : RedactionState.Redacted;
        try
        {
            _writer = Create(format, state);
            using (new ProgressLine(() => Progress(reader, capture), !IsQuiet))
            {
                Copy(reader, capture, stop);
            }

            if (!stop.IsCancellationRequested)
            {
                _writer.Finish();
                GiveName(_writer);
            }
        }
        catch (IOException fault)
        {
            Console.Error.WriteLine($"parallax: {output}: cannot be written: {fault.Message}");
            Abandon();
            return ExitCode.Failed;
        }
        catch
        {
            Abandon();
            throw;
        }

        if (stop.IsCancellationRequested)
        {
            Abandon();
            return ExitCode.Interrupted;
        }

        Report(reader, format, state);
        return _captured is null ? UnreadText.ExitCodeOf(reader!.Losses) : UnreadText.ExitCodeOf(_captured);
    }

    /// <summary>Null when the input is a capture, of one file or several.</summary>
    private CheckedEntries? OpenRecording()
    {
        var recording = inputs.FirstOrDefault(input => input != "-" && !CaptureFiles.IsCaptureFile(input));
        return recording is null ? null
            : inputs.Count == 1 ? RecordingFormats.Open(recording)
            : throw new UsageException($"{recording}: is no capture file; several files must be those of one capture");
    }

    private PcapFileSource OpenCapture() => PcapFileSource.Open(inputs, speed: null, TimeProvider.System);

    private IRecordingWriter Create(RecordingFormat format, RedactionState state)
    {
        try
        {
            var part = output + Unfinished;
            if (TrafficFile.ProblemAt(part) is { } problem)
            {
                throw new UsageException($"{part}: {problem}; it is in the way, remove it");
            }

            File.Delete(part);
            var file = TrafficFile.Create(part, state == RedactionState.Raw, BufferBytes);
            _made = TrafficFile.Of(file.SafeFileHandle);
            return RecordingFormats.Create(
                file, format, RecordingFormats.IsGzip(output), new() { Coding = Coding, Redaction = state }, TimeProvider.System);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"{output}: cannot be created: {fault.Message}");
        }
    }

    // What is still buffered is written when it is closed, and finds a full disk there.
    private void GiveName(IRecordingWriter writer)
    {
        writer.Dispose();
        if (!IsInPlace())
        {
            throw new IOException($"{output + Unfinished} was removed or replaced while it was written");
        }

        File.Move(output + Unfinished, output, overwrite: WritesOver);
    }

    // Somebody else's file is neither given our name nor deleted.
    private bool IsInPlace() =>
        _made is not { } made || (TrafficFile.At(output + Unfinished) is { } there && there.IsSameAs(made));

    private void Copy(CheckedEntries? reader, PcapFileSource? capture, CancellationToken stop)
    {
        if (capture is not null)
        {
            var shard = FileShards.New(new() { KeepResponseBodies = true }, new Consumer(this));
            using var pipeline = new CapturePipeline([(capture, shard)]);
            pipeline.Run(stop);
            _captured = pipeline.Account;
            return;
        }

        while (!stop.IsCancellationRequested && reader!.TryRead(out var entry))
        {
            Write(entry);
        }
    }

    private void Write(in RecordedEntry entry)
    {
        var isWritten = _writer!.TryWrite(_redactor is null ? entry : _redactor.Redact(entry));
        _written += isWritten ? 1 : 0;
        _withoutRequest += isWritten && !entry.HasRequest ? 1 : 0;
        _withoutResponse += isWritten && !entry.HasResponse ? 1 : 0;
        _refused += isWritten ? 0 : 1;
    }

    private void Write(Exchange exchange)
    {
        if (_contiguous.TryMake(EntryFacts.Of(exchange), exchange.Request, exchange.Response, out var entry))
        {
            Write(entry);
        }
        else
        {
            _refused++;
        }
    }

    private void Abandon()
    {
        if (_writer is null)
        {
            return;
        }

        try
        {
            _writer.Dispose();
        }
        catch (IOException)
        {
            // What could not be written before cannot be written now; the file goes anyway.
        }

        if (IsInPlace())
        {
            File.Delete(output + Unfinished);
        }
    }

    private string Progress(CheckedEntries? reader, PcapFileSource? capture) =>
        $"{AccountText.Size(reader?.ReadBytes ?? capture!.ReadOctets)} read, {AccountText.N(_written)} exchanges written";

    private void Report(CheckedEntries? reader, RecordingFormat format, RedactionState state)
    {
        if (_captured is not null)
        {
            UnreadText.Warn(Console.Error, _captured);
        }

        if (reader is not null)
        {
            UnreadText.Warn(Console.Error, inputs[0], reader.Losses);
        }

        if (IsQuiet)
        {
            return;
        }

        if (reader?.Plx is { WasClosed: false })
        {
            Console.Error.WriteLine(
                $"parallax: warning: {inputs[0]} was not closed: its writer was killed, or still writes, or it was cut");
        }

        Console.Error.WriteLine($"parallax: {AccountText.N(_written)} exchanges written to {output}, "
            + AccountText.Size(new FileInfo(output).Length)
            + (HalvesMissing() is { Length: > 0 } missing ? $"; of these {missing}" : ""));
        Warn(_refused, "exchanges left out, because "
            + (format == RecordingFormat.Har ? "they have no request" : "the format cannot carry what is in them"));
        foreach (var (count, reason) in (reader?.LeftOut ?? []).Select((count, reason) => (count, (LeftOutReason)reason)))
        {
            Warn(count, reason == LeftOutReason.BodyNotInFile
                ? $"{LeftOutReasons.TextOf(reason)}; they are incomplete"
                : $"entries left out: {LeftOutReasons.TextOf(reason)}");
        }

        WarnOfWithheld();
        if (state == RedactionState.Raw)
        {
            Console.Error.WriteLine($"parallax: warning: {output} holds secrets as they were; only its owner can read it");
        }
    }

    // Two halves of one exchange that do not find each other are two of these.
    private string HalvesMissing() =>
        AccountText.List([("without a request", _withoutRequest), ("without a response", _withoutResponse)]);

    private void WarnOfWithheld()
    {
        var withheld = _redactor?.Withheld.Read() ?? [];
        Warn(withheld.Sum(), "bodies or parts of bodies withheld, because they cannot be looked into for secrets: "
            + AccountText.List(withheld.Select((count, reason) => (WithheldCounters.NameOf((WithheldReason)reason), count)))
            + (withheld.Count > 0 && withheld[(int)WithheldReason.Opaque] > 0 ? "; --keep-opaque keeps what is no text" : ""));
    }

    private static void Warn(long count, string what)
    {
        if (count > 0)
        {
            Console.Error.WriteLine($"parallax: warning: {AccountText.N(count)} {what}");
        }
    }

    private sealed class Consumer(Conversion conversion) : ExchangeConsumer
    {
        public override void OnRequest(Message request, in RequestContext context)
        {
        }

        public override void OnExchange(Exchange exchange) => conversion.Write(exchange);

        public override void OnSessionEnded(long session)
        {
        }
    }
}
