using System.Globalization;

namespace Parallax.Proxy.Configuration;

/// <summary>A node of a document and the path that leads to it: what a finding points at.</summary>
/// <param name="Path">From the document's root: <c>spec.http[0].mirror</c>; empty for the root.</param>
/// <param name="Node">The node.</param>
internal readonly record struct Place(string Path, DocumentNode Node)
{
    /// <summary>Where it stands.</summary>
    public SourcePosition Position => Node.Position;

    /// <summary>A field of it; where the field is missing, the place of the mapping that should have it.</summary>
    public Place Of(string key) => new(
        Path.Length == 0 ? key : $"{Path}.{key}",
        Node is MapNode map && map.TryGet(key, out var child) ? child : Node);

    /// <summary>An entry of it.</summary>
    public Place At(int index) => new(
        string.Create(CultureInfo.InvariantCulture, $"{Path}[{index}]"),
        Node is ListNode list && index < list.Entries.Count ? list.Entries[index] : Node);

    /// <summary>A place in no document: the file itself.</summary>
    public static Place OfFile(string file, int line = 1, int column = 1) =>
        new("", new TextNode(new(file, line, column), "", isPlain: false));
}
