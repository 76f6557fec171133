using System.CommandLine;
using Parallax.Proxy.Bounds;
using Parallax.Recording.Files;

namespace Parallax.Cli.CommandLine;

/// <summary>The options of a proxy that records: those of every recording, and how much of it is kept.</summary>
internal sealed class ProxyRecordingSwitches
{
    private readonly RecordingSwitches _recording = new();
    private readonly Option<bool> _raw = new("--keep-raw") { Description = "with --record: record secrets as they are" };
    private readonly Setting<long> _body = Setting.Size(
        "--record-body", "largest body recorded; a longer one is cut", "an eighth of --record-memory, 16mb at most");

    private readonly Setting<long> _memory = Setting.Size(
        "--record-memory",
        "memory for exchanges that are being recorded at most",
        "an eighth of the heap, 256mb at most",
        () => MemoryShares.RecordedBytesOf(ProcessMemory.HeapBytes),
        least: 1 << 20);

    public void AddTo(Command command)
    {
        _recording.AddTo(command);
        command.Options.Add(_raw);
        command.Options.Add(_body.Option);
        command.Options.Add(_memory.Option);
    }

    /// <summary>Starts the recorder that the command line asks for; null when it asks for none.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="say">Told, in one line, when nothing more can be recorded.</param>
    /// <exception cref="UsageException">A value that is not right, or a file that cannot be written.</exception>
    public Recorder? Start(ParseResult parsed, Action<string> say)
    {
        Option[] needing = [_raw, _body.Option, _memory.Option];
        if (!_recording.IsWanted(parsed) && needing.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } lone)
        {
            throw new UsageException($"{lone.Name} says something about a recording, but no --record is given");
        }

        return _recording.Start(parsed, parsed.GetValue(_raw), say);
    }

    /// <summary>What the proxy does with a recorder.</summary>
    public ProxyRecording RecordingOf(ParseResult parsed, Recorder recorder)
    {
        var memory = _memory.Of(parsed);
        var body = _body.IsGiven(parsed) ? _body.Of(parsed) : MemoryShares.BodyBytesOf(memory);
        return new(recorder, memory, body, TimeProvider.System);
    }
}
