namespace Parallax.Proxy.Configuration;

/// <summary>One document's text, before it is parsed.</summary>
/// <param name="Text">Its lines, the marker before them included.</param>
/// <param name="LinesBefore">How many lines of the file stand before it.</param>
internal readonly record struct DocumentPart(string Text, int LinesBefore);

/// <summary>Cuts a YAML file into its documents, so that a fault in one leaves the others readable.</summary>
internal static class DocumentParts
{
    /// <summary>Cuts at every line that begins with <c>---</c>, which nothing inside a document may (YAML 1.2 §9.1.2).</summary>
    public static IEnumerable<DocumentPart> Split(string text)
    {
        var start = 0;
        var lineOfStart = 0;
        var line = 0;
        var hasContent = false;
        for (var at = 0; at < text.Length; line++)
        {
            var end = text.IndexOf('\n', at);
            end = end < 0 ? text.Length : end + 1;
            var isMarker = IsMarker(text.AsSpan(at, end - at));

            // What stands before the first marker may be directives that belong to it.
            if (isMarker && hasContent)
            {
                yield return new(text[start..at], lineOfStart);
                (start, lineOfStart) = (at, line);
            }

            hasContent |= isMarker || IsContent(text.AsSpan(at, end - at));
            at = end;
        }

        if (start < text.Length)
        {
            yield return new(text[start..], lineOfStart);
        }
    }

    private static bool IsMarker(ReadOnlySpan<char> line) =>
        line.StartsWith("---") && (line.Length == 3 || char.IsWhiteSpace(line[3]));

    private static bool IsContent(ReadOnlySpan<char> line)
    {
        var trimmed = line.Trim();
        return !trimmed.IsEmpty && trimmed[0] is not ('#' or '%');
    }
}
