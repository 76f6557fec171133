using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Parallax.TestKit;

/// <summary>Processor time of the calling thread, which neither other threads nor other programs make longer; where the system has no such
/// clock, the time that passes.</summary>
/// <remarks>Thread safety: any thread, each its own.</remarks>
public static class ThreadClock
{
    private const int ThreadCpuTime = 3;

    private static readonly bool HasThreadClock = OperatingSystem.IsLinux();

    /// <summary>Nanoseconds since some moment.</summary>
    public static long Nanoseconds => HasThreadClock && ClockGetTime(ThreadCpuTime, out var time) == 0
        ? (time.Seconds * 1_000_000_000) + time.Nanoseconds
        : (long)Stopwatch.GetElapsedTime(0).TotalNanoseconds;

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ClockGetTime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
