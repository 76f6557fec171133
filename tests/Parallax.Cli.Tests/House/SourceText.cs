using System.Text.RegularExpressions;

namespace Parallax.Cli.Tests.House;

/// <summary>One file: its path from the root, with slashes, and its text.</summary>
internal sealed partial record SourceText(string Path, string Text)
{
    public bool IsCSharp => Path.EndsWith(".cs");

    /// <summary>The project it belongs to: the folder below src or tests.</summary>
    public string Project => Path.Split('/') is [_, var project, _, ..] ? project : "";

    /// <summary>The folder inside the project, with slashes when it is nested; empty for files beside the project file.</summary>
    public string Folder => Path.Split('/') is [_, _, .. var folders, _] ? string.Join('/', folders) : "";

    public string[] Lines => Text.TrimEnd('\n').Split('\n');

    /// <summary>The text without comments and without what stands between quotes: what the compiler acts on.</summary>
    public string Code => CommentsAndTexts().Replace(Text, " ");

    // Raw texts first, since their quotes would be read as those of plain ones.
    [GeneratedRegex(""""
        """.*?""" | @?"(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])' | //[^\n]* | /\*.*?\*/
        """", RegexOptions.Singleline | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex CommentsAndTexts();
}
