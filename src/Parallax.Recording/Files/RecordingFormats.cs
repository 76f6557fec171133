using System.IO.Compression;
using System.Text;
using Parallax.Recording.Entries;
using Parallax.Recording.Gor;
using Parallax.Recording.Har;
using Parallax.Recording.JsonLines;
using Parallax.Recording.Plx;
using Parallax.Recording.Requests;
using Parallax.Traffic.Contents;
using Parallax.Wire;

namespace Parallax.Recording.Files;

/// <summary>The formats of recordings there are.</summary>
public enum RecordingFormat
{
    /// <summary>Our own.</summary>
    Plx,

    /// <summary>GoReplay's.</summary>
    Gor,

    /// <summary>HTTP Archive 1.2.</summary>
    Har,

    /// <summary>One JSON object a line.</summary>
    JsonLines,

    /// <summary>A shell script of curl commands; only written.</summary>
    Curl,

    /// <summary>Requests as editors send them; only written.</summary>
    Http,
}

/// <summary>Opens recordings of any format, and creates them by the ending of their name.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class RecordingFormats
{
    /// <summary>The endings that can be written, as people would write them.</summary>
    public const string Endings = ".plx, .gor, .har, .jsonl, .curl or .http, each but the first also with .gz after it";

    private const int MaxNamesShown = 5;

    private const int BufferBytes = 1 << 17;
    private const int BeginBytes = 512;

    /// <summary>The format that a name's ending stands for; null when it stands for none.</summary>
    public static RecordingFormat? OfName(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var name = path.EndsWith(RecordingNames.Unfinished, StringComparison.OrdinalIgnoreCase) ? path[..^RecordingNames.Unfinished.Length]
            : IsGzip(path) ? path[..^".gz".Length]
            : path;
        return Path.GetExtension(name).ToLowerInvariant() switch
        {
            ".plx" => RecordingFormat.Plx,
            ".gor" => RecordingFormat.Gor,
            ".har" => RecordingFormat.Har,
            ".jsonl" or ".ndjson" => RecordingFormat.JsonLines,
            ".curl" => RecordingFormat.Curl,
            ".http" => RecordingFormat.Http,
            _ => null,
        };
    }

    /// <summary>The format of a file, by its first octets or else its name; null when it is not a recording, or cannot be read.</summary>
    public static RecordingFormat? OfFile(string path)
    {
        try
        {
            using var file = OpenFile(path, out var isGzip);
            return Of(Begin(file, path, isGzip, stackalloc byte[BeginBytes]), path);
        }
        catch (Exception fault) when (fault is RecordingException or IOException or InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Opens a recording; what it is shows in its first octets, else in its name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="range">What is wanted of it: a format with an index leaves out the rest unread, others give everything.</param>
    /// <exception cref="RecordingException">There is no such file, it cannot be read, or it is not a recording.</exception>
    public static CheckedEntries Open(string path, TimeRange range = default)
    {
        var file = OpenFile(path, out var isGzip);
        try
        {
            var begin = Begin(file, path, isGzip, stackalloc byte[BeginBytes]);
            var gzip = isGzip ? new CheckedGzipStream(file, begun: default) : null;
            return new(ReaderOf(file, gzip, begin, path, range), gzip, path);
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException)
        {
            file.Dispose();
            throw new RecordingException($"{path}: cannot be read: {fault.Message}", fault);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static IRecordingReader ReaderOf(
        FileStream file, CheckedGzipStream? gzip, ReadOnlySpan<byte> begin, string path, TimeRange range)
    {
        Stream plain = gzip is null ? file : gzip;
        return Of(begin, path) switch
        {
            _ when begin.IsEmpty => throw new RecordingException($"{path}: is empty; a recording was expected"),
            RecordingFormat.Plx => gzip is not null ? new PlxReader(gzip, path) : new PlxReader(file, path, range),
            RecordingFormat.Gor => new GorReader(plain, path),
            RecordingFormat.JsonLines => new JsonLinesReader(Utf8(plain, begin), path),
            RecordingFormat.Har when IsZip(begin) => OpenZip(file, path),
            RecordingFormat.Har => new HarReader(Utf8(plain, begin), path, HarFiles.Beside(path)),
            _ => throw new RecordingException($"{path}: is not a recording; {RecordingLimits.Readable}"),
        };
    }

    /// <summary>When the first exchange of a recording began, as far as its index tells; not known where it has none.</summary>
    /// <exception cref="RecordingException">There is no such file, or it cannot be read.</exception>
    public static Timestamp BeginOf(string path)
    {
        using var file = OpenFile(path, out var isGzip);
        try
        {
            return isGzip ? default : PlxIndex.ReadStored(file)?.Earliest ?? default;
        }
        catch (IOException fault)
        {
            throw new RecordingException($"{path}: cannot be read: {fault.Message}", fault);
        }
    }

    /// <summary>Makes a writer for a stream.</summary>
    /// <param name="stream">Where to; disposed of with the writer.</param>
    /// <param name="format">Which format.</param>
    /// <param name="isGzip">True compresses the whole; not for <see cref="RecordingFormat.Plx"/>, which compresses its blocks.</param>
    /// <param name="options">For .plx files.</param>
    /// <param name="clock">For .plx files.</param>
    public static IRecordingWriter Create(Stream stream, RecordingFormat format, bool isGzip, PlxOptions options, TimeProvider clock)
    {
        var to = isGzip && format != RecordingFormat.Plx ? new GZipStream(stream, CompressionLevel.Fastest) : stream;
        return format switch
        {
            RecordingFormat.Plx => new PlxWriter(to, options, clock),
            RecordingFormat.Gor => new GorWriter(to),
            RecordingFormat.Har => new HarWriter(to),
            RecordingFormat.JsonLines => new JsonLinesWriter(to),
            RecordingFormat.Curl => new CurlWriter(to),
            RecordingFormat.Http => new HttpFileWriter(to),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "There is no such format."),
        };
    }

    /// <summary>True when the name says that the whole file is compressed.</summary>
    public static bool IsGzip(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
    }

    // JSON lines of other programs begin like HAR.
    private static RecordingFormat? Of(ReadOnlySpan<byte> begin, string path) =>
        (OfOctets(begin), OfName(path)) is (RecordingFormat.Har, RecordingFormat.JsonLines) ? RecordingFormat.JsonLines
        : OfOctets(begin) ?? OfName(path);

    private static RecordingFormat? OfOctets(ReadOnlySpan<byte> begin)
    {
        var text = begin.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? begin[3..] : begin;
        text = text.TrimStart(" \t\r\n"u8);
        return begin.StartsWith(PlxFileHeader.Magic) ? RecordingFormat.Plx
            : begin.Length > 1 && begin[0] is >= (byte)GorKind.Request and <= (byte)GorKind.ShadowResponse && begin[1] == (byte)' '
                ? RecordingFormat.Gor
            : text.StartsWith("{\"schema\":"u8) || text.StartsWith("{\"id\":"u8) || IsLine(text) ? RecordingFormat.JsonLines
            : text.StartsWith("{"u8) || IsUtf16(begin) || IsZip(begin) ? RecordingFormat.Har
            : null;
    }

    // Whatever the order and the blanks that another program gave its properties.
    private static bool IsLine(ReadOnlySpan<byte> text) => text.StartsWith("{"u8)
        && (text.IndexOf("\"kind\":\"exchange\""u8) >= 0 || text.IndexOf("\"kind\": \"exchange\""u8) >= 0);

    private static bool IsZip(ReadOnlySpan<byte> begin) => begin.StartsWith("PK\u0003\u0004"u8);

    // What PowerShell writes with ">".
    private static bool IsUtf16(ReadOnlySpan<byte> begin) => begin is [0xFF, 0xFE, (byte)'{', 0, ..] or [0xFE, 0xFF, 0, (byte)'{', ..];

    private static Stream Utf8(Stream octets, ReadOnlySpan<byte> begin) => IsUtf16(begin)
        ? Encoding.CreateTranscodingStream(octets, begin[0] == 0xFF ? Encoding.Unicode : Encoding.BigEndianUnicode, Encoding.UTF8)
        : octets;

    // Playwright's is called har.har; beside it are the bodies.
    private static HarReader OpenZip(FileStream file, string path)
    {
        var archive = new ZipArchive(file, ZipArchiveMode.Read);
        var names = archive.Entries.Select(entry => entry.FullName)
            .Where(name => name.EndsWith(".har", StringComparison.OrdinalIgnoreCase)).Take(MaxNamesShown).ToList();
        var name = names.Contains("har.har") ? "har.har" : names.Count == 1 ? names[0] : null;
        return name is not null ? new(archive.GetEntry(name)!.Open(), path, HarFiles.In(archive))
            : throw new RecordingException(names.Count == 0
                ? $"{path}: is a zip without a .har file; {RecordingLimits.Readable}"
                : $"{path}: holds several .har files ({string.Join(", ", names)}); unpack it and name one");
    }

    private static ReadOnlySpan<byte> Begin(FileStream file, string path, bool isGzip, Span<byte> begin)
    {
        using var gzip = isGzip ? new CheckedGzipStream(file, begun: default, leaveOpen: true) : null;
        var read = (gzip ?? (Stream)file).ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false);
        file.Position = 0;
        return read == 0 && gzip?.Problem is { } problem ? throw new RecordingException($"{path}: {problem}") : begin[..read];
    }

    private static FileStream OpenFile(string path, out bool isGzip)
    {
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BufferBytes);
            isGzip = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            if (!file.CanSeek)
            {
                file.Dispose();
                throw new RecordingException($"{path}: is not a file that can be read from its beginning again; write it to a file first");
            }

            file.Position = 0;
            return file;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            var why = fault is FileNotFoundException or DirectoryNotFoundException ? "no such file"
                : Directory.Exists(path) ? "is a folder, not a recording" : "may not be read";
            throw new RecordingException($"{path}: {why}", fault);
        }
    }
}
