namespace Parallax.Traffic.Recording;

/// <summary>Reads a recording, entry by entry, in constant memory.</summary>
/// <remarks>Thread safety: none.</remarks>
public interface IRecordingReader : IDisposable
{
    /// <summary>Bytes of the file read so far, for a progress line.</summary>
    long ReadBytes { get; }

    /// <summary>What could not be read, so far.</summary>
    RecordingLosses Losses { get; }

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
public readonly record struct RecordingLosses(long LeftOutBytes, long LostEntries);
