using System.Text;
using System.Text.Unicode;

namespace Parallax.Recording.Requests;

/// <summary>Writes a shell script with a curl command for each request. curl adds nothing that the request did not have, and nothing in a
/// request is taken for a part of the script or the name of a file.</summary>
/// <remarks>Thread safety: none.</remarks>
/// <param name="stream">Where to; disposed of with the writer.</param>
public sealed class CurlWriter(Stream stream) : RequestWriter(stream)
{
    // What curl adds by itself.
    private static readonly string[] Added = ["User-Agent", "Accept"];

    private bool _hasBegun;

    private protected override bool TryWrite(
        string title, string method, string url, IReadOnlyList<(string Name, string Value)> fields, ReadOnlySpan<byte> content)
    {
        // curl reads fields from a file whose name follows an @.
        if (fields.Any(field => field.Name.StartsWith('@')) || url.Contains('\0', StringComparison.Ordinal))
        {
            return false;
        }

        Output.Write(_hasBegun ? "\n" : "#!/bin/sh\n\n");
        _hasBegun = true;
        Output.Write($"# {title}\n");

        // An argument cannot hold a NUL, and what is not UTF-8 would not survive an editor.
        var isText = Utf8.IsValid(content) && !content.Contains((byte)0);
        if (!isText)
        {
            Output.Write($"printf %s {Quoted(Convert.ToBase64String(content))} | base64 -d | ");
        }

        var isHead = method == "HEAD" && content.IsEmpty;
        Output.Write($"curl --path-as-is --globoff {(isHead ? "--head" : $"--request {Quoted(method)}")} {Quoted(url)}");
        WriteFields(fields, hasContent: !content.IsEmpty);
        if (!content.IsEmpty)
        {
            Option(isText ? "--data-raw" : "--data-binary", isText ? Encoding.UTF8.GetString(content) : "@-");
        }

        Output.Write('\n');
        return true;
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private void WriteFields(IReadOnlyList<(string Name, string Value)> fields, bool hasContent)
    {
        var names = fields.Select(field => field.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in fields)
        {
            // A name and a colon would take the field out; with a semicolon it is sent empty.
            Option("--header", value.Length > 0 ? $"{name}: {value}" : $"{name};");
        }

        foreach (var name in hasContent ? [.. Added, "Content-Type", "Expect"] : Added)
        {
            if (!names.Contains(name))
            {
                Option("--header", $"{name}:");
            }
        }

        if (names.Contains("Accept-Encoding"))
        {
            Output.Write(" \\\n  --compressed");
        }
    }

    private void Option(string name, string value) => Output.Write($" \\\n  {name} {Quoted(value)}");
}
