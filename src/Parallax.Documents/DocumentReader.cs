using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Parallax.Documents;

/// <summary>Reads YAML into nodes. The one place where the YAML library is used.</summary>
/// <remarks>
/// The events of the parser, not the library's own object model: that one descends by recursion and ends at the first duplicate key,
/// so neither depth nor size of a hostile document could be bounded. Thread safety: none.
/// </remarks>
public sealed class DocumentReader
{
    /// <summary>Most nodes of a document, aliases written out.</summary>
    public const long MaxNodes = 1_000_000;

    /// <summary>Most levels of a document.</summary>
    public const int MaxLevels = 64;

    private readonly string _file;
    private readonly int _linesBefore;
    private readonly List<YamlComplaint> _complaints = [];
    private readonly Dictionary<string, DocumentNode> _anchors = new(StringComparer.Ordinal);
    private readonly Stack<Open> _open = new();
    private DocumentNode? _root;
    private bool _failed;

    private DocumentReader(string file, int linesBefore)
    {
        _file = file;
        _linesBefore = linesBefore;
    }

    /// <summary>Reads all documents of a text. An error in one does not hide the others.</summary>
    /// <param name="file">The file's name, for positions.</param>
    /// <param name="text">Its text.</param>
    /// <param name="findings">Where errors go.</param>
    /// <returns>The roots of the documents that can be read and are not empty.</returns>
    public static IReadOnlyList<DocumentNode> Read(string file, string text, Findings findings)
    {
        var documents = new List<DocumentNode>();
        foreach (var document in Read(file, text))
        {
            document.Report(findings);
            documents.AddRange(document.Root is { } root ? [root] : []);
        }

        return documents;
    }

    /// <summary>Reads all documents of a text that are not empty, each with what is wrong with it.</summary>
    /// <param name="file">The file's name, for positions.</param>
    /// <param name="text">Its text.</param>
    public static IEnumerable<DocumentText> Read(string file, string text)
    {
        foreach (var part in DocumentParts.Split(text))
        {
            var document = Read(file, part);
            var objects = document.Root is null && document.Complaints.Count > 0 ? DocumentParts.SplitObjects(part) : [];
            foreach (var each in objects.Count > 0 ? objects.Select(each => Read(file, each)) : [document])
            {
                if (each.Root is not null || each.Complaints.Count > 0)
                {
                    yield return each;
                }
            }
        }
    }

    private static DocumentText Read(string file, DocumentPart part)
    {
        var document = new DocumentReader(file, part.LinesBefore).Read(part.Text);
        if (document.Root is not null || document.Complaints.Count == 0)
        {
            return document;
        }

        var repaired = YamlRepairs.Repair(part.Text);
        return ReferenceEquals(repaired, part.Text) ? document : new DocumentReader(file, part.LinesBefore).Read(repaired);
    }

    private DocumentText Read(string text)
    {
        DocumentNode? document = null;
        var parser = new Parser(new Scanner(new StringReader(LineSeparators.Hide(text))));
        try
        {
            while (!_failed && parser.MoveNext())
            {
                On(parser.Current!, ref document);
            }
        }
        catch (YamlException exception)
        {
            var (line, message) = YamlComplaints.Explain(text, exception);
            var column = line == exception.Start.Line ? (int)Math.Max(1, exception.Start.Column) : 1;
            Fail(new(_file, _linesBefore + line, column), "DOC003", message);
        }
        catch (InvalidOperationException)
        {
            // The scanner's answer to some marks inside flow collections.
            Fail(PositionOf(parser.Current?.End ?? Mark.Empty), "DOC003", "is not YAML from here on");
        }
        catch (ArgumentException)
        {
            // The parser's answer to some tags between < and >.
            Fail(PositionOf(parser.Current?.End ?? Mark.Empty), "DOC003", "a tag from here on is no URI; write it like !name or !!str");
        }

        return new(_failed ? null : document, text, _complaints);
    }

    private void On(ParsingEvent current, ref DocumentNode? document)
    {
        switch (current)
        {
            case DocumentStart:
                _anchors.Clear();
                _root = null;
                break;
            case DocumentEnd when _root is not null and not TextNode { Kind: TextKind.Null }:
                document = _root;
                break;
            case Scalar scalar:
                var value = LineSeparators.Show(scalar.Value);
                var kind = YamlScalars.KindOf(ref value, scalar.Style == ScalarStyle.Plain, scalar.Tag.IsEmpty ? null : scalar.Tag.Value);
                Complete(new TextNode(PositionOf(scalar.Start), value, kind), scalar.Anchor);
                break;
            case AnchorAlias alias:
                OnAlias(alias);
                break;
            case SequenceStart or MappingStart:
                _open.Push(new((NodeEvent)current));
                if (_open.Count > MaxLevels)
                {
                    Fail(PositionOf(current.Start), "DOC005", $"is nested more than {MaxLevels} levels deep");
                }

                break;
            case SequenceEnd or MappingEnd:
                var open = _open.Pop();
                Complete(open.ToNode(PositionOf(open.Start.Start), this), open.Start.Anchor);
                break;
        }
    }

    private void OnAlias(AnchorAlias alias)
    {
        // A node is known by its anchor once it is complete, so none can hold itself.
        if (_anchors.TryGetValue(alias.Value.Value, out var node))
        {
            Complete(node, AnchorName.Empty);
        }
        else
        {
            Fail(
                PositionOf(alias.Start), "DOC003",
                $"\"*{alias.Value.Value}\" stands for nothing; no node before it has the anchor \"&{alias.Value.Value}\"");
        }
    }

    private void Complete(DocumentNode node, AnchorName anchor)
    {
        if (!anchor.IsEmpty)
        {
            _anchors[anchor.Value] = node;
        }

        if (_open.TryPeek(out var parent))
        {
            parent.Add(node);
            if (parent.Size > MaxNodes)
            {
                Fail(PositionOf(parent.Start.Start), "DOC005", $"has more than {MaxNodes:N0} nodes when its aliases are written out");
            }
        }
        else
        {
            _root = node;
        }
    }

    private void Fail(SourcePosition at, string code, string message)
    {
        Complain(at, code, message);
        _failed = true;
    }

    private void Complain(SourcePosition at, string code, string message) =>
        _complaints.Add(new(code, Place.OfFile(at.File, at.Line, at.Column), message));

    private SourcePosition PositionOf(Mark mark) =>
        new(_file, _linesBefore + (int)Math.Max(1, mark.Line), (int)Math.Max(1, mark.Column));

    /// <summary>A list or mapping whose end was not seen yet.</summary>
    private sealed class Open(NodeEvent start)
    {
        private readonly List<DocumentNode> _nodes = [];

        public NodeEvent Start => start;

        public long Size { get; private set; } = 1;

        public void Add(DocumentNode node)
        {
            _nodes.Add(node);
            Size += node.Size;
        }

        public DocumentNode ToNode(SourcePosition position, DocumentReader reader) =>
            start is SequenceStart ? new ListNode(position, _nodes, Size) : ToMap(position, reader);

        private MapNode ToMap(SourcePosition position, DocumentReader reader)
        {
            var entries = new List<MapEntry>(_nodes.Count / 2);
            var keys = new HashSet<string>(StringComparer.Ordinal);
            var merged = new List<MapNode>();
            for (var i = 0; i + 1 < _nodes.Count; i += 2)
            {
                switch (_nodes[i])
                {
                    case TextNode { Value: "<<" } when _nodes[i + 1] is MapNode map:
                        merged.Add(map);
                        break;
                    case TextNode { Value: "<<" } when _nodes[i + 1] is ListNode list && list.Entries.All(each => each is MapNode):
                        merged.AddRange(list.Entries.OfType<MapNode>());
                        break;
                    case TextNode key when keys.Add(key.Value):
                        entries.Add(new(key.Value, key.Position, _nodes[i + 1]));
                        break;
                    case TextNode key:
                        reader.Complain(key.Position, "DOC004", $"\"{key.Value}\" stands twice in one mapping");
                        break;
                    default:
                        reader.Complain(_nodes[i].Position, "DOC003", "a key must be text");
                        break;
                }
            }

            entries.AddRange(merged.SelectMany(map => map.Entries).Where(entry => keys.Add(entry.Key)));
            return new(position, entries, Size);
        }
    }
}
