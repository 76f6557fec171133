using System.CommandLine;
using Parallax.Runs.Limits;
using Parallax.Runs.Proxying;

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

    public void AddTo(CommandPage page)
    {
        _recording.AddTo(page);
        page.Add(SwitchGroup.Recording, _raw, _body.Option, _memory.Option);
    }

    /// <summary>What the command line asks to record; null when it asks for nothing.</summary>
    /// <exception cref="UsageException">A value is not right.</exception>
    public ProxyRecordingOptions? OptionsOf(ParseResult parsed)
    {
        Option[] needing = [_raw, _body.Option, _memory.Option];
        if (!_recording.IsWanted(parsed) && needing.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } lone)
        {
            throw new UsageException($"{lone.Name} says something about a recording, but no --record is given");
        }

        var memory = _memory.Of(parsed);
        var body = _body.IsGiven(parsed) ? _body.Of(parsed) : MemoryShares.BodyBytesOf(memory);
        return _recording.OptionsOf(parsed, parsed.GetValue(_raw)) is { } recorder ? new(recorder, memory, body) : null;
    }
}
