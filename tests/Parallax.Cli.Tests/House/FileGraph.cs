using System.Text.RegularExpressions;

namespace Parallax.Cli.Tests.House;

/// <summary>Which file uses which, by the names of types: a word that another file declares as a type, where the namespaces can see each
/// other. No compiler is asked, so that a member with the name of a type counts, too: arrows that are too many rather than too
/// few.</summary>
internal sealed partial class FileGraph
{
    private readonly List<Node> _nodes;
    private readonly Dictionary<Node, List<Node>> _uses = [];

    public FileGraph(IEnumerable<SourceText> files)
    {
        _nodes = [.. files.Select(file => new Node(file))];
        var declared = _nodes.SelectMany(node => node.Declared.Select(name => (name, node))).ToLookup(each => each.name, each => each.node);
        foreach (var node in _nodes)
        {
            _uses[node] =
            [
                .. node.Words.Except(node.Declared).SelectMany(word => declared[word])
                    .Where(other => other != node && node.Sees(other.Namespace)).Distinct(),
            ];
        }
    }

    public int Files => _nodes.Count;

    /// <summary>The files that need each other in a circle, circle by circle, the largest first.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Circles()
    {
        var (order, low) = (new Dictionary<Node, int>(), new Dictionary<Node, int>());
        var (stack, found) = (new Stack<Node>(), new List<List<string>>());
        var open = new HashSet<Node>();
        foreach (var node in _nodes.Where(node => !order.ContainsKey(node)))
        {
            Visit(node);
        }

        return [.. found.OrderByDescending(circle => circle.Count)];

        // Tarjan's strongly connected components. A tree of a few hundred files is not deep.
        void Visit(Node node)
        {
            order[node] = low[node] = order.Count;
            stack.Push(node);
            open.Add(node);
            foreach (var next in _uses[node])
            {
                if (!order.TryGetValue(next, out var place))
                {
                    Visit(next);
                    low[node] = Math.Min(low[node], low[next]);
                }
                else if (open.Contains(next))
                {
                    low[node] = Math.Min(low[node], place);
                }
            }

            if (low[node] == order[node])
            {
                var circle = new List<string>();
                Node member;
                do
                {
                    member = stack.Pop();
                    open.Remove(member);
                    circle.Add(member.Path);
                }
                while (member != node);
                if (circle.Count > 1)
                {
                    found.Add(circle);
                }
            }
        }
    }

    private sealed partial class Node
    {
        private readonly HashSet<string> _usings;

        public Node(SourceText file)
        {
            Path = file.Path;
            var code = file.Code;
            Namespace = OwnNamespace().Match(code).Groups[1].Value;
            _usings = [.. Usings().Matches(code).Select(match => match.Groups[1].Value)];
            Declared = [.. Declarations().Matches(code).Select(match => match.Groups[1].Value)];
            Words = [.. Capitalised().Matches(Usings().Replace(OwnNamespace().Replace(code, ""), "")).Select(match => match.Value)];
        }

        public string Path { get; }

        public string Namespace { get; }

        public HashSet<string> Declared { get; }

        public HashSet<string> Words { get; }

        public bool Sees(string other) =>
            Namespace == other || Namespace.StartsWith(other + ".", StringComparison.Ordinal) || _usings.Contains(other);

        [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
        private static partial Regex OwnNamespace();

        [GeneratedRegex(@"^using (?:static )?([\w.]+);", RegexOptions.Multiline)]
        private static partial Regex Usings();

        // Types at the top of a file, and those inside others that can be used from elsewhere.
        [GeneratedRegex(
            @"^(?:    (?=(?:public|internal|protected) ))?"
                + @"(?:(?:public|internal|protected|static|sealed|abstract|partial|readonly|ref|unsafe) )*"
                + @"(?:class|struct|interface|enum|record(?: class| struct)?|delegate [\w<>?\[\]]+) (\w+)",
            RegexOptions.Multiline)]
        private static partial Regex Declarations();

        [GeneratedRegex(@"(?<![\w@])[A-Z]\w*")]
        private static partial Regex Capitalised();
    }
}
