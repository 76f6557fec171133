namespace Parallax.Recording.Entries;

/// <summary>What is read of recordings, and how large it may be.</summary>
public static class RecordingLimits
{
    /// <summary>What can be read, for messages.</summary>
    public const string Readable = ".plx, .gor, .har, .jsonl, pcap and pcapng are read, plain or gzip, and .har also from a zip";

    /// <summary>The largest entry that can be stored, and so the largest content of a block of a .plx file, in bytes.</summary>
    internal const int MaxStoredBytes = 512 << 20;

    private const int MaxEntryBytesOfAnyHeap = 128 << 20;

    /// <summary>The largest entry of a text format that is read, in bytes: a sixteenth of the heap, 128 MiB at most, since a reader may
    /// have to hold it several times over.</summary>
    internal static int MaxEntryBytes => (int)Math.Min(MaxEntryBytesOfAnyHeap, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 16);

    /// <summary>The largest content of a block of a .plx file that is read, in bytes: an eighth of the heap, since its buffer grows by
    /// doubling and its entries are held once more; as large as the format allows at most.</summary>
    internal static int MaxBlockBytes =>
        (int)Math.Min(MaxStoredBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8);
}
