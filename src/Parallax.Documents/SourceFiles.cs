using System.Security.Cryptography;
using System.Text;

namespace Parallax.Documents;

/// <summary>The text of one file.</summary>
/// <param name="Name">The file as it was named, <c>-</c> for standard input.</param>
/// <param name="Text">The text, without byte order mark.</param>
public sealed record SourceFile(string Name, string Text);

/// <summary>Finds and reads the files of documents: files, folders, standard input.</summary>
/// <remarks>Thread safety: none.</remarks>
public sealed class SourceFiles(Findings findings, SourceReader reader) : IDisposable
{
    /// <summary>Largest file read, in bytes.</summary>
    public const int MaxBytes = 16 << 20;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The sources that could not be read again, so that they are what they were.</summary>
    public List<string> Kept { get; } = [];

    /// <summary>SHA-256 of everything read since the last call.</summary>
    public string TakeFingerprint() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    /// <summary>Reads every source; a folder stands for its <c>*.yaml</c> and <c>*.yml</c>, sorted, but for hidden
    /// ones (what editors keep beside a file begins with a dot).</summary>
    public IReadOnlyList<SourceFile> Read(IEnumerable<string> sources, Stream? standardInput)
    {
        var files = new List<SourceFile>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var source in sources)
        {
            foreach (var name in FilesOf(source).Where(name => seen.Add(name == "-" ? name : Path.GetFullPath(name))))
            {
                if (Read(name, standardInput) is { } file)
                {
                    files.Add(file);
                }
            }
        }

        return files;
    }

    /// <summary>Reads one file; null when it cannot be read, which is reported.</summary>
    public SourceFile? Read(string name, Stream? standardInput)
    {
        try
        {
            var octets = reader.Read(name, standardInput, MaxBytes, out var wasKept);
            if (wasKept)
            {
                Kept.Add(name);
            }

            return Decode(name, octets);
        }
        catch (Exception exception) when (
            exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            // That it became so is a change, too.
            _hash.AppendData(Encoding.UTF8.GetBytes($"{name} {exception.Message}"));
            findings.Error(
                "DOC001", Place.OfFile(name), $"cannot be read: {exception.Message}",
                "name a file that is there and may be read, or a pipe that somebody writes to");
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private List<string> FilesOf(string source)
    {
        if (source.Length == 0)
        {
            findings.Error("DOC001", Place.OfFile(source), "has no name", "name a file or folder; perhaps a variable is empty");
            return [];
        }

        if (!Directory.Exists(source))
        {
            return [source];
        }

        try
        {
            var files = Directory.EnumerateFiles(source)
                .Where(file => Path.GetExtension(file) is ".yaml" or ".yml" && Path.GetFileName(file)[0] != '.')
                .Order(StringComparer.Ordinal)
                .ToList();
            if (files.Count == 0)
            {
                findings.Error("DOC001", Place.OfFile(source), "holds no .yaml or .yml file");
            }

            return files;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            findings.Error("DOC001", Place.OfFile(source), $"cannot be read: {exception.Message}");
            return [];
        }
    }

    private SourceFile? Decode(string name, ReadOnlySpan<byte> octets)
    {
        _hash.AppendData(Encoding.UTF8.GetBytes(name));
        _hash.AppendData(octets);
        if (octets.Length > MaxBytes)
        {
            findings.Error("DOC005", Place.OfFile(name), $"has more than {MaxBytes >> 20} MiB");
            return null;
        }

        if (WideEncodingOf(octets) is { } wide)
        {
            return TextOf(name, wide, octets);
        }

        octets = octets.StartsWith(Encoding.UTF8.Preamble) ? octets[3..] : octets;
        return TextOf(name, octets);
    }

    // YAML 1.2 §5.2 allows them with a mark.
    private static Encoding? WideEncodingOf(ReadOnlySpan<byte> octets) => octets switch
    {
        [0xFF, 0xFE, 0, 0, ..] => new UTF32Encoding(bigEndian: false, byteOrderMark: true, throwOnInvalidCharacters: true),
        [0, 0, 0xFE, 0xFF, ..] => new UTF32Encoding(bigEndian: true, byteOrderMark: true, throwOnInvalidCharacters: true),
        [0xFF, 0xFE, ..] => new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true),
        [0xFE, 0xFF, ..] => new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true),
        _ => null,
    };

    private SourceFile? TextOf(string name, Encoding encoding, ReadOnlySpan<byte> octets)
    {
        try
        {
            return new(name, encoding.GetString(octets[encoding.Preamble.Length..]));
        }
        catch (DecoderFallbackException)
        {
            findings.Error("DOC002", Place.OfFile(name), $"is not {encoding.EncodingName} throughout", "save it as UTF-8");
            return null;
        }
    }

    private SourceFile? TextOf(string name, ReadOnlySpan<byte> octets)
    {
        string text;
        try
        {
            text = Strict.GetString(octets);
        }
        catch (DecoderFallbackException)
        {
            findings.Error("DOC002", PlaceOf(name, octets, ValidLength(octets)), "is not in UTF-8 from here on", "save it as UTF-8");
            return null;
        }

        var nul = octets.IndexOf((byte)0);
        if (nul >= 0)
        {
            findings.Error("DOC002", PlaceOf(name, octets, nul), "holds a NUL, so it is not text");
            return null;
        }

        // Files put one after the other have their marks in the middle.
        return new(name, text.Replace("\n\uFEFF", "\n", StringComparison.Ordinal));
    }

    private static int ValidLength(ReadOnlySpan<byte> octets)
    {
        var at = 0;
        while (at < octets.Length && Rune.DecodeFromUtf8(octets[at..], out _, out var length) == System.Buffers.OperationStatus.Done)
        {
            at += length;
        }

        return at;
    }

    private static Place PlaceOf(string name, ReadOnlySpan<byte> octets, int at) =>
        Place.OfFile(name, octets[..at].Count((byte)'\n') + 1, at - octets[..at].LastIndexOf((byte)'\n'));
}
