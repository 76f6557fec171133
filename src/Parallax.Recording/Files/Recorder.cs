using System.Buffers;
using Parallax.Recording.Entries;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Queues;

namespace Parallax.Recording.Files;

/// <summary>Records exchanges on its own thread: a slow or full disk costs entries, which are counted, never traffic.</summary>
/// <remarks>Accounting: recorded + not matched + Σ dropped(reason) = offered, exact once it is disposed of. Thread safety: exchanges are
/// offered from any thread.</remarks>
public sealed class Recorder : IDisposable
{
    private static readonly TimeSpan FinishPatience = TimeSpan.FromMilliseconds(500);

    private readonly RecordingOptions _options;
    private readonly RecordingFiles _files;
    private readonly string _firstFile;
    private readonly Action<string> _onFailure;
    private readonly DropCounters _drops = new();

    // Not disposed of: it holds nothing, and the next file may be asked for at any time.
    private readonly SemaphoreSlim _there = new(0);
    private readonly BoundedQueue<OfferedExchange> _queue;
    private readonly ContiguousMessages _contiguous = new();
    private readonly ArrayBufferWriter<byte> _shadows = new();
    private readonly long[] _missing = new long[Enum.GetValues<MissingShadow>().Length];
    private readonly MatchScratch _scratch = new();
    private readonly OutsideWork _work;
    private readonly TimeProvider _clock;

    // Held by the thread that touches the files: a disk can hold that up, a body that takes long to redact cannot.
    private readonly Lock _gate = new();
    private volatile bool _ending;
    private volatile bool _hurries;
    private volatile bool _isDiscarded;
    private volatile RecorderAccount? _final;
    private volatile bool _isNextDue;
    private long _offered;

    // Touched by the recorder's thread only. Invariant: taken = written to a file + waiting for their block, until recording fails.
    private long _taken;
    private long _lost;
    private bool _failed;

    // Written by the recorder's thread, read by any.
    private long _recorded;
    private long _notMatched;
    private long _bytes;
    private long _finishedFiles;
    private long _redacted;
    private long _recordedShadows;

    /// <summary>Begins the first file and starts recording.</summary>
    /// <param name="options">Where to and how.</param>
    /// <param name="clock">For names, ages and the interval of flushing.</param>
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
        _clock = clock;
        _files = new(options, clock);
        _firstFile = _files.Current;
        RecoveredFiles = _files.Recovered;
        _queue = new(options.QueueItems, options.QueueBytes, _drops, () => _there.Release());
        _work = new("record", Record);
    }

    /// <summary>The account at this moment.</summary>
    public RecorderAccount Account => _final ?? new()
    {
        Path = _options.Path,
        FirstFile = _firstFile,
        Offered = Volatile.Read(ref _offered),
        Recorded = Volatile.Read(ref _recorded),
        NotMatched = Volatile.Read(ref _notMatched),
        Dropped = _drops.ToArray(),
        Redacted = Volatile.Read(ref _redacted),
        Shadows = Volatile.Read(ref _recordedShadows),
        MissingShadows = [.. _missing],
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
    /// <param name="shadows">What shadows answered; taken over. Null, the default, for nothing.</param>
    /// <returns><see cref="DropReason.None"/> when it was accepted; else it is counted as dropped.</returns>
    public DropReason Offer(in EntryFacts facts, Message? request, Message? response, ShadowAnswers? shadows = null)
    {
        Interlocked.Increment(ref _offered);
        var waiting = new OfferedExchange(facts, request, response, shadows);
        var refused = _queue.Offer(waiting, waiting.Bytes);
        if (refused != DropReason.None)
        {
            waiting.Dispose();
        }

        return refused;
    }

    /// <summary>Counts an exchange that was not even built.</summary>
    public void Drop(DropReason reason)
    {
        Interlocked.Increment(ref _offered);
        _drops.Count(reason);
    }

    /// <summary>Counts shadows that are not in an entry.</summary>
    public void CountMissing(MissingShadow reason, long shadows) => Interlocked.Add(ref _missing[(int)reason], shadows);

    /// <summary>Finishes the file and begins the next one as soon as what waits is written. For log rotation from outside.
    /// </summary>
    public void BeginNextFile()
    {
        _isNextDue = true;
        _there.Release();
    }

    /// <summary>Records what waits and finishes the file. A second call does nothing.</summary>
    /// <param name="giveUp">Ends the waiting: what is not written then is dropped, the file is finished within half a second when the
    /// disk lets it; when not, it keeps the name it had while it was written.</param>
    public void End(CancellationToken giveUp)
    {
        if (_ending)
        {
            return;
        }

        _queue.Complete();
        _ending = true;
        _there.Release();
        if (_work.AwaitEnd(giveUp))
        {
            _files.Dispose();
            return;
        }

        _hurries = true;
        using var patience = new CancellationTokenSource(FinishPatience);
        if (_work.AwaitEnd(patience.Token))
        {
            _files.Dispose();
            Tell($"recording to {_options.Path} did not end in time: {_drops[DropReason.Shutdown]} exchanges are not recorded");
        }
        else
        {
            Abandon();
        }
    }

    /// <summary>Ends it, and removes its file if that holds nothing: for a run that never began.</summary>
    public void Discard()
    {
        _isDiscarded = true;
        Dispose();
    }

    /// <summary>Ends it, and waits as long as it takes.</summary>
    public void Dispose() => End(CancellationToken.None);

    // The thread is in the middle of an entry, or a disk holds it up; whatever it does from now on counts no more.
    private void Abandon()
    {
        var isFree = _gate.TryEnter();
        try
        {
            if (isFree)
            {
                Attempt(_files.Finish);
            }

            var account = Account;
            _drops.Count(DropReason.Shutdown, account.Waiting);
            _final = account with { Dropped = _drops.ToArray() };
            Tell($"recording to {_options.Path} did not end in time: {_drops[DropReason.Shutdown]} exchanges are not recorded"
                + (isFree ? "" : $"; its last file keeps the ending {RecordingNames.Unfinished}"));
        }
        finally
        {
            if (isFree)
            {
                _gate.Exit();
            }
        }
    }

    private void Record()
    {
        var flushedAt = _clock.GetTimestamp();
        while (true)
        {
            while (_queue.TryHold(out var next))
            {
                Take(next);
                if (_clock.GetElapsedTime(flushedAt) >= _options.FlushInterval)
                {
                    Attempt(_files.Flush);
                    flushedAt = _clock.GetTimestamp();
                }
            }

            if (_ending && _queue.Items == 0)
            {
                Attempt(_isDiscarded ? _files.Discard : _files.Finish);
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
                flushedAt = _clock.GetTimestamp();
            }
        }
    }

    private void Take(in OfferedExchange next)
    {
        if (_hurries || _failed)
        {
            _drops.Count(_failed ? DropReason.RecordingFailed : DropReason.Shutdown);
        }
        else if (!_options.Match.Matches(ExchangeFacts.Of(next.Request, next.Response), _scratch))
        {
            Volatile.Write(ref _notMatched, _notMatched + 1);
        }
        else
        {
            Write(next);
        }

        _queue.Release(next.Bytes);
        next.Dispose();
    }

    private void Write(in OfferedExchange next)
    {
        try
        {
            _taken++;
            if (_options.Redactor is not null || next.Shadows is not null)
            {
                WriteWhole(next);
                return;
            }

            lock (_gate)
            {
                Count(_final is null && _files.TryWrite(next.Facts, next.Request, next.Response));
            }
        }
        catch (Exception fault)
        {
            // The root of the thread: whatever happens here ends the recording, never the traffic.
            Fail(fault);
        }
    }

    private void WriteWhole(in OfferedExchange next)
    {
        if (!_contiguous.TryMake(next.Facts, next.Request, next.Response, out var entry))
        {
            Count(isRecorded: false);
            return;
        }

        entry = next.Shadows is null ? entry : entry with { Shadows = next.Shadows.Write(_shadows) };
        var redacted = _options.Redactor is null ? entry : _options.Redactor.Redact(entry);
        lock (_gate)
        {
            var isRecorded = _final is null && _files.TryWrite(redacted);
            _redacted += isRecorded && redacted.Facts.Marks != entry.Facts.Marks ? 1 : 0;
            _recordedShadows += isRecorded ? entry.Shadows.Count : 0;
            Count(isRecorded);
        }
    }

    private void Count(bool isRecorded)
    {
        _taken -= isRecorded ? 0 : 1;
        _drops.Count(isRecorded ? DropReason.None : DropReason.EntryTooLarge);
        Publish();
    }

    private void Attempt(Action work)
    {
        try
        {
            lock (_gate)
            {
                if (!_failed && _final is null)
                {
                    work();
                    Publish();
                }
            }
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
        lock (_gate)
        {
            if (_final is not null)
            {
                return;
            }

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
        }

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
