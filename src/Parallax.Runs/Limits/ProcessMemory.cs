using Parallax.Runs.Running;

namespace Parallax.Runs.Limits;

/// <summary>The memory of this process: how much its heap may take.</summary>
/// <remarks>Thread safety: any thread.</remarks>
public static class ProcessMemory
{
    /// <summary>The least that can be asked for, in bytes.</summary>
    public const long MinBytes = 128L << 20;

    // What the runtime, its code and its threads take besides the heap.
    private const long RuntimeBytes = 64L << 20;

    /// <summary>The most the heap may be, in bytes: three quarters of a container's memory, or as the runtime was told; all of the
    /// machine's otherwise.</summary>
    public static long HeapBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Has the runtime keep its heap so small that the process stays below this.</summary>
    /// <exception cref="RunException">The heap is larger already.</exception>
    public static void Limit(long bytes)
    {
        AppContext.SetData("GCHeapHardLimit", (ulong)(bytes - Math.Max(RuntimeBytes, bytes / 4)));
        try
        {
            GC.RefreshMemoryLimit();
        }
        catch (InvalidOperationException fault)
        {
            throw new RunException($"--memory-limit: the runtime cannot keep to {bytes >> 20} MiB ({fault.Message}); give it more");
        }
    }
}
