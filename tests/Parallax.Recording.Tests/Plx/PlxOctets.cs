using Parallax.Recording.Entries;
using Parallax.Recording.Plx;
using Parallax.Recording.Tests.Files;

namespace Parallax.Recording.Tests.Plx;

/// <summary>Writes and reads .plx files in memory.</summary>
internal static class PlxOctets
{
    public static byte[] Write(IEnumerable<StoredEntry> entries, PlxOptions? options = null, bool finish = true)
    {
        var file = new MemoryStream();
        using var writer = new PlxWriter(file, options ?? new() { BlockBytes = 4096 }, TimeProvider.System);
        foreach (var entry in entries)
        {
            Assert.True(writer.TryWrite(entry.View));
        }

        if (finish)
        {
            writer.Finish();
        }

        return file.ToArray();
    }

    public static List<StoredEntry> Read(byte[] file) => Read(file, out _, out _);

    public static List<StoredEntry> Read(byte[] file, out RecordingLosses losses, out bool wasClosed)
    {
        using var reader = new PlxReader(new MemoryStream(file), "test.plx");
        var entries = All(reader);
        (losses, wasClosed) = (reader.Losses, reader.WasClosed);
        return entries;
    }

    public static List<StoredEntry> All(IRecordingReader reader)
    {
        var entries = new List<StoredEntry>();
        while (reader.TryRead(out var entry))
        {
            entries.Add(StoredEntry.Of(entry));
        }

        return entries;
    }
}
