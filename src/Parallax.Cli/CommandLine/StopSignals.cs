using System.Diagnostics;
using System.Runtime.InteropServices;
using Parallax.Runs.Running;

namespace Parallax.Cli.CommandLine;

/// <summary>Turns Ctrl-C, SIGTERM and SIGQUIT (nginx's word for it) into an orderly stop, and so the end of the terminal it was started
/// from. A second one ends the process at once, unless it comes with the first: who signals a process and then its group, as
/// <c>timeout</c> does, means it once. What hangs then is left behind: see <see cref="RunEnd"/>.</summary>
/// <remarks>Thread safety: any thread may read.</remarks>
internal sealed class StopSignals : IDisposable
{
    private static readonly TimeSpan s_together = TimeSpan.FromMilliseconds(500);

    private readonly List<PosixSignalRegistration> _registrations;
    private readonly Terminal _terminal = new();
    private long _firstAt;

    /// <param name="grace">Time for what is in flight when the run is to end.</param>
    /// <param name="delay">Time before that, in which a proxy still listens.</param>
    public StopSignals(TimeSpan grace, TimeSpan delay = default)
    {
        End = new(grace, TimeProvider.System, ForceEnd, delay);
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnHangUp),
        ];
    }

    /// <summary>The end of the run, which signals bring about.</summary>
    public RunEnd End { get; }

    public CancellationToken Token => End.Token;

    /// <summary>True after Ctrl-C; SIGTERM is a supervisor's ordinary way to end a service and no interruption.</summary>
    public bool IsInterrupted { get; private set; }

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        End.Dispose();
    }

    // Without a terminal that went it is a request to read or open things again, see RotationSignals.
    private void OnHangUp(PosixSignalContext context)
    {
        context.Cancel = true;
        if (OperatingSystem.IsWindows() || _terminal.HasGone)
        {
            End.Stop();
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
        End.Stop();
    }

    private void ForceEnd()
    {
        Console.Error.WriteLine("parallax: the run does not end: a pipe, disk or program it waits for hangs; what was not written is lost");
        Environment.Exit(IsInterrupted ? ExitCode.Interrupted : ExitCode.Failed);
    }
}
