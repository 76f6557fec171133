using System.Text;
using System.Text.Unicode;

namespace Parallax.Recording.Requests;

/// <summary>Writes a .http file, as editors send requests from: JetBrains' HTTP client, the REST client of VS Code, Visual
/// Studio.</summary>
/// <remarks>What those would take for something else is left out: content that is not text, that begins like the name of a file, or holds
/// a separator or a variable. Thread safety: none.</remarks>
/// <param name="stream">Where to; disposed of with the writer.</param>
public sealed class HttpFileWriter(Stream stream) : RequestWriter(stream)
{
    private bool _hasBegun;

    private protected override bool TryWrite(
        string title, string method, string url, IReadOnlyList<(string Name, string Value)> fields, ReadOnlySpan<byte> content)
    {
        if (!Utf8.IsValid(content) || content.Contains((byte)0))
        {
            return false;
        }

        var body = Encoding.UTF8.GetString(content);
        if (body.Split('\n').Any(IsForTheEditor) || HasVariable(body) || HasVariable(url) || fields.Any(field => HasVariable(field.Value)))
        {
            return false;
        }

        Output.Write($"{(_hasBegun ? "\n" : "")}### {title}\n{method} {url}\n");
        _hasBegun = true;
        foreach (var (name, value) in fields)
        {
            Output.Write($"{name}: {value}\n");
        }

        Output.Write(body.Length > 0 ? $"\n{body}\n" : "");
        return true;
    }

    // A separator, the name of a file whose content is sent, or of a script.
    private static bool IsForTheEditor(string line) =>
        line.StartsWith("###", StringComparison.Ordinal)
        || (line.Length > 1 && line[0] is '<' or '>' && line[1] is ' ' or '\t' or '@' or '{' or '>');

    private static bool HasVariable(string text) => text.Contains("{{", StringComparison.Ordinal);
}
