using Parallax.Recording.Entries;

namespace Parallax.Recording.Plx;

/// <summary>Makes a .plx file whose writer was killed, or one that was closed, writable again.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class PlxRecovery
{
    /// <summary>Goes on with a file after its last whole block. A torn tail is cut off, and so are index and footer.</summary>
    /// <param name="file">The file, for reading and writing; the writer disposes of it.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="options">How to write on; the header stays as it is.</param>
    /// <param name="cutBytes">Bytes of the torn tail that was cut off.</param>
    /// <exception cref="RecordingException">It is no .plx file of our version, or its header is damaged.</exception>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public static PlxWriter Append(Stream file, string name, PlxOptions options, out long cutBytes)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(options);
        file.Position = 0;
        var scanner = new PlxScanner(file, name);
        if (scanner.Header is not { } header)
        {
            throw new RecordingException($"{name}: its header is damaged; parallax convert reads what is left into a new file");
        }

        if (header.Redaction != options.Redaction)
        {
            throw new RecordingException($"{name}: holds {Name(header.Redaction)} entries, these would be {Name(options.Redaction)}; "
                + "write them to another file");
        }

        var index = new PlxIndex();
        var end = (long)PlxFileHeader.Length;
        var known = end;
        while (scanner.TryNext(out var block, out var stored))
        {
            index.Add(scanner.BlockOffset, block);
            known = scanner.BlockOffset + PlxBlockHeader.Length + stored.Count;
            end = block.Kind == PlxBlockKind.Index ? end : known;
        }

        cutBytes = Math.Max(0, file.Length - known - (scanner.IsClosed ? PlxFooter.Length : 0));
        file.SetLength(end);
        file.Position = end;
        return new(file, options, header.Tag, index, end);
    }

    private static string Name(RedactionState state) => state == RedactionState.Raw ? "raw" : "redacted";
}
