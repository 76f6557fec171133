namespace Parallax.Recording.Entries;

/// <summary>Reads a recording, entry by entry, in constant memory.</summary>
/// <remarks>Thread safety: none.</remarks>
public interface IRecordingReader : IDisposable
{
    /// <summary>Bytes of the file read so far, for a progress line.</summary>
    long ReadBytes { get; }

    /// <summary>What could not be read, so far.</summary>
    RecordingLosses Losses { get; }

    /// <summary>What was left out, or given as incomplete, because of what the file is; indexed by <see cref="LeftOutReason"/>. Empty for a
    /// format that leaves out nothing.</summary>
    IReadOnlyList<long> LeftOut => [];

    /// <summary>True when the entries come from one client whose address the file does not tell, such as a browser: what one connection
    /// was given, another may use. False by default.</summary>
    bool IsOfOneClient => false;

    /// <summary>True when the entries of a connection come in the order of their requests, though nothing numbers them. False by default:
    /// then their times say the order.</summary>
    bool IsInOrder => false;

    /// <summary>Reads the next entry.</summary>
    /// <param name="entry">Its views are valid until the next call.</param>
    /// <returns>False at the end of the recording.</returns>
    /// <exception cref="RecordingException">It turns out to be no recording of its format.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    bool TryRead(out RecordedEntry entry);
}

/// <summary>What of a recording could not be read.</summary>
/// <param name="LeftOutBytes">Bytes that are damaged, or the torn end of a file whose writer was killed.</param>
/// <param name="LostEntries">Entries among them, as far as the format tells.</param>
/// <remarks>Thread safety: an immutable value.</remarks>
public readonly record struct RecordingLosses(long LeftOutBytes, long LostEntries)
{
    /// <summary>What is wrong with a compressed file, for people: nobody knows how much came after it. Null while nothing is.</summary>
    public string? Problem { get; init; }

    /// <summary>The losses of two files.</summary>
    public static RecordingLosses operator +(RecordingLosses one, RecordingLosses other) =>
        new(one.LeftOutBytes + other.LeftOutBytes, one.LostEntries + other.LostEntries) { Problem = one.Problem ?? other.Problem };
}
