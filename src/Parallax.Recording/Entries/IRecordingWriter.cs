namespace Parallax.Recording.Entries;

/// <summary>Writes a recording, entry by entry.</summary>
/// <remarks>Thread safety: none.</remarks>
public interface IRecordingWriter : IDisposable
{
    /// <summary>Writes an entry.</summary>
    /// <returns>False when the format cannot carry it; nothing was written then.</returns>
    /// <exception cref="IOException">The file cannot be written.</exception>
    bool TryWrite(in RecordedEntry entry);

    /// <summary>Writes what the end of the file needs; nothing may be written after it. Without it the file stays as far as it was
    /// written.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    void Finish();
}
