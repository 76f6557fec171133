using System.Runtime.InteropServices;

namespace Parallax.Reactor.Loops;

/// <summary>Keeps privileges and descriptors from programs that are started: a capture may have been given CAP_NET_RAW, a middleware was
/// not.</summary>
/// <remarks>The attributes belong to a thread, and a child has those of the thread that started it (capabilities(7), prctl(2)). .NET marks
/// every descriptor that it opens; those the process was started with are marked here (close_range(2), Linux 5.11). Thread safety: acts on
/// the calling thread, and on all descriptors.</remarks>
public static partial class ChildPrivileges
{
    private const int SetNoNewPrivileges = 38;
    private const int Ambient = 47;
    private const nuint ClearAll = 4;
    private const nint CloseRange = 436;
    private const nuint FirstDescriptor = 3;
    private const nuint CloseOnExecute = 4;

    /// <summary>What this thread starts from now on has no ambient capabilities, and gains nothing from set-user-ID programs or file
    /// capabilities; it has no descriptors but its first three. Nothing changes for this process. Does nothing on other systems
    /// than Linux.</summary>
    public static void Withhold()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Control(Ambient, ClearAll, 0, 0, 0);
            _ = Control(SetNoNewPrivileges, 1, 0, 0, 0);
            _ = Call(CloseRange, FirstDescriptor, uint.MaxValue, CloseOnExecute);
        }
    }

    // Not every C library has a function for it.
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, nuint first, nuint last, nuint flags);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Control(int option, nuint second, nuint third, nuint fourth, nuint fifth);
}
