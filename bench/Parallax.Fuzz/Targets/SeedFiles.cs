using Parallax.TestKit;

namespace Parallax.Fuzz.Targets;

/// <summary>Inputs to begin with: those that once broke something, in testdata/corpus, and real files where they are at hand.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class SeedFiles
{
    private const int MaxRealBytes = 8 << 10;

    /// <summary>The inputs in testdata/corpus of a target.</summary>
    public static IEnumerable<byte[]> Corpus(string target)
    {
        var folder = Path.Combine(RealData.Root, "testdata", "corpus", target);
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes) : [];
    }

    /// <summary>Files of the project's test data.</summary>
    public static IEnumerable<byte[]> Ours(string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(RealData.Root, "testdata", folder), pattern, SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).Select(File.ReadAllBytes);

    /// <summary>The beginnings of a few real files; none where they are absent.</summary>
    public static IEnumerable<byte[]> Real(string folder, string pattern, int most)
    {
        if (RealData.PathOf(folder) is not { } path)
        {
            return [];
        }

        var files = Directory.EnumerateFiles(path, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        var step = Math.Max(1, files.Count / most);
        return files.Where((_, at) => at % step == 0).Take(most).Select(Begin);
    }

    private static byte[] Begin(string path)
    {
        using var file = File.OpenRead(path);
        var octets = new byte[(int)Math.Min(file.Length, MaxRealBytes)];
        file.ReadExactly(octets);
        return octets;
    }
}
