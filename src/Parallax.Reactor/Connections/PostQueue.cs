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

    public bool Post(LoopCallback callback, object? state)
    {
        bool mustWake;
        lock (_gate)
        {
            if (_isSealed)
            {
                return false;
            }

            if (_count == _incoming.Length)
            {
                Array.Resize(ref _incoming, _count * 2);
            }

            _incoming[_count++] = new Posted(callback, state);
            mustWake = _isAsleep;
            _isAsleep = false;
        }

        if (mustWake)
        {
            wake();
        }

        return true;
    }

    /// <summary>Wakes the loop when it sleeps, without anything to run.</summary>
    public void Wake()
    {
        bool mustWake;
        lock (_gate)
        {
            mustWake = _isAsleep;
            _isAsleep = false;
        }

        if (mustWake)
        {
            wake();
        }
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

    /// <summary>Nothing more is accepted.</summary>
    /// <returns>False, and nothing changes, when something waits to be run.</returns>
    public bool TrySeal()
    {
        lock (_gate)
        {
            _isSealed = _count == 0;
            return _isSealed;
        }
    }

    /// <summary>Runs what waits; what is posted meanwhile waits for the next call.</summary>
    public void RunAll(Agenda agenda)
    {
        if (Volatile.Read(ref _count) == 0)
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
            agenda.Run(posted.Callback, posted.State);
        }

        if (batch.Length > MaxKept)
        {
            _running = new Posted[InitialCapacity];
        }
    }

    private readonly record struct Posted(LoopCallback Callback, object? State);
}
