using System.Runtime.InteropServices;

namespace Parallax.Cli.CommandLine;

/// <summary>The signals of log rotation: SIGUSR1, as nginx, Envoy and Traefik have it, or SIGHUP, as many others. SIGUSR1 also asks for the
/// account, as of tcpdump and dd.</summary>
/// <remarks>Thread safety: the call comes from a thread of the pool.</remarks>
internal sealed class RotationSignals : IDisposable
{
    private readonly IReadOnlyList<PosixSignalRegistration> _registrations = [];

    /// <param name="reopen">Has files that are open for long opened again; must not block.</param>
    /// <param name="account">Says the account as it stands.</param>
    public RotationSignals(Action reopen, Action account)
    {
        if (UserSignals.AreKnown)
        {
            _registrations =
            [
                PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
                PosixSignalRegistration.Create(UserSignals.User1, OnUser1),
            ];
        }

        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            reopen();
        }

        void OnUser1(PosixSignalContext context)
        {
            OnSignal(context);
            account();
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
