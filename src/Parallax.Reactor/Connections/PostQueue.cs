namespace Parallax.Reactor.Connections;

/// <summary>Callbacks from any thread for a loop's thread, in the order each thread posted them. It alone knows whether the loop sleeps, so
/// only the post that finds it sleeping wakes it.</summary>
/// <remarks>Thread safety: <see cref="Post"/> from any thread, everything else from the loop's.</remarks>
internal sealed class PostQueue(Action wake)
{
    // A burst may grow the queue; more than this is not kept afterwards.
    private const int MaxKept = 16 * 1024;
    private const int InitialCapacity = 64;

    private readonly Lock _gate = new();
    private Posted[] _incoming = new Posted[InitialCapacity];
    private Posted[] _running = new Posted[InitialCapacity];
    private int _count;
    private bool _isAsleep;
    private bool _isSealed;
    private int _wakers;

    /// <summary>Whether something waits to be run.</summary>
    public bool Any => Volatile.Read(ref _count) > 0;

    /// <returns>False when the queue is sealed: the callback will not run.</returns>
    public bool Post(LoopCallback callback, object? state) => Add(callback, state, isOwn: false);

    /// <summary>Posts for the loop itself, which needs it to the last turn: sealed or not.</summary>
    public void Continue(LoopCallback callback, object? state) => Add(callback, state, isOwn: true);

    /// <summary>Wakes the loop when it sleeps, without anything to run.</summary>
    public void Wake()
    {
        bool mustWake;
        lock (_gate)
        {
            mustWake = MustWake_NeedsLock();
        }

        WakeIf(mustWake);
    }

    /// <summary>The loop is about to sleep.</summary>
    /// <returns>False when it must not, because something waits to be run.</returns>
    public bool TrySleep()
    {
        lock (_gate)
        {
            _isAsleep = _count == 0;
            return _isAsleep;
        }
    }

    /// <summary>The loop is awake; posts need not wake it.</summary>
    public void Awake()
    {
        // Only the loop's own thread ever sets it, so seeing it unset is the truth.
        if (Volatile.Read(ref _isAsleep))
        {
            lock (_gate)
            {
                _isAsleep = false;
            }
        }
    }

    /// <summary>From now on nothing is accepted but what the loop posts itself.</summary>
    public void Seal()
    {
        lock (_gate)
        {
            _isSealed = true;
        }
    }

    /// <summary>Returns once no thread is about to wake the loop. Only for a loop that never sleeps again.</summary>
    public void WaitForWakers() => SpinWait.SpinUntil(() => Volatile.Read(ref _wakers) == 0);

    /// <summary>Runs what waits; what is posted meanwhile waits for the next call.</summary>
    public void RunAll(LoopFaults faults)
    {
        if (!Any)
        {
            return;
        }

        int count;
        lock (_gate)
        {
            count = _count;
            _count = 0;
            (_incoming, _running) = (_running, _incoming);
        }

        var batch = _running;
        for (var i = 0; i < count; i++)
        {
            var posted = batch[i];
            batch[i] = default;
            faults.Run(posted.Callback, posted.State);
        }

        if (batch.Length > MaxKept)
        {
            _running = new Posted[InitialCapacity];
        }
    }

    private bool Add(LoopCallback callback, object? state, bool isOwn)
    {
        bool mustWake;
        lock (_gate)
        {
            if (_isSealed && !isOwn)
            {
                return false;
            }

            if (_count == _incoming.Length)
            {
                Array.Resize(ref _incoming, _count * 2);
            }

            _incoming[_count++] = new Posted(callback, state);
            mustWake = MustWake_NeedsLock();
        }

        WakeIf(mustWake);
        return true;
    }

    private bool MustWake_NeedsLock()
    {
        var mustWake = _isAsleep;
        _isAsleep = false;
        if (mustWake)
        {
            Interlocked.Increment(ref _wakers);
        }

        return mustWake;
    }

    // Outside the lock: the woken loop takes it first thing.
    private void WakeIf(bool mustWake)
    {
        if (mustWake)
        {
            wake();
            Interlocked.Decrement(ref _wakers);
        }
    }

    private readonly record struct Posted(LoopCallback Callback, object? State);
}
