using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>The life of a loop, the same for all: started once, turning on one thread, ending in order.</summary>
/// <remarks>Thread safety: <see cref="IsCurrent"/>, <see cref="BeginStop"/> and <see cref="RequireLoopThread"/> from any thread, all else
/// from the one that turns.</remarks>
internal sealed class LoopLife(string name, LoopState state, ILoopPump pump)
{
    private const int NoThread = 0;

    private readonly Lock _gate = new();
    private int _threadId;
    private bool _isStarted;
    private bool _isReleased;
    private volatile bool _mustStop;

    public string Name => name;

    /// <summary>Whether the caller's thread turns the loop at this moment.</summary>
    public bool IsCurrent => Volatile.Read(ref _threadId) == Environment.CurrentManagedThreadId;

    /// <summary>No more connections can be made.</summary>
    public bool IsStopping { get; private set; }

    /// <summary>The loop is to end after this turn.</summary>
    public bool MustStop => _mustStop;

    /// <exception cref="InvalidOperationException">The loop runs on another thread.</exception>
    public void RequireLoopThread()
    {
        if (Volatile.Read(ref _isStarted) && !IsCurrent)
        {
            throw new InvalidOperationException($"Only the thread of the loop '{Name}' may do this; use Post.");
        }
    }

    /// <summary>The loop is started.</summary>
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    public void Start()
    {
        lock (_gate)
        {
            if (_isStarted || _isReleased)
            {
                throw new InvalidOperationException($"The loop '{Name}' was started before.");
            }

            Volatile.Write(ref _isStarted, true);
        }
    }

    /// <summary>Asks the loop to end.</summary>
    /// <returns>True when somebody turns it, who has to end it; a loop that was never started has ended already.</returns>
    public bool BeginStop()
    {
        lock (_gate)
        {
            _mustStop = true;
            if (!_isStarted)
            {
                End();
            }

            return _isStarted;
        }
    }

    /// <summary>The caller's thread turns the loop from now on.</summary>
    public void Enter() => Volatile.Write(ref _threadId, Environment.CurrentManagedThreadId);

    /// <summary>The caller's thread turns it no more.</summary>
    public void Leave() => Volatile.Write(ref _threadId, NoThread);

    /// <summary>One turn.</summary>
    /// <param name="milliseconds">How long it may wait for something to happen; -1 without end.</param>
    public void Turn(int milliseconds)
    {
        pump.WaitAndServe(milliseconds);
        state.FinishTurn();
    }

    /// <summary>Runs what was posted, closes everything, and turns until that is done.</summary>
    public void End()
    {
        if (_isReleased)
        {
            return;
        }

        _isReleased = true;

        // What was posted before this point runs in the turn that follows; it may still use connections and even make some.
        state.Posts.Seal();
        Turn(milliseconds: 0);
        IsStopping = true;
        pump.CloseAll();
        state.CloseMembers();
        do
        {
            // Only what is in flight can still bring something; nothing else is worth waiting for.
            Turn(pump.IsIdle || state.PrepareSleep() == 0 ? 0 : -1);
        }
        while (state.HasWork || !pump.IsIdle);

        state.Posts.WaitForWakers();
        pump.Release();
    }
}
