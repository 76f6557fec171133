using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Parallax.Cli.CommandLine;

/// <summary>Turns Ctrl-C, SIGTERM and SIGQUIT (nginx's word for it) into an orderly stop, and so the end of the terminal it was started
/// from. A second one ends the process at once, unless it comes with the first: who signals a process and then its group, as
/// <c>timeout</c> does, means it once.</summary>
/// <remarks>Thread safety: any thread may read.</remarks>
internal sealed class StopSignals : IDisposable
{
    private static readonly TimeSpan s_together = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations;
    private readonly Terminal _terminal = new();
    private long _firstAt;

    public StopSignals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGQUIT, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnHangUp),
    ];

    public CancellationToken Token => _stop.Token;

    /// <summary>True after Ctrl-C; SIGTERM is a supervisor's ordinary way to end a service and no interruption.</summary>
    public bool IsInterrupted { get; private set; }

    /// <summary>Stops now.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>Stops by itself after <paramref name="time"/>.</summary>
    public void StopAfter(TimeSpan time) => _stop.CancelAfter(time);

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _stop.Dispose();
    }

    // Without a terminal that went it is a request to read or open things again, see RotationSignals.
    private void OnHangUp(PosixSignalContext context)
    {
        context.Cancel = true;
        if (OperatingSystem.IsWindows() || _terminal.HasGone)
        {
            _stop.Cancel();
        }
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (Interlocked.CompareExchange(ref _firstAt, Stopwatch.GetTimestamp(), 0) is not 0 and var first)
        {
            context.Cancel = Stopwatch.GetElapsedTime(first) < s_together;
            return;
        }

        context.Cancel = true;
        IsInterrupted = context.Signal == PosixSignal.SIGINT;
        _stop.Cancel();
    }
}
