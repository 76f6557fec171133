namespace Parallax.Documents;

/// <summary>Finds the word that was meant.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class Spelling
{
    /// <summary>The known word nearest to <paramref name="word"/>, when it is near enough to be meant; else null.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        var best = known
            .Select(each => (Word: each, Distance: Distance(Plain(word), Plain(each))))
            .OrderBy(each => each.Distance)
            .FirstOrDefault();
        return best.Word is not null && best.Distance <= Math.Max(1, Math.Min(best.Word.Length, word.Length) / 3) ? best.Word : null;
    }

    /// <summary><c>did you mean "x"?</c>, or else the words there are.</summary>
    public static string Suggest(string word, IReadOnlyCollection<string> known) =>
        Nearest(word, known) is { } nearest ? $"did you mean \"{nearest}\"?"
        : known.Count == 0 ? "remove it"
        : $"known are {string.Join(", ", known)}";

    // mirror_percentage and MirrorPercentage are as near as can be.
    private static string Plain(string word) => word.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();

    /// <summary>Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).</summary>
    public static int Distance(string a, string b)
    {
        const int longest = 64;
        if (a.Length > longest || b.Length > longest)
        {
            return longest;
        }

        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                rows[i, j] = i == 0 || j == 0 ? i + j : Math.Min(
                    Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1,
                    rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
                }
            }
        }

        return rows[a.Length, b.Length];
    }
}
