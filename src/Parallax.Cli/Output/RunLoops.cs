using Parallax.Reactor.Connections;
using Parallax.Reactor.Loops;

namespace Parallax.Cli.Output;

/// <summary>The event loops of a run, and the faults of the program itself on them. Each fault is counted and said in one line, a few a
/// minute. A run that had one has failed.</summary>
/// <remarks>Ownership: <see cref="Dispose"/> says what was only counted; the loops belong to their users. Thread safety: any
/// thread.</remarks>
/// <param name="say">Writes a line.</param>
/// <param name="clock">Where time comes from.</param>
internal sealed class RunLoops(Action<string> say, TimeProvider clock) : IDisposable
{
    private readonly LineLimiter _limiter = new(say, clock);
    private long _faults;

    /// <summary>Faults so far.</summary>
    public long Faults => Volatile.Read(ref _faults);

    /// <summary>The clock of every loop it makes.</summary>
    public TimeProvider Clock => clock;

    /// <summary>Told of each loop made, before it starts.</summary>
    public Action<IEventLoop> OnCreated { get; init; } = static _ => { };

    /// <summary>Those of a process whose faults are said on standard error.</summary>
    public static RunLoops OfProcess() => new(line => Console.Error.WriteLine($"parallax: {line}"), TimeProvider.System);

    /// <summary>Makes a loop; it is not started.</summary>
    /// <param name="name">Names the loop and its thread.</param>
    public IEventLoop Create(string name)
    {
        var loop = EventLoop.Create(name, OnFault, clock);
        OnCreated(loop);
        return loop;
    }

    /// <summary>A handler or callback of a loop threw. For loops that others make.</summary>
    public void OnFault(Exception fault)
    {
        Interlocked.Increment(ref _faults);
        _limiter.SayFault("fault", fault);
    }

    /// <summary>The exit code of a run that would end with <paramref name="code"/> if there were no faults.</summary>
    public int ExitCodeOr(int code) => Faults > 0 ? ExitCode.Failed : code;

    public void Dispose() => _limiter.Dispose();
}
