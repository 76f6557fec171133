using System.Text;
using System.Text.RegularExpressions;

namespace Parallax.Documents;

/// <summary>Rewrites what YAML allows and the parser does not take, so that the parser's limits are not the users'. No line is added or
/// taken away, so every position stays right.</summary>
/// <remarks>Used on documents that the parser refused, and on those only.</remarks>
internal static partial class YamlRepairs
{
    /// <summary>Takes the blanks out of lines that hold nothing else: lines before the first text of a block scalar (YAML 1.2 §8.1.1.1 lets
    /// them be as long as the block is indented), and lines outside of block scalars (there they say nothing, tabs included).</summary>
    /// <returns>The text; the same one when there was nothing to do.</returns>
    public static string Repair(string text)
    {
        var repaired = new StringBuilder(text.Length);
        var block = default(Block?);
        for (var at = 0; at < text.Length;)
        {
            var end = text.IndexOf('\n', at);
            end = end < 0 ? text.Length : end + 1;
            var line = text.AsSpan(at, end - at);
            var content = line.TrimEnd("\r\n");
            if (content.IsWhiteSpace())
            {
                // What stands within the text of a block is part of it.
                repaired.Append(block is { HasText: true } ? line : line[content.Length..]);
            }
            else
            {
                block = Next(block, content);
                repaired.Append(line);
            }

            at = end;
        }

        return repaired.Length == text.Length ? text : repaired.ToString();
    }

    private static Block? Next(Block? block, ReadOnlySpan<char> line)
    {
        var indentation = line.Length - line.TrimStart(' ').Length;
        return block is { } open && indentation > open.Parent ? open with { HasText = true }
            : Header().IsMatch(line) ? new Block(ParentOf(line, indentation), HasText: line[^1] is >= '1' and <= '9' || HasDigit(line))
            : null;
    }

    // Where the indentation is said, blanks beyond it are text.
    private static bool HasDigit(ReadOnlySpan<char> line)
    {
        foreach (var match in Header().EnumerateMatches(line))
        {
            return line.Slice(match.Index, match.Length).ContainsAnyInRange('1', '9');
        }

        return false;
    }

    // The column of the node that owns the block: text of the block stands to the right of it.
    private static int ParentOf(ReadOnlySpan<char> line, int column)
    {
        while (column + 1 < line.Length && line[column] is '-' or '?' && line[column + 1] == ' ')
        {
            var rest = line[column..].TrimStart("-? ");
            if (rest.IsEmpty || rest[0] is '|' or '>' or '!' or '&')
            {
                break;
            }

            column += line[column..].Length - line[(column + 1)..].TrimStart(' ').Length;
        }

        return line.StartsWith("---") ? -1 : column;
    }

    [GeneratedRegex(@"(?:^|\s)[|>](?:[+-]?[1-9]?|[1-9][+-])[ \t]*(?:\s#.*)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Header();

    private readonly record struct Block(int Parent, bool HasText);
}
