using System.Diagnostics;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;

namespace Parallax.Traffic.Recording;

/// <summary>Records exchanges from a thread of its own: a slow or full disk costs entries, which are counted, never traffic.</summary>
/// <remarks>Accounting: recorded + Σ dropped(reason) = offered, exact once it is disposed of. Thread safety: exchanges are offered from any
/// thread.</remarks>
public sealed class Recorder : IDisposable
{
    private readonly RecordingOptions _options;
    private readonly RecordingFiles _files;
    private readonly Action<string> _onFailure;
    private readonly DropCounters _drops = new();

    // Not disposed of: it holds nothing, and the next file may be asked for at any time.
    private readonly SemaphoreSlim _there = new(0);
    private readonly BoundedQueue<Waiting> _queue;
    private readonly ContiguousMessages _contiguous = new();
    private readonly Thread _thread;
    private volatile bool _ending;
    private volatile bool _isNextDue;
    private long _offered;

    // Touched by the recorder's thread only. Invariant: taken = written to a file + waiting for their block, until recording fails.
    private long _taken;
    private long _lost;
    private bool _failed;

    // Written by the recorder's thread, read by any.
    private long _recorded;
    private long _bytes;
    private long _finishedFiles;
    private long _redacted;

    /// <summary>Begins the first file and starts recording.</summary>
    /// <param name="options">Where to and how.</param>
    /// <param name="clock">For names and ages.</param>
    /// <param name="onFailure">Told from the recorder's thread, in one line, that nothing more can be recorded (once), or that somebody
    /// deleted a file that was being written.</param>
    /// <exception cref="RecordingException">The path is not right, or cannot be written to.</exception>
    public Recorder(RecordingOptions options, TimeProvider clock, Action<string> onFailure)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(onFailure);
        _options = options;
        _onFailure = onFailure;
        _files = new(options, clock);
        RecoveredFiles = _files.Recovered;
        _queue = new(options.QueueItems, options.QueueBytes, _drops, () => _there.Release());
        _thread = new(Record) { IsBackground = true, Name = "record" };
        _thread.Start();
    }

    private readonly record struct Waiting(EntryFacts Facts, Message? Request, Message? Response)
    {
        public long Bytes => (Request?.HeldBytes ?? 0) + (Response?.HeldBytes ?? 0);
    }

    /// <summary>The account at this moment.</summary>
    public RecorderAccount Account => new()
    {
        Path = _options.Path,
        Offered = Volatile.Read(ref _offered),
        Recorded = Volatile.Read(ref _recorded),
        Dropped = _drops.ToArray(),
        Redacted = Volatile.Read(ref _redacted),
        Withheld = _options.Redactor?.Withheld.Read() ?? [],
        Files = Volatile.Read(ref _finishedFiles),
        Bytes = Volatile.Read(ref _bytes),
    };

    /// <summary>Files that a killed recorder had left unfinished under the same names, and that were finished now.</summary>
    public int RecoveredFiles { get; }

    /// <summary>True when half of the queue is used: who can wait, waits.</summary>
    public bool IsHalfFull => _queue.IsHalfFull;

    /// <summary>Offers an exchange without waiting.</summary>
    /// <param name="exchange">Still the caller's; its messages are retained when it is accepted.</param>
    /// <returns><see cref="DropReason.None"/> when it was accepted; else it is counted as dropped.</returns>
    public DropReason Offer(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return Offer(EntryFacts.Of(exchange), exchange.Request?.Retain(), exchange.Response?.Retain());
    }

    /// <summary>Offers an exchange without waiting.</summary>
    /// <param name="facts">What is known of it.</param>
    /// <param name="request">The request; one reference is taken over. Null when it was not seen.</param>
    /// <param name="response">The response; one reference is taken over. Null when it was not seen.</param>
    /// <returns><see cref="DropReason.None"/> when it was accepted; else it is counted as dropped.</returns>
    public DropReason Offer(in EntryFacts facts, Message? request, Message? response)
    {
        Interlocked.Increment(ref _offered);
        var waiting = new Waiting(facts, request, response);
        var refused = _queue.Offer(waiting, waiting.Bytes);
        if (refused != DropReason.None)
        {
            waiting.Request?.Dispose();
            waiting.Response?.Dispose();
        }

        return refused;
    }

    /// <summary>Counts an exchange that was not even built.</summary>
    public void Drop(DropReason reason)
    {
        Interlocked.Increment(ref _offered);
        _drops.Count(reason);
    }

    /// <summary>Finishes the file and begins the next one as soon as what waits is written. For log rotation from outside.
    /// </summary>
    public void BeginNextFile()
    {
        _isNextDue = true;
        _there.Release();
    }

    /// <summary>Records what waits and finishes the file. A second call does nothing.</summary>
    public void Dispose()
    {
        if (_ending)
        {
            return;
        }

        _queue.Complete();
        _ending = true;
        _there.Release();
        _thread.Join();
        _files.Dispose();
    }

    private void Record()
    {
        var flushedAt = Stopwatch.GetTimestamp();
        while (true)
        {
            while (_queue.TryHold(out var next))
            {
                Take(next);
                if (Stopwatch.GetElapsedTime(flushedAt) >= _options.FlushInterval)
                {
                    Attempt(_files.Flush);
                    flushedAt = Stopwatch.GetTimestamp();
                }
            }

            if (_ending && _queue.Items == 0)
            {
                Attempt(_files.Finish);
                return;
            }

            if (_isNextDue)
            {
                _isNextDue = false;
                Attempt(_files.BeginNext);
            }

            var hasToLook = !_failed && (_files.WaitingEntries > 0 || _options.MaxFileAge is not null);
            if (!_there.Wait(hasToLook ? _options.FlushInterval : Timeout.InfiniteTimeSpan))
            {
                Attempt(_files.Flush);
                Attempt(_files.RotateWhenDue);
                flushedAt = Stopwatch.GetTimestamp();
            }
        }
    }

    private void Take(in Waiting next)
    {
        if (_failed)
        {
            _drops.Count(DropReason.RecordingFailed);
        }
        else
        {
            Write(next);
        }

        _queue.Release(next.Bytes);
        next.Request?.Dispose();
        next.Response?.Dispose();
    }

    private void Write(in Waiting next)
    {
        try
        {
            _taken++;
            if (!TryWrite(next))
            {
                _taken--;
                _drops.Count(DropReason.EntryTooLarge);
            }

            Publish();
        }
        catch (Exception fault)
        {
            // The root of the thread: whatever happens here ends the recording, never the traffic.
            Fail(fault);
        }
    }

    private bool TryWrite(in Waiting next)
    {
        if (_options.Redactor is null)
        {
            return _files.TryWrite(next.Facts, next.Request, next.Response);
        }

        if (!_contiguous.TryMake(next.Facts, next.Request, next.Response, out var entry))
        {
            return false;
        }

        var redacted = _options.Redactor.Redact(entry);
        var isRecorded = _files.TryWrite(redacted);
        _redacted += isRecorded && redacted.Facts.Marks != entry.Facts.Marks ? 1 : 0;
        return isRecorded;
    }

    private void Attempt(Action work)
    {
        if (_failed)
        {
            return;
        }

        try
        {
            work();
            Publish();
        }
        catch (Exception fault)
        {
            // The root of the thread: whatever happens here ends the recording, never the traffic.
            Fail(fault);
        }
    }

    /// <summary>What no file holds is lost; what a file holds stays, under its name.</summary>
    private void Fail(Exception fault)
    {
        _failed = true;
        try
        {
            _files.Finish();
        }
        catch (Exception)
        {
            // The same disk, the same fault.
        }

        CountLost();
        _drops.Count(DropReason.RecordingFailed, _taken - _files.WrittenEntries);
        Publish();
        Tell($"recording to {_options.Path} stopped: {fault.Message}");
    }

    private void CountLost()
    {
        if (_files.LostEntries - _lost is > 0 and var lost)
        {
            _lost += lost;
            _taken -= lost;
            _drops.Count(DropReason.RecordingFailed, lost);
            Tell($"a file of {_options.Path} was deleted while it was written, and {lost} exchanges with it");
        }
    }

    // The listener may fail, too; the account says it all the same.
    private void Tell(string message)
    {
        try
        {
            _onFailure(message);
        }
        catch (Exception)
        {
        }
    }

    private void Publish()
    {
        CountLost();
        Volatile.Write(ref _recorded, _files.WrittenEntries);
        Volatile.Write(ref _bytes, _files.Bytes);
        Volatile.Write(ref _finishedFiles, _files.Finished);
    }
}
