using System.Diagnostics;
using Parallax.Reactor.Buffers;

namespace Parallax.Reactor.Connections;

/// <summary>What a loop has to do besides waiting for sockets: posted callbacks, timers, connections with octets to read again, to
/// send, or to bury. Both loops turn by it.</summary>
/// <remarks>Thread safety: <see cref="Posts"/> takes posts from any thread; all else belongs to the loop's thread.</remarks>
internal sealed class Agenda
{
    // Each list is worked off as it stood: what is added meanwhile has the next turn, so that no connection can keep a turn from ending.
    private readonly ConnectionList _readers = new();
    private readonly ConnectionList[] _dirty = [new(), new(), new()];
    private readonly ConnectionList _closings = new();
    private readonly Action<Exception> _onFault;
    private long _now;
    private bool _isTurning;

    /// <param name="wake">Ends the loop's wait; any thread.</param>
    /// <param name="onFault">Told of what a handler or callback throws.</param>
    public Agenda(Action wake, Action<Exception> onFault)
    {
        ArgumentNullException.ThrowIfNull(onFault);
        _onFault = onFault;
        Posts = new PostQueue(wake);
        Timers = new TimerQueue(this);
        Blocks = new BlockPool(Report);
    }

    public PostQueue Posts { get; }

    public TimerQueue Timers { get; }

    public BlockPool Blocks { get; }

    public LoopCounters Counters { get; } = new();

    /// <summary>Open connections whose socket is closed already, so that the loop's pump no longer knows them.</summary>
    public HashSet<Connection> Detached { get; } = [];

    /// <summary>Monotonic nanoseconds: of the turn, or of this moment as long as the loop has not started.</summary>
    public long Now => _isTurning ? _now : ReadClock();

    /// <summary>Whether connections wait for their visit.</summary>
    public bool HasWork => _readers.Any || _closings.Any || _dirty[0].Any || _dirty[1].Any || _dirty[2].Any;

    /// <summary>To be asked before every wait; afterwards <see cref="BeginTurn"/> must be called.</summary>
    /// <returns>How many milliseconds the loop may sleep: 0 when work is left, -1 for as long as nothing happens.</returns>
    public int PrepareSleep() => HasWork || !Posts.TrySleep() ? 0 : Timers.MillisecondsToNext();

    /// <summary>The loop returned from waiting.</summary>
    public void BeginTurn()
    {
        Posts.Awake();
        _isTurning = true;
        _now = ReadClock();
        Counters.TurnCount++;
    }

    /// <summary>Does everything that is due; sending comes last, so that a turn's writes leave together.</summary>
    public void FinishTurn()
    {
        Posts.RunAll(this);
        Timers.RunDue();
        for (var left = _readers.Swap(); left > 0; left--)
        {
            _readers.Take().Inflow.ReadAgain();
        }

        for (var left = _closings.Swap(); left > 0; left--)
        {
            _closings.Take().TellClosed();
        }

        foreach (var dirty in _dirty)
        {
            for (var left = dirty.Swap(); left > 0; left--)
            {
                dirty.Take().Outflow.Settle();
            }
        }
    }

    /// <summary>Monotonic nanoseconds of this very moment.</summary>
    public static long ReadClock() =>
        Stopwatch.Frequency == 1_000_000_000 ? Stopwatch.GetTimestamp() : Stopwatch.GetElapsedTime(0).Ticks * 100;

    public void AddReader(Connection connection) => _readers.Add(connection);

    public void AddDirty(Connection connection) => _dirty[(int)connection.SendOrder].Add(connection);

    /// <summary>The loop stops.</summary>
    public void CloseDetached()
    {
        foreach (var connection in Detached.ToArray())
        {
            connection.CloseWith(CloseReason.LoopStopped);
        }
    }

    public void AddClosing(Connection connection) => _closings.Add(connection);

    /// <summary>Runs a callback; whatever it throws is reported.</summary>
    public void Run(LoopCallback callback, object? state)
    {
        try
        {
            callback(state);
        }
        catch (Exception exception)
        {
            Report(exception);
        }
    }

    public void Report(Exception exception)
    {
        Counters.FaultCount++;
        _onFault(exception);
    }

    private sealed class ConnectionList
    {
        private List<Connection> _coming = [];
        private List<Connection> _going = [];
        private int _next;

        public bool Any => _coming.Count > 0;

        public void Add(Connection connection) => _coming.Add(connection);

        public int Swap()
        {
            _going.Clear();
            _next = 0;
            (_coming, _going) = (_going, _coming);
            return _going.Count;
        }

        public Connection Take() => _going[_next++];
    }
}
