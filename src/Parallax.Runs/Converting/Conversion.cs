using Parallax.Capture.Pipeline;
using Parallax.Reactor.Loops;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Recording.Plx;
using Parallax.Recording.Redaction;
using Parallax.Runs.Capturing;
using Parallax.Runs.Limits;
using Parallax.Runs.Running;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;

namespace Parallax.Runs.Converting;

/// <summary>What is converted, and how.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record ConversionOptions
{
    /// <summary>A recording, or the files of one capture.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>The file to write. Its ending says the format.</summary>
    public required string Output { get; init; }

    /// <summary>Which exchanges are written; all by default.</summary>
    public EntrySelection Selection { get; init; } = new();

    /// <summary>How blocks of a .plx file are stored.</summary>
    public PlxCoding Coding { get; init; }

    /// <summary>True writes secrets as they are.</summary>
    public bool KeepsRaw { get; init; }

    /// <summary>Headers whose values are harmless.</summary>
    public IReadOnlyList<string> KeptHeaders { get; init; } = [];

    /// <summary>True writes bodies that are not text as they are.</summary>
    public bool KeepsOpaque { get; init; }

    /// <summary>True writes over a file that is there.</summary>
    public bool WritesOver { get; init; }
}

/// <summary>Writes a recording, or the exchanges in capture files, in another format, in constant memory. The file gets its name when it is
/// whole.</summary>
/// <remarks>Thread safety: one thread runs it; any may ask how far it is.</remarks>
/// <param name="options">What it does.</param>
public sealed class Conversion(ConversionOptions options) : IDisposable
{
    private const string Unfinished = ".part";
    private const int BufferBytes = 1 << 17;

    private readonly ContiguousMessages _contiguous = new();
    private readonly RecordedExchanges _exchanges = new(new OctetPool(MemoryShares.MessageBytesOf(ProcessMemory.HeapBytes)));
    private readonly string _output = options.Output;
    private TrafficFileFacts? _made;
    private IRecordingWriter? _writer;
    private Redactor? _redactor;
    private CheckedEntries? _reader;
    private FileCapture? _capture;
    private ConversionAccount _account = new();
    private long _written;
    private long _withoutRequest;
    private long _withoutResponse;
    private long _refused;
    private long _notSelected;
    private Timestamp _begin;

    /// <summary>What came of it, once it was run.</summary>
    public ConversionAccount Account => _account with
    {
        Written = _written,
        WithoutRequest = _withoutRequest,
        WithoutResponse = _withoutResponse,
        Refused = _refused,
        NotSelected = _notSelected,
    };

    /// <summary>Bytes read so far.</summary>
    public long ReadBytes => _reader?.ReadBytes ?? _capture?.ReadBytes ?? 0;

    /// <summary>Exchanges written so far.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>Converts. An output that is not whole is deleted.</summary>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="RunException">Something it was asked for is not right.</exception>
    /// <exception cref="RecordingException">The input is not a recording.</exception>
    /// <exception cref="Parallax.Capture.Sources.CaptureException">The input is not a capture.</exception>
    /// <exception cref="IOException">The output cannot be written.</exception>
    public void Run(CancellationToken stop)
    {
        var format = CheckOutput();
        _reader = OpenRecording();
        _begin = _reader is null ? default : RecordingFormats.BeginOf(options.Inputs[0]);
        _capture = _reader is null ? new(options.Inputs, new() { KeepResponseBodies = true }, new Consumer(this)) : null;
        var isRedacted = _reader?.Plx?.Header?.Redaction == RedactionState.Redacted;
        _redactor = options.KeepsRaw || isRedacted ? null : new(options.KeptHeaders, options.KeepsOpaque);
        var state = _redactor is null && !isRedacted ? RedactionState.Raw : RedactionState.Redacted;
        _account = _account with { Format = format, Redaction = state };
        try
        {
            _writer = Create(format, state);
            Copy(stop);
            if (stop.IsCancellationRequested)
            {
                Abandon();
                return;
            }

            _writer.Finish();
            GiveName(_writer);
        }
        catch
        {
            Abandon();
            throw;
        }

        _account = _account with
        {
            Capture = _capture?.Account,
            Losses = _reader?.Losses ?? default,
            LeftOut = _reader?.LeftOut ?? [],
            Withheld = _redactor?.Withheld.Read() ?? [],
            WasClosed = _reader?.Plx is not { WasClosed: false },
            Bytes = new FileInfo(_output).Length,
        };
    }

    /// <summary>Closes the inputs.</summary>
    public void Dispose()
    {
        _reader?.Dispose();
        _capture?.Dispose();
    }

    private RecordingFormat CheckOutput()
    {
        var format = RecordingFormats.OfName(_output)
            ?? throw new RunException($"{_output}: the ending says no format; write {RecordingFormats.Endings}");
        if (Directory.Exists(_output))
        {
            throw new RunException($"{_output}: is a folder; name a file to write");
        }

        if (!options.WritesOver && (Path.Exists(_output) || TrafficFile.At(_output) is not null))
        {
            throw new RunException($"{_output}: is there already; name another file, or write over it with --force");
        }

        return format;
    }

    /// <summary>Null when the input is a capture, of one file or several.</summary>
    private CheckedEntries? OpenRecording()
    {
        var recording = options.Inputs.FirstOrDefault(input => input != "-" && !CaptureFiles.IsCaptureFile(input));
        return recording is null ? null
            : options.Inputs.Count == 1 ? RecordingFormats.Open(recording)
            : throw new RunException($"{recording}: is not a capture file; several files must be those of one capture");
    }

    private IRecordingWriter Create(RecordingFormat format, RedactionState state)
    {
        try
        {
            var part = _output + Unfinished;
            if (TrafficFile.ProblemAt(part) is { } problem)
            {
                throw new RunException($"{part}: {problem}; it is in the way, remove it");
            }

            File.Delete(part);
            var file = TrafficFile.Create(part, state == RedactionState.Raw, BufferBytes);
            _made = TrafficFile.Of(file.SafeFileHandle);
            return RecordingFormats.Create(
                file, format, RecordingFormats.IsGzip(_output), new() { Coding = options.Coding, Redaction = state }, TimeProvider.System);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new RunException($"{_output}: cannot be created: {fault.Message}");
        }
    }

    // What is still buffered is written when it is closed, and finds a full disk there.
    private void GiveName(IRecordingWriter writer)
    {
        writer.Dispose();
        if (!IsInPlace())
        {
            throw new IOException($"{_output + Unfinished} was removed or replaced while it was written");
        }

        File.Move(_output + Unfinished, _output, overwrite: options.WritesOver);
    }

    // Somebody else's file is neither given our name nor deleted.
    private bool IsInPlace() =>
        _made is not { } made || (TrafficFile.At(_output + Unfinished) is { } there && there.IsSameAs(made));

    private void Copy(CancellationToken stop)
    {
        if (_capture is not null)
        {
            _capture.Run(stop);
            return;
        }

        while (!stop.IsCancellationRequested && _reader!.TryRead(out var entry))
        {
            Write(entry);
        }
    }

    private void Write(in RecordedEntry entry)
    {
        if (!Selects(entry))
        {
            _notSelected++;
            return;
        }

        var isWritten = _writer!.TryWrite(_redactor is null ? entry : _redactor.Redact(entry));
        _written += isWritten ? 1 : 0;
        _withoutRequest += isWritten && !entry.HasRequest ? 1 : 0;
        _withoutResponse += isWritten && !entry.HasResponse ? 1 : 0;
        _refused += isWritten ? 0 : 1;
    }

    private bool Selects(in RecordedEntry entry)
    {
        if (options.Selection.IsAny)
        {
            return true;
        }

        var begin = _capture?.Begin ?? _begin;
        _begin = begin.IsKnown ? begin : entry.Facts.Begin;
        if (!options.Selection.Selects(entry.Facts, _begin))
        {
            return false;
        }

        using var exchange = _exchanges.Make(entry);
        return options.Selection.Selects(exchange);
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
            File.Delete(_output + Unfinished);
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
