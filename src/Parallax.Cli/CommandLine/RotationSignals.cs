using System.Runtime.InteropServices;

namespace Parallax.Cli.CommandLine;

/// <summary>The signals of log rotation: SIGUSR1, as nginx, Envoy and Traefik have it, or SIGHUP, as many others.</summary>
/// <remarks>Thread safety: the call comes from a thread of the pool.</remarks>
internal sealed class RotationSignals : IDisposable
{
    private readonly IReadOnlyList<PosixSignalRegistration> _registrations = [];

    /// <param name="reopen">Has files that are open for long opened again; must not block.</param>
    public RotationSignals(Action reopen)
    {
        if (UserSignals.AreKnown)
        {
            _registrations =
            [
                PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
                PosixSignalRegistration.Create(UserSignals.User1, OnSignal),
            ];
        }

        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            reopen();
        }
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }
}
