using Parallax.Recording.Entries;
using Parallax.Recording.Redaction;

namespace Parallax.Runs.Replaying;

/// <summary>Tells what could not be read of a recording when that is closed; ends at the first request with a mark in place of a secret
/// when there is a refusal. Most formats do not say for the whole file whether they hold any.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class WatchedRecording(IRecordingReader reader, string? refusal, Action<IRecordingReader> tell) : IRecordingReader
{
    public long ReadBytes => reader.ReadBytes;

    public RecordingLosses Losses => reader.Losses;

    public IReadOnlyList<long> LeftOut => reader.LeftOut;

    public bool IsOfOneClient => reader.IsOfOneClient;

    public bool IsInOrder => reader.IsInOrder;

    public bool TryRead(out RecordedEntry entry)
    {
        var isRead = reader.TryRead(out entry);
        return isRead && refusal is not null && Redactor.HasMark(entry.Request) ? throw new RecordingException(refusal) : isRead;
    }

    public void Dispose()
    {
        tell(reader);
        reader.Dispose();
    }
}
