using System.Text;

namespace Parallax.Documents;

/// <summary>One document's text, before it is parsed.</summary>
/// <param name="Text">Its lines, the marker before them included.</param>
/// <param name="LinesBefore">How many lines of the file stand before it.</param>
internal readonly record struct DocumentPart(string Text, int LinesBefore);

/// <summary>Cuts a YAML file into its documents, so that a fault in one leaves the others readable.</summary>
internal static class DocumentParts
{
    /// <summary>Cuts at every line that begins with <c>---</c> and after every one that begins with <c>...</c>, which nothing inside a
    /// document may (YAML 1.2 §9.1.2). Directives that say nothing to us are left out.</summary>
    public static IEnumerable<DocumentPart> Split(string text)
    {
        // A file of lone carriage returns has its lines all the same.
        text = text.Contains('\n', StringComparison.Ordinal) ? text : text.Replace('\r', '\n');
        var part = new StringBuilder();
        var lineOfStart = 0;
        var line = 0;
        var hasContent = false;
        for (var at = 0; at < text.Length; line++)
        {
            var end = text.IndexOf('\n', at);
            end = end < 0 ? text.Length : end + 1;
            var current = text.AsMemory(at, end - at);
            at = end;
            var isStart = IsMarker(current.Span, "---");

            // What stands before the first marker may be directives that belong to it.
            if (isStart && hasContent)
            {
                yield return new(part.ToString(), lineOfStart);
                (lineOfStart, hasContent) = (line, false);
                part.Clear();
            }

            var isEnd = IsMarker(current.Span, "...");
            hasContent |= isStart || (!isEnd && IsContent(current.Span));
            part.Append(!hasContent && IsIdleDirective(current.Span) ? "\n".AsSpan() : current.Span);
            if (isEnd)
            {
                if (hasContent)
                {
                    yield return new(part.ToString(), lineOfStart);
                }

                (lineOfStart, hasContent) = (line + 1, false);
                part.Clear();
            }
        }

        if (part.Length > 0)
        {
            yield return new(part.ToString(), lineOfStart);
        }
    }

    /// <summary>Cuts JSON objects that stand one after the other without markers, as <c>jq</c> writes them and <c>kubectl</c> takes
    /// them.</summary>
    /// <returns>The objects, each at the column it stood at; nothing when the text is no such thing.</returns>
    public static IReadOnlyList<DocumentPart> SplitObjects(DocumentPart whole)
    {
        var parts = new List<DocumentPart>();
        var (start, line, column, depth, lineOfStart) = (0, whole.LinesBefore, 0, 0, whole.LinesBefore);
        var isQuoted = false;
        for (var at = 0; at < whole.Text.Length; at++)
        {
            var each = whole.Text[at];
            if (depth == 0 && each is not ('{' or ' ' or '\t' or '\r' or '\n'))
            {
                return [];
            }

            if (depth == 0 && each == '{')
            {
                (start, lineOfStart) = (at, line);
            }

            at += isQuoted && each == '\\' ? 1 : 0;
            isQuoted ^= each == '"';
            depth += isQuoted ? 0 : each switch { '{' => 1, '}' => -1, _ => 0 };
            (line, column) = each == '\n' ? (line + 1, 0) : (line, column + 1);
            if (each == '}' && depth == 0)
            {
                var text = whole.Text[start..(at + 1)];
                var length = text.Contains('\n', StringComparison.Ordinal) ? 0 : Math.Max(0, column - text.Length);
                parts.Add(new(new string(' ', length) + text, lineOfStart));
            }
        }

        return depth == 0 && parts.Count > 1 ? parts : [];
    }

    private static bool IsMarker(ReadOnlySpan<char> line, string marker) =>
        line.StartsWith(marker) && (line.Length == 3 || char.IsWhiteSpace(line[3]));

    private static bool IsContent(ReadOnlySpan<char> line)
    {
        var trimmed = line.Trim();
        return !trimmed.IsEmpty && trimmed[0] is not ('#' or '%');
    }

    // Of %YAML only another major version matters (YAML 1.2 §6.8.1), and directives that are not known are to be passed over (§6.8).
    private static bool IsIdleDirective(ReadOnlySpan<char> line) =>
        line.StartsWith("%") && !line.StartsWith("%TAG ") && (!line.StartsWith("%YAML ") || line[6..].TrimStart().StartsWith("1."));
}
