using System.Buffers;
using Parallax.Proxy.Forwarding;

namespace Parallax.Cli.Output;

/// <summary>Writes a line for each request and each copy that is over, from a thread of its own: a slow disk costs lines, which are
/// counted, never requests.</summary>
/// <remarks>Ownership: disposes of the stream. Thread safety: any thread may hand in entries.</remarks>
internal sealed class AccessLog : IDisposable
{
    private const int MostWaitingBytes = 32 << 20;

    private static readonly TimeSpan WriteEvery = TimeSpan.FromMilliseconds(200);

    private readonly Stream _output;
    private readonly bool _isJson;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _ending = new();
    private readonly Thread _thread;
    private readonly ThreadLocal<AccessLine> _line = new(() => new AccessLine());

    // Swapped under the gate: one takes lines while the other is written.
    private ArrayBufferWriter<byte> _coming = new();
    private ArrayBufferWriter<byte> _going = new();
    private long _dropped;

    public AccessLog(Stream output, bool isJson, TimeProvider clock)
    {
        _output = output;
        _isJson = isJson;
        _clock = clock;
        _thread = new Thread(Run) { IsBackground = true, Name = "access-log" };
        _thread.Start();
    }

    /// <summary>Lines that were not written.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>A request is over.</summary>
    public void OnRequest(in AccessEntry entry) => Add(_line.Value!.Of(entry, _isJson, _clock.GetUtcNow()));

    /// <summary>A copy is over.</summary>
    public void OnCopy(in CopyEntry entry) => Add(_line.Value!.Of(entry, _isJson, _clock.GetUtcNow()));

    /// <summary>Writes what is left and ends.</summary>
    public void Dispose()
    {
        _ending.Set();
        _thread.Join();
        _output.Dispose();
        _ending.Dispose();
        _line.Dispose();
    }

    private void Add(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            if (_coming.WrittenCount + line.Length > MostWaitingBytes)
            {
                _dropped++;
                return;
            }

            _coming.Write(line);
        }
    }

    private void Run()
    {
        var isOver = false;
        while (!isOver)
        {
            isOver = _ending.Wait(WriteEvery);
            lock (_gate)
            {
                (_coming, _going) = (_going, _coming);
            }

            Write(_going.WrittenSpan);
            _going.ResetWrittenCount();
        }
    }

    private void Write(ReadOnlySpan<byte> lines)
    {
        try
        {
            if (!lines.IsEmpty)
            {
                _output.Write(lines);
                _output.Flush();
            }
        }
        catch (IOException)
        {
            Interlocked.Add(ref _dropped, lines.Count((byte)'\n'));
        }
    }
}
