using Parallax.Proxy.Bounds;

namespace Parallax.Runs.Limits;

/// <summary>Shares descriptors and memory out, so that the shares together are less than there is.</summary>
/// <remarks>
/// Of the descriptors a reserve is left to the runtime, which needs one for each collection and two for each assembly it loads, to files,
/// look-ups of names, the log and the admin port. Of the rest an eighth is for shadows; of what is left then clients may have two
/// thirds, and of what they leave at least, requests that are not whole may have three quarters, so that who asks for something finds a
/// connection to the primary however many send slowly. Of the heap a quarter is for what clients hold, a quarter for copies, and an eighth
/// for connections as such; <see cref="MemoryShares"/> says what becomes of the rest. Thread safety: immutable.
/// </remarks>
/// <param name="FreeDescriptors">Descriptors that are not open yet.</param>
/// <param name="Descriptors">Descriptors that may be open.</param>
/// <param name="HeapBytes">The most the heap may be, in bytes.</param>
public sealed record ResourceShares(int FreeDescriptors, int Descriptors, long HeapBytes)
{
    /// <summary>With fewer connections for clients there is no serving.</summary>
    public const int MinConnections = 8;

    private const int MinReserve = 64;

    // epoll, its wake-up and a little for each loop, and as much for the loop of the admin port.
    private const int DescriptorsPerLoop = 3;

    // Measured: objects of a client's connection and its primary's, and the buffers that stay with them.
    private const int BytesPerConnection = 24 * 1024;

    private const long MaxCopyBytes = 256L << 20;

    /// <summary>Memory for copies, in bytes.</summary>
    public long CopyBytes => Math.Min(MaxCopyBytes, HeapBytes / 4);

    /// <summary>The limits of a proxy.</summary>
    /// <param name="loops">Its event loops.</param>
    /// <param name="listeners">Addresses it listens at.</param>
    public ResourceLimits LimitsFor(int loops, int listeners)
    {
        var reserve = Math.Max(MinReserve, Descriptors / 10);
        var free = FreeDescriptors - reserve - ((loops + 1) * DescriptorsPerLoop) - (loops * listeners);
        var shadows = Math.Max(2, free / 8);
        var sockets = free - shadows;
        var clients = (int)Math.Min(sockets * 2L / 3, HeapBytes / 8 / BytesPerConnection);
        return new ResourceLimits
        {
            MaxConnections = clients,
            MaxSockets = sockets,
            MaxUploads = Math.Max(1, (sockets - clients) / 4 * 3),
            MaxShadowConnections = shadows,
            MaxClientBytes = HeapBytes / 4,
            MaxHeapBytes = HeapBytes,
        };
    }
}
