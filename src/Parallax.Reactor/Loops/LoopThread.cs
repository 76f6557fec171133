using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>The life of a loop, the same for both: starting, turning, stopping.</summary>
/// <remarks>Thread safety: <see cref="Stop"/> and <see cref="IsCurrent"/> from any thread.</remarks>
internal sealed class LoopThread
{
    private readonly Agenda _agenda;
    private readonly ILoopPump _pump;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private int _threadId;
    private bool _isStarted;
    private bool _isReleased;
    private volatile bool _mustStop;

    public LoopThread(string name, Agenda agenda, ILoopPump pump)
    {
        _agenda = agenda;
        _pump = pump;
        _thread = new Thread(Run) { Name = name, IsBackground = true };
    }

    public string Name => _thread.Name!;

    public bool IsCurrent => Volatile.Read(ref _threadId) == Environment.CurrentManagedThreadId;

    /// <summary>No more connections can be made.</summary>
    public bool IsStopping { get; private set; }

    /// <exception cref="InvalidOperationException">The loop runs on another thread.</exception>
    public void Demand()
    {
        if (Volatile.Read(ref _isStarted) && !IsCurrent)
        {
            throw new InvalidOperationException($"Only the thread of the loop '{Name}' may do this; use Post.");
        }
    }

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

        _thread.Start();
    }

    public void Stop()
    {
        lock (_gate)
        {
            _mustStop = true;
            if (!_isStarted)
            {
                End();
                return;
            }
        }

        _agenda.Posts.Wake();
        if (!IsCurrent)
        {
            _thread.Join();
        }
    }

    private void Run()
    {
        Volatile.Write(ref _threadId, Environment.CurrentManagedThreadId);
        while (!_mustStop)
        {
            Turn(_agenda.PrepareSleep());
        }

        End();
        Volatile.Write(ref _threadId, 0);
    }

    private void End()
    {
        if (_isReleased)
        {
            return;
        }

        _isReleased = true;

        // What was posted before this point runs in the turn that follows; it may still use connections and even make some.
        _agenda.Posts.Seal();
        Turn(milliseconds: 0);
        IsStopping = true;
        _pump.CloseAll();
        _agenda.CloseDetached();
        do
        {
            // Only what is in flight can still bring something; nothing else is worth waiting for.
            Turn(_pump.IsIdle || _agenda.PrepareSleep() == 0 ? 0 : -1);
        }
        while (_agenda.HasWork || !_pump.IsIdle);

        _agenda.Posts.WaitForWakers();
        _pump.Release();
    }

    private void Turn(int milliseconds)
    {
        _pump.WaitAndServe(milliseconds);
        _agenda.FinishTurn();
    }
}
