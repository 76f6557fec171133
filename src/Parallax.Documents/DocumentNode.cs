using System.Diagnostics.CodeAnalysis;

namespace Parallax.Documents;

/// <summary>A node of a YAML document with its position; anchors are replaced by what they stand for.</summary>
/// <remarks>Thread safety: immutable once read.</remarks>
public abstract class DocumentNode
{
    private protected DocumentNode(SourcePosition position, long size)
    {
        Position = position;
        Size = size;
    }

    /// <summary>Where it stands.</summary>
    public SourcePosition Position { get; }

    /// <summary>How many nodes it has when every alias is written out; at most <see cref="DocumentReader.MaxNodes"/>.</summary>
    public long Size { get; }

    /// <summary>What a user calls it: <c>a list</c>, <c>a number</c>.</summary>
    public abstract string Description { get; }
}

/// <summary>What a plain text stands for.</summary>
public enum TextKind
{
    /// <summary>Text, also everything between quotes.</summary>
    Text,

    /// <summary>A whole or other number.</summary>
    Number,

    /// <summary>True or false, in any of YAML 1.1's spellings, as Kubernetes reads them.</summary>
    Flag,

    /// <summary>Nothing.</summary>
    Null,
}

/// <summary>A scalar.</summary>
public sealed class TextNode(SourcePosition position, string value, TextKind kind = TextKind.Text) : DocumentNode(position, 1)
{
    /// <summary>The text without its quotes.</summary>
    public string Value => value;

    /// <summary>What it stands for.</summary>
    public TextKind Kind => kind;

    /// <inheritdoc/>
    public override string Description => Kind switch
    {
        TextKind.Number => "a number",
        TextKind.Flag => "true or false",
        TextKind.Null => "nothing",
        _ => "text",
    };
}

/// <summary>A sequence.</summary>
public sealed class ListNode(SourcePosition position, IReadOnlyList<DocumentNode> entries, long size) : DocumentNode(position, size)
{
    /// <summary>Its entries.</summary>
    public IReadOnlyList<DocumentNode> Entries => entries;

    /// <inheritdoc/>
    public override string Description => "a list";
}

/// <summary>A mapping; no key occurs twice.</summary>
public sealed class MapNode : DocumentNode
{
    // Most mappings are small, and there may be a million of them: only for a large one a table is worth its memory.
    private const int MaxSearched = 16;

    private readonly Dictionary<string, DocumentNode>? _byKey;

    /// <param name="position">Where it stands.</param>
    /// <param name="entries">Its fields, as they stand in the file.</param>
    /// <param name="size">How many nodes it has when every alias is written out, itself among them.</param>
    public MapNode(SourcePosition position, IReadOnlyList<MapEntry> entries, long size)
        : base(position, size)
    {
        Entries = entries;
        _byKey = entries.Count <= MaxSearched ? null
            : entries.ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);
    }

    /// <summary>Its fields, as they stand in the file.</summary>
    public IReadOnlyList<MapEntry> Entries { get; }

    /// <inheritdoc/>
    public override string Description => "a mapping";

    /// <summary>Where a key of it stands.</summary>
    public SourcePosition PositionOf(string key) => Entries.First(entry => entry.Key == key).KeyPosition;

    /// <summary>The value of a key.</summary>
    public bool TryGet(string key, [NotNullWhen(true)] out DocumentNode? value)
    {
        if (_byKey is not null)
        {
            return _byKey.TryGetValue(key, out value);
        }

        value = null;
        for (var index = 0; index < Entries.Count && value is null; index++)
        {
            value = Entries[index].Key == key ? Entries[index].Value : null;
        }

        return value is not null;
    }
}

/// <summary>A field of a mapping.</summary>
/// <param name="Key">The key.</param>
/// <param name="KeyPosition">Where the key stands.</param>
/// <param name="Value">The value.</param>
public readonly record struct MapEntry(string Key, SourcePosition KeyPosition, DocumentNode Value);
