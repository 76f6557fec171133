using Parallax.Reactor.Buffers;

namespace Parallax.Reactor.Connections;

/// <summary>What every loop keeps besides its sockets: its clock, memory and counters, and what it has to do in a turn: posted callbacks,
/// timers, connections with octets to read again, to send, or to close.</summary>
/// <remarks>Thread safety: <see cref="Posts"/> takes posts from any thread; all else belongs to the loop's thread.</remarks>
internal sealed class LoopState
{
    private readonly WorkList _readers = new();
    private readonly WorkList[] _senders = [new(), new(), new()];
    private readonly WorkList _closings = new();

    // When the turn began that is still going on; null while the loop sleeps.
    private long? _turnBegan;

    // How long the turn before took.
    private long _turnTime;

    /// <param name="wake">Ends the loop's wait; any thread.</param>
    /// <param name="onFault">Called with what a handler or callback throws.</param>
    /// <param name="clock">The loop's clock.</param>
    public LoopState(Action wake, Action<Exception> onFault, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(onFault);
        ArgumentNullException.ThrowIfNull(clock);
        Clock = new LoopClock(clock);
        Faults = new LoopFaults(Counters, onFault);
        Posts = new PostQueue(wake);
        Timers = new TimerQueue(Clock, Faults);
        Blocks = new BlockPool(Faults.Report);
    }

    public LoopClock Clock { get; }

    public LoopFaults Faults { get; }

    public PostQueue Posts { get; }

    public TimerQueue Timers { get; }

    public BlockPool Blocks { get; }

    public LoopCounters Counters { get; } = new();

    /// <summary>What the loop's pump does not close itself when the loop stops.</summary>
    public HashSet<ILoopMember> Members { get; } = [];

    /// <summary>Whether connections wait for their visit.</summary>
    public bool HasWork => _readers.Any || _closings.Any || _senders[0].Any || _senders[1].Any || _senders[2].Any;

    /// <summary>To be asked before every wait; afterwards <see cref="BeginTurn"/> must be called.</summary>
    /// <returns>How many milliseconds the loop may sleep: 0 when work is left, -1 for as long as nothing happens.</returns>
    public int PrepareSleep()
    {
        if (HasWork || !Posts.TrySleep())
        {
            return 0;
        }

        var now = Clock.Read();
        EndTurn(now);
        return Timers.MillisecondsToNext(now);
    }

    /// <summary>The loop returned from waiting.</summary>
    public void BeginTurn()
    {
        Posts.Awake();
        Clock.BeginTurn();
        var now = Clock.Now;
        EndTurn(now);
        Counters.Lag.Record(Math.Max(_turnTime, Timers.Next is { } due ? now - due : 0));
        Counters.TurnCount++;
        _turnBegan = now;
    }

    /// <summary>Does everything that is due; sending comes last, so that a turn's writes leave together.</summary>
    public void FinishTurn()
    {
        Posts.RunAll(Faults);
        Timers.RunDue();
        _readers.DoAll();
        _closings.DoAll();
        foreach (var senders in _senders)
        {
            senders.DoAll();
        }
    }

    /// <summary>Has <paramref name="inflow"/> read again later in the turn.</summary>
    public void AddReader(ITurnWork inflow) => _readers.Add(inflow);

    /// <summary>Has <paramref name="outflow"/> send at the end of the turn.</summary>
    public void AddSender(ITurnWork outflow, SendOrder order) => _senders[(int)order].Add(outflow);

    /// <summary>Has the handler of a connection that was closed hear of it later in the turn.</summary>
    public void AddClosing(ITurnWork connection) => _closings.Add(connection);

    /// <summary>The loop stops.</summary>
    public void CloseMembers()
    {
        foreach (var member in Members.ToArray())
        {
            member.OnLoopStopped();
        }
    }

    // At its end, or at the beginning of the next one that follows at once.
    private void EndTurn(long now)
    {
        _turnTime = _turnBegan is { } began ? now - began : _turnTime;
        _turnBegan = null;
    }
}
