namespace Parallax.Traffic.Queues;

/// <summary>A first-in, first-out queue from many producers to one consumer, bounded in entries and in bytes. It never makes a producer
/// wait: what does not fit is refused and counted.</summary>
/// <remarks>
/// <para>Accounting: accepted + Σ refused(reason) = offered, always. The consumer counts what it discards after that.</para>
/// <para>Wake-up: <c>wakeConsumer</c> is called by the producer whose entry ends a state in which the consumer had found the queue empty;
/// once for a batch, never under the lock. A consumer that has been woken must take until the queue is empty. A producer that has its own
/// batches leaves the wake-up to <see cref="Wake"/> at their end.</para>
/// <para>Thread safety: <see cref="Offer"/>, <see cref="Refuse"/>, <see cref="Wake"/>, <see cref="Complete"/> and the counters from any
/// thread; <see cref="TryTake"/>, <see cref="TryHold"/>, <see cref="TryPeek"/> and <see cref="Release"/> from the consumer's thread only.
/// No allocation once the ring has grown to the working size.</para>
/// </remarks>
public sealed class BoundedQueue<T>
{
    private const int SmallestRing = 64;

    private readonly Lock _lock = new();
    private readonly int _maxItems;
    private readonly long _maxBytes;
    private readonly DropCounters _drops;
    private readonly Action _wakeConsumer;

    // Everything below is guarded by _lock. Invariant: _waiting <= _items <= _maxItems, and _bytes belongs to those _items.
    private Slot[] _ring = new Slot[SmallestRing];
    private int _first;
    private int _waiting;
    private int _items;
    private long _bytes;
    private long _accepted;
    private bool _consumerSleeps = true;
    private bool _completed;

    /// <summary>Creates an empty queue.</summary>
    /// <param name="maxItems">Most entries held at once; at least 1.</param>
    /// <param name="maxBytes">Most bytes held at once; at least 1. A single larger entry is refused.</param>
    /// <param name="drops">Where refusals are counted; may be shared with the owner's other drops.</param>
    /// <param name="wakeConsumer">Called on a producer's thread, see the remarks; it must not block.</param>
    /// <exception cref="ArgumentOutOfRangeException">A bound is below 1.</exception>
    public BoundedQueue(int maxItems, long maxBytes, DropCounters drops, Action wakeConsumer)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxItems, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        ArgumentNullException.ThrowIfNull(drops);
        ArgumentNullException.ThrowIfNull(wakeConsumer);
        _maxItems = maxItems;
        _maxBytes = maxBytes;
        _drops = drops;
        _wakeConsumer = wakeConsumer;
    }

    private readonly record struct Slot(T Entry, long Bytes);

    /// <summary>Entries accepted since the start.</summary>
    public long Accepted
    {
        get
        {
            lock (_lock)
            {
                return _accepted;
            }
        }
    }

    /// <summary>Entries that count against the bound now: waiting ones and held ones.</summary>
    public int Items
    {
        get
        {
            lock (_lock)
            {
                return _items;
            }
        }
    }

    /// <summary>Bytes that count against the bound now.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
            {
                return _bytes;
            }
        }
    }

    /// <summary>True when half of either bound is used.</summary>
    public bool IsHalfFull => Items * 2L > _maxItems || Bytes * 2 > _maxBytes;

    /// <summary>Offers <paramref name="entry"/> without waiting.</summary>
    /// <param name="entry">What to pass on. The queue owns it only when it was accepted.</param>
    /// <param name="bytes">What it counts against the byte bound; 0 or more.</param>
    /// <param name="wakes">False when the caller will call <see cref="Wake"/> soon, for several entries at once.</param>
    /// <returns><see cref="DropReason.None"/> when accepted; else why it was refused: then it is counted and still the caller's.</returns>
    public DropReason Offer(T entry, long bytes, bool wakes = true)
    {
        var wake = false;
        DropReason refused;
        lock (_lock)
        {
            refused = RefusalOf_NeedsLock(bytes);
            if (refused == DropReason.None)
            {
                Append_NeedsLock(entry, bytes);
                wake = wakes && MustWake_NeedsLock();
            }
        }

        _drops.Count(refused);
        if (wake)
        {
            _wakeConsumer();
        }

        return refused;
    }

    /// <summary>Asks what <see cref="Offer"/> would say now, before an entry is made. A refusal counts like that of an entry.</summary>
    /// <param name="bytes">The least it would count against the byte bound.</param>
    public DropReason Refuse(long bytes)
    {
        DropReason refused;
        lock (_lock)
        {
            refused = RefusalOf_NeedsLock(bytes);
        }

        _drops.Count(refused);
        return refused;
    }

    /// <summary>Calls the wake-up if entries wait and the consumer was not woken for them.</summary>
    public void Wake()
    {
        bool wake;
        lock (_lock)
        {
            wake = MustWake_NeedsLock();
        }

        if (wake)
        {
            _wakeConsumer();
        }
    }

    /// <summary>Takes the oldest entry; it stops counting against the bounds at once.</summary>
    /// <returns>False when the queue is empty; the next entry offered will then call the wake-up.</returns>
    public bool TryTake(out T entry)
    {
        lock (_lock)
        {
            if (!TryRemove_NeedsLock(out var slot))
            {
                entry = slot.Entry;
                return false;
            }

            _items--;
            _bytes -= slot.Bytes;
            entry = slot.Entry;
            return true;
        }
    }

    /// <summary>Takes the oldest entry, which goes on counting against the bounds until <see cref="Release"/>: for a consumer that sorts
    /// entries into its own lines.</summary>
    /// <returns>False when the queue is empty; the next entry offered will then call the wake-up.</returns>
    public bool TryHold(out T entry)
    {
        lock (_lock)
        {
            var taken = TryRemove_NeedsLock(out var slot);
            entry = slot.Entry;
            return taken;
        }
    }

    /// <summary>Looks at the oldest entry without taking it.</summary>
    /// <returns>False when the queue is empty; the next entry offered will then call the wake-up.</returns>
    public bool TryPeek(out T entry)
    {
        lock (_lock)
        {
            entry = _ring[_first].Entry;
            _consumerSleeps = _waiting == 0;
            return _waiting > 0;
        }
    }

    /// <summary>Ends the counting of one entry taken by <see cref="TryHold"/>.</summary>
    /// <param name="bytes">The bytes it was offered with.</param>
    public void Release(long bytes)
    {
        lock (_lock)
        {
            _items--;
            _bytes -= bytes;
        }
    }

    /// <summary>Refuses all further entries as <see cref="DropReason.Shutdown"/>; those inside can still be taken.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _completed = true;
        }
    }

    private bool MustWake_NeedsLock()
    {
        var wake = _consumerSleeps && _waiting > 0;
        _consumerSleeps &= !wake;
        return wake;
    }

    private DropReason RefusalOf_NeedsLock(long bytes)
    {
        if (_completed)
        {
            return DropReason.Shutdown;
        }

        if (_items >= _maxItems)
        {
            return DropReason.QueueItems;
        }

        return bytes > _maxBytes - _bytes ? DropReason.QueueBytes : DropReason.None;
    }

    private void Append_NeedsLock(T entry, long bytes)
    {
        if (_waiting == _ring.Length)
        {
            Grow_NeedsLock();
        }

        _ring[(_first + _waiting) & (_ring.Length - 1)] = new Slot(entry, bytes);
        _waiting++;
        _items++;
        _bytes += bytes;
        _accepted++;
    }

    private bool TryRemove_NeedsLock(out Slot slot)
    {
        // The ring's free slots hold the default, so an empty queue yields it too.
        slot = _ring[_first];
        if (_waiting == 0)
        {
            _consumerSleeps = true;
            return false;
        }

        _ring[_first] = default;
        _first = (_first + 1) & (_ring.Length - 1);
        _waiting--;
        return true;
    }

    private void Grow_NeedsLock()
    {
        var larger = new Slot[_ring.Length * 2];
        var untilEnd = _ring.Length - _first;
        Array.Copy(_ring, _first, larger, 0, untilEnd);
        Array.Copy(_ring, 0, larger, untilEnd, _first);
        _ring = larger;
        _first = 0;
    }
}
