using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Parallax.Recording.Files;

/// <summary>The names of the files of one recording: a path with places for the time, and a number where a name is taken.</summary>
/// <remarks>Thread safety: immutable.</remarks>
internal sealed class RecordingNames
{
    /// <summary>What a file is called while it is being written, after its name.</summary>
    public const string Unfinished = ".part";

    private static readonly (string Place, string Format)[] Places =
        [("%Y", "yyyy"), ("%m", "MM"), ("%d", "dd"), ("%H", "HH"), ("%M", "mm"), ("%S", "ss")];

    private readonly string _stem;
    private readonly string _extension;
    private readonly Regex _ours;

    private RecordingNames(string path)
    {
        var full = Path.GetFullPath(path);
        _extension = Path.GetExtension(full);
        _stem = full[..^_extension.Length];
        Folder = Path.GetDirectoryName(full)!;
        _ours = new($"^{PatternOf(Path.GetFileName(_stem))}(-[0-9]+)?{Regex.Escape(_extension)}$", RegexOptions.CultureInvariant);
    }

    /// <summary>The folder of all of them.</summary>
    public string Folder { get; }

    /// <summary>Reads a path.</summary>
    /// <param name="path">As the user wrote it.</param>
    /// <param name="names">The names it stands for.</param>
    /// <param name="problem">What is wrong with it and what would be right; null when nothing is.</param>
    public static bool TryParse(string path, out RecordingNames? names, out string? problem)
    {
        names = null;
        problem = path.Length == 0 ? "names no file" : ProblemOf(path);
        if (problem is not null)
        {
            return false;
        }

        names = new(path);
        if (!Directory.Exists(names.Folder))
        {
            problem = $"the folder {names.Folder} does not exist; create it first";
        }
        else if (names.Folder.Contains('%', StringComparison.Ordinal))
        {
            problem = "only the name of the file can hold % places, not its folder";
        }

        return problem is null;
    }

    /// <summary>The names to try, in turn, for a file begun at <paramref name="time"/>.</summary>
    public IEnumerable<string> CandidatesAt(DateTimeOffset time)
    {
        var stem = Expand(_stem, time);
        yield return stem + _extension;
        for (var number = 2; ; number++)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{stem}-{number}{_extension}");
        }
    }

    /// <summary>Finished files with such names, the oldest first.</summary>
    public IEnumerable<FileInfo> Finished() => new DirectoryInfo(Folder).EnumerateFiles()
        .Where(file => _ours.IsMatch(file.Name))
        .OrderBy(file => file.LastWriteTimeUtc)
        .ThenBy(file => file.Name, StringComparer.Ordinal);

    /// <summary>Files with such names that a writer left unfinished.</summary>
    public IEnumerable<FileInfo> LeftUnfinished() => new DirectoryInfo(Folder).EnumerateFiles()
        .Where(file => file.Name.EndsWith(Unfinished, StringComparison.Ordinal) && _ours.IsMatch(file.Name[..^Unfinished.Length]));

    private static string Expand(string text, DateTimeOffset time)
    {
        foreach (var (place, format) in Places)
        {
            text = text.Replace(place, time.ToString(format, CultureInfo.InvariantCulture), StringComparison.Ordinal);
        }

        return text.Replace("%%", "%", StringComparison.Ordinal);
    }

    private static string PatternOf(string name)
    {
        var pattern = new StringBuilder(Regex.Escape(name));
        foreach (var (place, format) in Places)
        {
            pattern.Replace(place, $"[0-9]{{{format.Length}}}");
        }

        return pattern.Replace("%%", "%").ToString();
    }

    private static string? ProblemOf(string path)
    {
        for (var at = path.IndexOf('%', StringComparison.Ordinal); at >= 0; at = path.IndexOf('%', at + 2))
        {
            var place = path[at..Math.Min(path.Length, at + 2)];
            if (place != "%%" && !Places.Any(each => each.Place == place))
            {
                return $"does not know {place}; there are {string.Join(' ', Places.Select(each => each.Place))} and %%";
            }

            if (at + 2 >= path.Length)
            {
                break;
            }
        }

        return Path.GetFileName(path).Length == 0 || Directory.Exists(path) ? "is a folder; name a file in it" : null;
    }
}
