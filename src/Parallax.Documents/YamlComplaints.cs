using YamlDotNet.Core;

namespace Parallax.Documents;

/// <summary>Says in plain words what a YAML parser complains of.</summary>
internal static class YamlComplaints
{
    /// <summary>Explains an exception of the parser.</summary>
    /// <param name="text">The document's text.</param>
    /// <param name="exception">What the parser threw.</param>
    /// <returns>The line of the text that is at fault, from 1, and what is wrong with it.</returns>
    public static (int Line, string Message) Explain(string text, YamlException exception)
    {
        var line = (int)Math.Max(1, exception.Start.Line);
        var last = (int)Math.Max(line, exception.End.Line) + 1;

        // The parser complains of the mapping that began before the tab, however long before.
        last = exception.Message.Contains("tab", StringComparison.Ordinal) ? int.MaxValue : last;
        var tab = text.Split('\n').Index().Skip(line - 1).TakeWhile(each => each.Index < last)
            .Where(each => IsIndentedByTab(each.Item)).Take(1).ToList();
        return tab.Count > 0
            ? (tab[0].Index + 1, "the line is indented with a tab; YAML allows blanks only")
            : (line, $"no YAML: {char.ToLowerInvariant(exception.Message.FirstOrDefault(' '))}{Rest(exception.Message)}");
    }

    private static bool IsIndentedByTab(string line) => line.AsSpan(0, line.Length - line.TrimStart().Length).Contains('\t');

    private static string Rest(string message) => message.Length < 2 ? "" : message[1..].TrimEnd('.');
}
