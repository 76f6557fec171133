using System.Buffers;
using Parallax.Proxy.Accounts;
using Parallax.Reactor.Loops;
using Parallax.Traffic.Queues;

namespace Parallax.Runs.Proxying;

/// <summary>Writes a line for each request and each copy that is over, on its own thread: a disk that is slow or full costs lines,
/// which are counted, never requests. So does a pipe that nobody reads.</summary>
/// <remarks>To rotate the log, rename it and call <see cref="Reopen"/>; copying and truncating it needs no call, see
/// <see cref="AppendingFile"/>. Ownership: disposes of its streams. Thread safety: any thread may hand in entries.</remarks>
public sealed class AccessLog : IDisposable
{
    private const int MaxWaitingBytes = 32 << 20;

    private static readonly TimeSpan WriteEvery = TimeSpan.FromMilliseconds(200);

    // What a pipe takes whole or not at all (PIPE_BUF), so that each line was written or was not.
    private const int PieceOfAPipe = 4096;

    private readonly Func<Stream?> _open;
    private readonly bool _isJson;
    private readonly TimeProvider _clock;
    private readonly Action<string> _warn;
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _ending = new();
    private readonly OutsideWork _work;
    private readonly ThreadLocal<AccessLine> _line = new(() => new AccessLine());

    // Swapped under the gate: one takes lines while the other is written.
    private ArrayBufferWriter<byte> _coming = new();
    private ArrayBufferWriter<byte> _going = new();
    private long _dropped;
    private volatile bool _mustReopen;
    private volatile bool _isGivenUp;

    // Lines that the log's thread has taken and not yet written.
    private long _unwritten;

    // Touched by the log's thread only. Null as long as nobody reads the pipe.
    private Stream? _output;
    private bool _isFailing;

    /// <summary>Opens the log and starts its thread.</summary>
    /// <param name="open">Opens what is written to; null when it is a pipe that nobody reads.</param>
    /// <param name="isJson">Whether lines are JSON.</param>
    /// <param name="clock">Where times come from.</param>
    /// <param name="warn">Called when the log cannot be written, and when it can again; once each time.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be written.</exception>
    public AccessLog(Func<Stream?> open, bool isJson, TimeProvider clock, Action<string> warn)
    {
        _warn = warn;
        _open = open;
        _isJson = isJson;
        _clock = clock;
        _output = open();
        if (_output is null)
        {
            _isFailing = true;
            warn("nobody reads the pipe of the access log; its lines are dropped and counted until somebody does, requests go on");
        }

        _work = new("access-log", Run);
    }

    /// <summary>Lines that were not written.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>A request is over.</summary>
    public void OnRequest(in AccessEntry entry) => Add(_line.Value!.Of(entry, _isJson, _clock.GetUtcNow()));

    /// <summary>A copy is over.</summary>
    public void OnCopy(in CopyEntry entry) => Add(_line.Value!.Of(entry, _isJson, _clock.GetUtcNow()));

    /// <summary>Has the file opened again under its name, once the lines of before are written: those go to the renamed file, the next
    /// ones to a new file. A pipe stays open.</summary>
    public void Reopen() => _mustReopen = true;

    /// <summary>Writes what is left and ends; says so when the log is not whole. A second call does nothing.</summary>
    /// <param name="giveUp">Ends the waiting for a disk or a reader: what is not written then is counted as dropped.</param>
    public void End(CancellationToken giveUp)
    {
        if (_ending.IsSet)
        {
            return;
        }

        _ending.Set();
        if (!_work.AwaitEnd(giveUp))
        {
            GiveUp();
        }

        if (Dropped is > 0 and var dropped)
        {
            _warn($"the access log is not whole: {dropped} lines were dropped");
        }
    }

    /// <summary>Ends it, and waits as long as it takes.</summary>
    public void Dispose() => End(CancellationToken.None);

    private void GiveUp()
    {
        _isGivenUp = true;
        lock (_gate)
        {
            Interlocked.Add(ref _dropped, Interlocked.Exchange(ref _unwritten, 0) + _coming.WrittenSpan.Count((byte)'\n'));
        }
    }

    private void Add(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            if (_isGivenUp || _coming.WrittenCount + line.Length > MaxWaitingBytes)
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
            var mustReopen = _mustReopen;
            lock (_gate)
            {
                (_coming, _going) = (_going, _coming);
                _unwritten = _going.WrittenSpan.Count((byte)'\n');
            }

            Write(_going.WrittenSpan);
            _going.ResetWrittenCount();
            if (mustReopen)
            {
                _mustReopen = false;
                OpenAgain();
            }
        }

        DisposeOutput();
    }

    private void OpenAgain()
    {
        if (_output is not { CanSeek: true })
        {
            return;
        }

        try
        {
            var next = _open();
            DisposeOutput();
            _output = next;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _warn($"the access log cannot be opened again: {fault.Message}; its lines go on into the file that was open");
        }
    }

    private void Write(ReadOnlySpan<byte> lines)
    {
        long before = 0;
        try
        {
            _output ??= _open();
            if (_output is null)
            {
                Drop();
            }
            else if (!lines.IsEmpty)
            {
                before = _output.CanSeek ? _output.Length : 0;
                WritePieces(_output, lines);
                _output.Flush();
                OnWritten();
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            OnFailed(fault, before);
        }
    }

    private void WritePieces(Stream output, ReadOnlySpan<byte> lines)
    {
        while (!lines.IsEmpty && !_isGivenUp)
        {
            var piece = output.CanSeek ? lines : PieceOf(lines);
            output.Write(piece);
            Interlocked.Add(ref _unwritten, -piece.Count((byte)'\n'));
            lines = lines[piece.Length..];
        }
    }

    private static ReadOnlySpan<byte> PieceOf(ReadOnlySpan<byte> lines)
    {
        var whole = lines.Length <= PieceOfAPipe ? lines.Length : lines[..PieceOfAPipe].LastIndexOf((byte)'\n') + 1;
        return lines[..(whole > 0 ? whole : lines.IndexOf((byte)'\n') + 1)];
    }

    private void Drop() => Interlocked.Add(ref _dropped, Interlocked.Exchange(ref _unwritten, 0));

    private void OnWritten()
    {
        if (_isFailing)
        {
            _isFailing = false;
            _warn($"the access log can be written again; {Dropped} lines were dropped so far");
        }
    }

    private void OnFailed(Exception fault, long lengthBefore)
    {
        Drop();
        CutOffHalfALine(lengthBefore);
        if (!_isFailing)
        {
            _isFailing = true;
            _warn($"the access log cannot be written: {fault.Message}; its lines are dropped and counted until it can, requests go on");
        }
    }

    // A full disk took a part of what was to be written.
    private void CutOffHalfALine(long length)
    {
        try
        {
            if (_output is { CanSeek: true } && _output.Length > length)
            {
                _output.SetLength(length);
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
            _output?.Dispose();
        }
        catch (IOException)
        {
            // Counted already.
        }
    }
}
