using System.Net;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>Event loops for tests, without threads, sockets or real time. They serve connections among each other in memory, by the same
/// contract as real loops, and turn only when the test says so: what depends on time happens in the same order in every run.</summary>
/// <remarks>
/// <para>Nothing moves by itself. <see cref="RunUntilIdle"/> has the loops turn, in the order in which they were made, until none has
/// anything left to do; <see cref="Advance"/> turns the hands of the clock, and has timers fire on the way. A turn takes a nanosecond;
/// nothing else takes time.</para>
/// <para>Thread safety: one thread at a time, which is the thread of every loop for as long as that turns. <see cref="IEventLoop.Post"/>
/// of the loops, and their <see cref="IEventLoop.Clock"/>, from any thread.</para>
/// </remarks>
public sealed class SimulatedNetwork
{
    // More than any test needs, and over in seconds.
    private const int MaxTurns = 1_000_000;

    private readonly SimulatedClock _clock = new();
    private readonly List<SimulatedLoop> _loops = [];
    private bool _isRunning;

    /// <summary>The clock of all its loops. It has no timers: <see cref="TimeProvider.CreateTimer"/> throws
    /// <see cref="NotSupportedException"/>.</summary>
    public TimeProvider Clock => _clock;

    internal SimulatedAddresses Addresses { get; } = new();

    /// <summary>Makes a loop of this network; it is not started. It ends, as any other, when it is stopped.</summary>
    /// <param name="name">Names the loop.</param>
    /// <param name="onFault">As for <see cref="EventLoop.Create"/>.</param>
    public IEventLoop CreateLoop(string name, Action<Exception> onFault)
    {
        var loop = new SimulatedLoop(name, onFault, _clock, Addresses);
        _loops.Add(loop);
        return loop;
    }

    /// <summary>Leaves connects to <paramref name="remote"/> without an answer, as a network does that loses them; or no longer.</summary>
    public void SetSilent(IPEndPoint remote, bool isSilent) => Addresses.SetSilent(remote, isSilent);

    /// <summary>Has every started loop turn until none has posts, sockets or timers to serve that are due now.</summary>
    /// <exception cref="InvalidOperationException">It is running already: a callback has called it. Or the loops do not come to
    /// rest.</exception>
    public void RunUntilIdle()
    {
        if (_isRunning)
        {
            throw new InvalidOperationException("The network is running already; a callback must not run it.");
        }

        _isRunning = true;
        try
        {
            for (var turns = 0; TryTurnEach(); turns++)
            {
                if (turns == MaxTurns)
                {
                    throw new InvalidOperationException($"The loops have not come to rest after {MaxTurns} turns.");
                }
            }
        }
        finally
        {
            _isRunning = false;
        }
    }

    /// <summary>Lets <paramref name="time"/> pass: runs what is due now, then each timer at its own time, and what follows from
    /// it.</summary>
    /// <param name="time">Zero or more.</param>
    /// <exception cref="InvalidOperationException">As for <see cref="RunUntilIdle"/>.</exception>
    public void Advance(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        RunUntilIdle();
        var until = _clock.Now + (time.Ticks * TimeSpan.NanosecondsPerTick);
        while (NextTimerAt is { } next && next <= until)
        {
            _clock.Now = Math.Max(_clock.Now, next - 1);
            RunUntilIdle();
        }

        _clock.Now = Math.Max(_clock.Now, until);
        RunUntilIdle();
    }

    /// <summary>Lets time pass until the next timer of any loop.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryAdvanceToNextTimer()
    {
        RunUntilIdle();
        if (NextTimerAt is not { } next)
        {
            return false;
        }

        _clock.Now = Math.Max(_clock.Now, next - 1);
        RunUntilIdle();
        return true;
    }

    private long? NextTimerAt => _loops.Min(loop => loop.NextTimerAt);

    private bool TryTurnEach()
    {
        var hasTurned = false;
        foreach (var loop in _loops.ToArray())
        {
            hasTurned |= loop.TryTurn();
        }

        return hasTurned;
    }
}
