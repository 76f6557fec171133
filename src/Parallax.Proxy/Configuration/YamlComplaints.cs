using YamlDotNet.Core;

namespace Parallax.Proxy.Configuration;

/// <summary>Says in plain words what a YAML parser complains of.</summary>
internal static class YamlComplaints
{
    /// <summary>Explains an exception of the parser.</summary>
    /// <param name="text">The document's text.</param>
    /// <param name="exception">What the parser threw.</param>
    /// <param name="line">The line of <paramref name="text"/> it complains of, from 1.</param>
    public static string Explain(string text, YamlException exception, int line)
    {
        var lines = text.Split('\n');
        var indented = line >= 1 && line <= lines.Length ? lines[line - 1] : "";
        var blank = indented.Length - indented.TrimStart().Length;
        return indented.AsSpan(0, blank).Contains('\t')
            ? "the line is indented with a tab; YAML allows blanks only"
            : $"no YAML: {char.ToLowerInvariant(exception.Message.FirstOrDefault(' '))}{Rest(exception.Message)}";
    }

    private static string Rest(string message) => message.Length < 2 ? "" : message[1..].TrimEnd('.');
}
