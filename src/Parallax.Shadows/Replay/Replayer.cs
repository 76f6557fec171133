using System.Collections.Concurrent;
using Parallax.Reactor.Connections;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;
using Parallax.Wire;

namespace Parallax.Shadows.Replay;

/// <summary>Sends a recording again: reads ahead on one thread, and offers each request on another when it is due.</summary>
/// <remarks>Thread safety: <see cref="Run"/> once; everything else may be read by any thread.</remarks>
/// <param name="openPass">Opens a pass over the recordings; asked for again when they are looped.</param>
/// <param name="target">Where to.</param>
/// <param name="pool">The memory of messages. Beyond its limit requests are dropped, or waited for when the replay can wait.</param>
/// <param name="options">When to send.</param>
public sealed class Replayer(Func<int, ReplayEntries> openPass, ReplayTarget target, OctetPool pool, ReplayerOptions options)
{
    private const int BatchEntries = 128;
    private const int BatchesAhead = 64;
    private const long BatchBytes = 128 << 10;
    private const long NanosecondsPerMillisecond = 1_000_000;

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    private readonly LatencyHistogram _lateness = new();
    private long _passes;
    private long _startedAt;
    private long _lastOfferedAt;
    private long _lastDue;
    private long _nextDue;
    private Exception? _readFault;

    /// <summary>How much later than due requests were offered; empty when nothing is paced.</summary>
    public LatencyHistogram Lateness => _lateness;

    /// <summary>Passes begun.</summary>
    public long Passes => Volatile.Read(ref _passes);

    /// <summary>From the first request to the last, as it was.</summary>
    public TimeSpan Elapsed => Between(Volatile.Read(ref _startedAt), Volatile.Read(ref _lastOfferedAt));

    /// <summary>From the first request to the last, as it should have been; zero when nothing is paced.</summary>
    public TimeSpan Planned => Between(Volatile.Read(ref _startedAt), Volatile.Read(ref _lastDue));

    /// <summary>How long nothing is due; zero when something is, or nothing is paced.</summary>
    public TimeSpan NextIn => Between(target.Clock.GetNanoseconds(), Volatile.Read(ref _nextDue));

    /// <summary>Replays until the end of the recordings. Blocks the calling thread.</summary>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="Recording.Entries.RecordingException">A file turned out to be no recording; what was read before was
    /// sent.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public void Run(CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var ahead = new BlockingCollection<List<ReplayEntry>>(BatchesAhead);
        var reader = new Thread(() => ReadAhead(ahead, ended.Token)) { Name = "replay-read", IsBackground = true };
        reader.Start();
        try
        {
            Send(ahead, stop);
        }
        catch (OperationCanceledException)
        {
            // Stopped: what was read ahead is given up below.
        }

        ended.Cancel();
        reader.Join();
        while (ahead.TryTake(out var batch))
        {
            batch.ForEach(entry => entry.Dispose());
        }

        if (_readFault is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_readFault);
        }
    }

    private static TimeSpan Between(long from, long to) => TimeSpan.FromTicks(Math.Max(0, to - from) / 100);

    private void ReadAhead(BlockingCollection<List<ReplayEntry>> ahead, CancellationToken ended)
    {
        var batch = new List<ReplayEntry>(BatchEntries);
        try
        {
            var (number, bytes) = (0L, 0L);
            for (var pass = 0; options.Passes is not { } passes || pass < passes; pass++)
            {
                using var entries = openPass(pass);
                Volatile.Write(ref _passes, pass + 1);
                var before = number;
                while (entries.TryRead(out var entry))
                {
                    batch.Add(entry with { Number = ++number });
                    bytes += entry.Request.RawOctets + (entry.Response?.RawOctets ?? 0);
                    if (batch.Count == BatchEntries || bytes >= BatchBytes)
                    {
                        ahead.Add(batch, ended);
                        (batch, bytes) = (new(BatchEntries), 0);
                        AwaitMemory(ahead, ended);
                    }
                }

                // A batch without entries says that the next pass begins.
                ahead.Add(batch, ended);
                (batch, bytes) = (new(BatchEntries), 0);
                ahead.Add([], ended);
                if (number == before)
                {
                    break; // Nothing selected: further passes would not differ.
                }
            }
        }
        catch (OperationCanceledException)
        {
            batch.ForEach(entry => entry.Dispose());
        }
        catch (Exception fault)
        {
            // The root of the thread: Run throws it again, after what was read before.
            _readFault = fault;
            if (!ahead.TryAdd(batch))
            {
                batch.ForEach(entry => entry.Dispose());
            }
        }
        finally
        {
            ahead.CompleteAdding();
        }
    }

    // What is read ahead must leave room for what is in flight.
    private void AwaitMemory(BlockingCollection<List<ReplayEntry>> ahead, CancellationToken ended)
    {
        while (pool.RentedBytes > pool.LimitBytes / 2 && ahead.Count > 0 && !ended.IsCancellationRequested)
        {
            ended.WaitHandle.WaitOne(1);
        }
    }

    private void Send(BlockingCollection<List<ReplayEntry>> ahead, CancellationToken stop)
    {
        ReplaySchedule? schedule = null;
        foreach (var batch in ahead.GetConsumingEnumerable(stop))
        {
            if (schedule is null)
            {
                Volatile.Write(ref _startedAt, target.Clock.GetNanoseconds());
                schedule = new(options.Pace, _startedAt);
            }

            if (batch.Count == 0)
            {
                schedule.BeginPass();
            }

            for (var at = 0; at < batch.Count; at++)
            {
                if (stop.IsCancellationRequested)
                {
                    batch[at..].ForEach(entry => entry.Dispose());
                    target.Wake();
                    return;
                }

                Send(batch[at], schedule, stop);
            }

            if (options.Pace.IsUnpaced)
            {
                target.Wake();
            }
        }

        target.Wake();
    }

    private void Send(in ReplayEntry entry, ReplaySchedule schedule, CancellationToken stop)
    {
        if (options.Pace.IsUnpaced)
        {
            AwaitRoom(stop);
            Offer(entry, due: 0, stop.IsCancellationRequested);
            return;
        }

        var due = schedule.DueOf(entry.At);
        TellLongWait(due, entry.RecordedAt);
        var now = AwaitDue(due, stop);
        if (now >= due)
        {
            Volatile.Write(ref _lastDue, Math.Max(_lastDue, due));
            _lateness.Record(now - due);
        }

        Offer(entry, due, isTooEarly: now < due);
    }

    // What the end of the run came before is not sent.
    private void Offer(in ReplayEntry entry, long due, bool isTooEarly)
    {
        if (isTooEarly)
        {
            entry.Dispose();
            return;
        }

        Volatile.Write(ref _lastOfferedAt, target.Clock.GetNanoseconds());
        if (due != 0 && pool.IsOverLimit)
        {
            target.Drop(entry, DropReason.QueueBytes);
        }
        else
        {
            target.Offer(entry, due);
        }
    }

    private void TellLongWait(long due, Timestamp recorded)
    {
        Volatile.Write(ref _nextDue, due);
        var wait = Between(target.Clock.GetNanoseconds(), due);
        if (wait >= options.LongWait)
        {
            options.OnLongWait?.Invoke(wait, recorded);
        }
    }

    // Sleeps a whole millisecond at least, so that a turn of the loop sends several requests where they come fast. Earlier than due only
    // when the run is stopped.
    private long AwaitDue(long due, CancellationToken stop)
    {
        var now = target.Clock.GetNanoseconds();
        if (now >= due)
        {
            return now;
        }

        target.Wake();
        while (now < due && !stop.IsCancellationRequested)
        {
            var milliseconds = Math.Clamp((due - now) / NanosecondsPerMillisecond, 1, (long)LookAgain.TotalMilliseconds);
            stop.WaitHandle.WaitOne((int)milliseconds);
            now = target.Clock.GetNanoseconds();
        }

        return now;
    }

    // A target that is down is not waited for: what finds no room is dropped.
    private void AwaitRoom(CancellationToken stop)
    {
        while ((target.InFlight >= options.MaxInFlight || pool.IsOverLimit)
            && target.Shadow.Inbox.DownFor < options.DownPatience && !stop.IsCancellationRequested)
        {
            target.Wake();
            target.AwaitRoom(LookAgain, stop);
        }
    }
}
