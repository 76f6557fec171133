using System.IO.Compression;

namespace Parallax.Recording.Har;

/// <summary>The files that a HAR file names as its bodies: beside it, or in the same zip.</summary>
/// <remarks>The author of the HAR file chose the names, so nothing outside of its folder is read, and no more than
/// <see cref="MaxBytes"/> of any file. Thread safety: none.</remarks>
internal sealed class HarFiles : IDisposable
{
    /// <summary>A larger body counts as not there: a few octets of a zip can stand for very many.</summary>
    public const int MaxBytes = 128 << 20;

    private readonly string? _folder;
    private readonly ZipArchive? _archive;

    private HarFiles(string? folder, ZipArchive? archive) => (_folder, _archive) = (folder, archive);

    /// <summary>No files at all.</summary>
    public static HarFiles None { get; } = new(null, null);

    /// <summary>Those beside a HAR file.</summary>
    public static HarFiles Beside(string path) => new(Path.GetDirectoryName(Path.GetFullPath(path)), null);

    /// <summary>Those in a zip.</summary>
    /// <param name="archive">Disposed of with the files.</param>
    public static HarFiles In(ZipArchive archive) => new(null, archive);

    /// <summary>Reads a file.</summary>
    /// <param name="name">As the HAR file has it.</param>
    /// <returns>Null when it is not there, may not be read, is too large or lies outside of the folder.</returns>
    public byte[]? Read(string name)
    {
        try
        {
            return _archive is not null ? Read(_archive.GetEntry(name.Replace('\\', '/')))
                : _folder is not null && PathOf(_folder, name) is { } path ? ReadFile(path)
                : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or InvalidDataException
            or NotSupportedException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _archive?.Dispose();

    private static byte[]? Read(ZipArchiveEntry? entry)
    {
        if (entry is null || entry.Length > MaxBytes)
        {
            return null;
        }

        using var octets = entry.Open();
        return ReadBounded(octets);
    }

    // A pipe or a device says that it has no octets, and is not opened.
    private static byte[]? ReadFile(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length > MaxBytes)
        {
            return null;
        }

        using var octets = file.Length == 0 ? Stream.Null : file.OpenRead();
        return ReadBounded(octets);
    }

    // What a directory of a zip says about a length may be a lie.
    private static byte[]? ReadBounded(Stream octets)
    {
        var body = new MemoryStream();
        var piece = new byte[1 << 16];
        while (octets.Read(piece) is > 0 and var read)
        {
            body.Write(piece, 0, read);
            if (body.Length > MaxBytes)
            {
                return null;
            }
        }

        return body.ToArray();
    }

    /// <summary>Null when it leads out of the folder: by its name, or by a link on the way.</summary>
    private static string? PathOf(string folder, string name)
    {
        var path = Path.GetFullPath(Path.Combine(folder, name.Replace('\\', '/')));
        var inside = Path.GetRelativePath(folder, path);
        if (Path.IsPathRooted(inside) || inside == "." || inside.Split(Path.DirectorySeparatorChar).Contains(".."))
        {
            return null;
        }

        var at = folder;
        foreach (var part in inside.Split(Path.DirectorySeparatorChar))
        {
            at = Path.Combine(at, part);
            if (new FileInfo(at).LinkTarget is not null)
            {
                return null;
            }
        }

        return path;
    }
}
