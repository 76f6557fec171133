using System.Buffers;

namespace Parallax.Documents;

/// <summary>Hides the characters from the YAML parser that ended lines in YAML 1.1 and are text like any other in YAML 1.2 (§5.4): U+0085,
/// U+2028 and U+2029.</summary>
internal static class LineSeparators
{
    private const string Separators = "\u0085\u2028\u2029";

    // Private characters of Unicode that no document has any use for.
    private const string Marks = "\uF7B1\uF7B2\uF7B3";

    private static readonly SearchValues<char> Either = SearchValues.Create(Separators + Marks);

    /// <summary>The text without them.</summary>
    public static string Hide(string text) => Swap(text, Separators, Marks);

    /// <summary>The text with them again.</summary>
    public static string Show(string text) => Swap(text, Marks, Separators);

    private static string Swap(string text, string from, string to) => !text.AsSpan().ContainsAny(Either) ? text
        : string.Create(text.Length, (text, from, to), static (output, given) =>
        {
            for (var at = 0; at < output.Length; at++)
            {
                var index = given.from.IndexOf(given.text[at], StringComparison.Ordinal);
                output[at] = index < 0 ? given.text[at] : given.to[index];
            }
        });
}
