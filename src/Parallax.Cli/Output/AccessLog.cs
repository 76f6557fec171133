using System.Buffers;
using Parallax.Proxy.Forwarding;

namespace Parallax.Cli.Output;

/// <summary>Writes a line for each request and each copy that is over, from a thread of its own: a disk that is slow or full costs lines,
/// which are counted, never requests.</summary>
/// <remarks>Ownership: disposes of the stream. Thread safety: any thread may hand in entries.</remarks>
internal sealed class AccessLog : IDisposable
{
    private const int MostWaitingBytes = 32 << 20;

    private static readonly TimeSpan WriteEvery = TimeSpan.FromMilliseconds(200);

    private readonly Stream _output;
    private readonly bool _isJson;
    private readonly TimeProvider _clock;
    private readonly Action<string> _warn;
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _ending = new();
    private readonly Thread _thread;
    private readonly ThreadLocal<AccessLine> _line = new(() => new AccessLine());

    // Swapped under the gate: one takes lines while the other is written.
    private ArrayBufferWriter<byte> _coming = new();
    private ArrayBufferWriter<byte> _going = new();
    private long _dropped;
    private bool _isFailing;

    /// <param name="output">Where to; disposed of in the end.</param>
    /// <param name="isJson">Whether lines are JSON.</param>
    /// <param name="clock">Where times come from.</param>
    /// <param name="warn">Told when the log cannot be written, and when it can again; once each time.</param>
    public AccessLog(Stream output, bool isJson, TimeProvider clock, Action<string> warn)
    {
        _warn = warn;
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
        DisposeOutput();
        _ending.Dispose();
        _line.Dispose();
    }

    private void Add(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            if (_coming.WrittenCount + line.Length > MostWaitingBytes)
            {
                Interlocked.Increment(ref _dropped);
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
                OnWritten();
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            OnFailed(fault, lines.Count((byte)'\n'));
        }
    }

    private void OnWritten()
    {
        if (_isFailing)
        {
            _isFailing = false;
            _warn($"the access log can be written again; {Dropped} lines were dropped so far");
        }
    }

    private void OnFailed(Exception fault, int lines)
    {
        Interlocked.Add(ref _dropped, lines);
        CutOffHalfALine();
        if (!_isFailing)
        {
            _isFailing = true;
            _warn($"the access log cannot be written: {fault.Message}; its lines are dropped and counted until it can, requests go on");
        }
    }

    // A full disk took a part of what was to be written.
    private void CutOffHalfALine()
    {
        try
        {
            if (_output.CanSeek && _output.Length > _output.Position)
            {
                _output.SetLength(_output.Position);
            }
        }
        catch (Exception fault) when (fault is IOException or NotSupportedException or UnauthorizedAccessException)
        {
            // It stays as it is.
        }
    }

    // What could not be written cannot be at the end, either.
    private void DisposeOutput()
    {
        try
        {
            _output.Dispose();
        }
        catch (IOException)
        {
            // Counted already.
        }
    }
}
