using System.Runtime.InteropServices;

namespace Parallax.Cli.CommandLine;

/// <summary>Signals that .NET has no names for. Left alone, each of them ends the process.</summary>
internal static class UserSignals
{
    // SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGXFSZ and, where they exist, SIGSTKFLT and SIGPWR (signal(7)).
    private static readonly int[] OnLinux = [10, 12, 14, 26, 27, 29, 25, 16, 30];
    private static readonly int[] OnMacOS = [30, 31, 14, 26, 27, 23, 25];

    private static int[] Numbers => OperatingSystem.IsLinux() ? OnLinux : OperatingSystem.IsMacOS() ? OnMacOS : [];

    /// <summary>True where their numbers are known.</summary>
    public static bool AreKnown => Numbers.Length > 0;

    /// <summary>SIGUSR1; only where <see cref="AreKnown"/>.</summary>
    public static PosixSignal User1 => (PosixSignal)Numbers[0];

    /// <summary>Has none of them end the process from now on: an operator's signal that means nothing here must not cost production. A file
    /// that would grow beyond the limit (SIGXFSZ) is a failed write then.</summary>
    /// <returns>Dispose of it to have them do so again.</returns>
    public static IDisposable Ignore() =>
        new Registrations([.. Numbers.Select(number =>
            PosixSignalRegistration.Create((PosixSignal)number, static context => context.Cancel = true))]);

    private sealed class Registrations(IReadOnlyList<PosixSignalRegistration> all) : IDisposable
    {
        public void Dispose()
        {
            foreach (var each in all)
            {
                each.Dispose();
            }
        }
    }
}
