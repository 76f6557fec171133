using System.Net;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>A loop without a thread and without sockets: it turns only when its <see cref="SimulatedNetwork"/> is run.</summary>
/// <remarks>Thread safety: as <see cref="IEventLoop"/> says; the thread that runs the network is the loop's for as long as a turn
/// lasts.</remarks>
internal sealed class SimulatedLoop : TurningLoop
{
    private readonly SimulatedClock _clock;
    private readonly SimulatedAddresses _addresses;
    private readonly ReadySockets _ready = new();
    private bool _isStarted;

    public SimulatedLoop(string name, Action<Exception> onFault, SimulatedClock clock, SimulatedAddresses addresses)
        : base(name, onFault, clock)
    {
        (_clock, _addresses) = (clock, addresses);
    }

    public override bool IsIdle => true;

    /// <summary>When its next timer may be due, in nanoseconds; null when there is none.</summary>
    public long? NextTimerAt => _isStarted ? State.Timers.Next : null;

    // A turn takes a nanosecond, and what is due in the next turn is due then.
    private bool HasToTurn =>
        _isStarted && (State.HasWork || State.Posts.Any || _ready.Any || Life.MustStop || State.Timers.Next <= _clock.Now + 1);

    public override void Start()
    {
        Life.Start();
        _isStarted = true;
    }

    public override void Stop()
    {
        if (!Life.BeginStop() || Life.IsCurrent || !_isStarted)
        {
            return;
        }

        Life.Enter();
        End();
    }

    /// <summary>Makes a turn when there is something to do.</summary>
    public bool TryTurn()
    {
        if (!HasToTurn)
        {
            return false;
        }

        Life.Enter();
        Life.Turn(milliseconds: 0);
        if (Life.MustStop)
        {
            End();
        }

        Life.Leave();
        return true;
    }

    public override void WaitAndServe(int milliseconds)
    {
        _clock.Now++;
        State.BeginTurn();
        _ready.ServeAll();
    }

    public override void CloseAll()
    {
        // All are members of the loop's state, which closes them.
    }

    public override void Release()
    {
        // It holds nothing of the system.
    }

    private protected override void Wake()
    {
        // It never sleeps.
    }

    private protected override Connection ConnectPlain(IPEndPoint remote, ConnectionHandler handler, ConnectOptions options)
    {
        var connection = NewConnection(handler, options.Buffers);
        if (Life.IsStopping)
        {
            connection.CloseWith(CloseReason.LoopStopped);
        }
        else
        {
            connection.Connect(_addresses, remote, options);
        }

        return connection;
    }

    private protected override Listener ListenPlain(
        IPEndPoint local, ListenOptions options, Func<Connection, ConnectionHandler> accept) => new SimulatedListener(
            State,
            _ready,
            _addresses.Listen(local, options.ReusePort),
            () => NewConnection(NoHandler.Instance, options.Buffers),
            accept);

    private SimulatedConnection NewConnection(ConnectionHandler handler, BufferOptions limits) =>
        new(this, State, _ready, handler, limits);

    private void End()
    {
        Life.End();
        Life.Leave();
        _isStarted = false;
    }
}
