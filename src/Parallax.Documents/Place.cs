using System.Globalization;

namespace Parallax.Documents;

/// <summary>A node of a document and the path that leads to it: what a finding points at.</summary>
/// <param name="Path">From the document's root: <c>spec.http[0].mirror</c>; empty for the root.</param>
/// <param name="Node">The node.</param>
/// <param name="Position">Where a finding points: at a text itself, at the key of a list or mapping.</param>
public readonly record struct Place(string Path, DocumentNode Node, SourcePosition Position)
{
    /// <summary>A node that no key leads to.</summary>
    public Place(string path, DocumentNode node)
        : this(path, node, node.Position)
    {
    }

    /// <summary>A field of it; where the field is missing, the place of the mapping that should have it.</summary>
    public Place Of(string key)
    {
        var path = Path.Length == 0 ? key : $"{Path}.{key}";
        return Node is not MapNode map || !map.TryGet(key, out var child) ? new(path, Node, Position)
            : child is TextNode ? new(path, child)
            : new(path, child, map.PositionOf(key));
    }

    /// <summary>An entry of it.</summary>
    public Place At(int index)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"{Path}[{index}]");
        return Node is ListNode list && index < list.Entries.Count ? new(path, list.Entries[index]) : new(path, Node, Position);
    }

    /// <summary>A place in no document: the file itself.</summary>
    public static Place OfFile(string file, int line = 1, int column = 1) =>
        new("", new TextNode(new(file, line, column), ""));
}
