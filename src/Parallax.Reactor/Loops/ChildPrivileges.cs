using System.Runtime.InteropServices;

namespace Parallax.Reactor.Loops;

/// <summary>Keeps privileges from programs that are started: a capture may have been given CAP_NET_RAW, a middleware was not.</summary>
/// <remarks>Both attributes belong to a thread, and a child has those of the thread that started it (capabilities(7), prctl(2)). Thread
/// safety: acts on the calling thread.</remarks>
public static partial class ChildPrivileges
{
    private const int SetNoNewPrivileges = 38;
    private const int Ambient = 47;
    private const nuint ClearAll = 4;

    /// <summary>What this thread starts from now on has no ambient capabilities, and gains nothing from set-user-ID programs or file
    /// capabilities. Nothing changes for this process. Does nothing on other systems than Linux.</summary>
    public static void Withhold()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Control(Ambient, ClearAll, 0, 0, 0);
            _ = Control(SetNoNewPrivileges, 1, 0, 0, 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Control(int option, nuint second, nuint third, nuint fourth, nuint fifth);
}
