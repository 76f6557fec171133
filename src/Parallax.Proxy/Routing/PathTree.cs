using System.Text;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Routing;

/// <summary>Finds, of many conditions, those a path may fulfil: a tree of the paths and prefixes they name, one edge for every run of
/// octets without a branch.</summary>
/// <remarks>
/// Conditions are numbers that grow in the order of the configuration. Those without a path, with an expression or without regard to case
/// are in no tree: <see cref="Others"/>. Thread safety: immutable.
/// </remarks>
internal sealed class PathTree
{
    /// <summary>Builds the tree.</summary>
    /// <param name="paths">The condition on the path of each number; null for none.</param>
    public PathTree(IReadOnlyList<TextMatchConfig?> paths)
    {
        var others = new List<int>();
        var named = new SortedDictionary<string, Named>(StringComparer.Ordinal);
        for (var number = 0; number < paths.Count; number++)
        {
            if (paths[number] is not { IgnoresCase: false } path || path.Kind is TextMatchKind.Regex or TextMatchKind.Present)
            {
                others.Add(number);
                continue;
            }

            // Octets as characters, so that the order of the keys is that of the octets.
            var isSegment = path.Kind == TextMatchKind.SegmentPrefix;
            var key = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(isSegment ? path.Value.TrimEnd('/') : path.Value));
            if (!named.TryGetValue(key, out var entry))
            {
                named.Add(key, entry = new Named([], [], []));
            }

            (path.Kind switch
            {
                TextMatchKind.Exact => entry.Exact,
                TextMatchKind.Prefix => entry.Prefix,
                _ => entry.Segment,
            }).Add(number);
        }

        Others = [.. others];
        Root = Build([.. named], 0);
    }

    /// <summary>The conditions every path may fulfil, in their order.</summary>
    public int[] Others { get; }

    /// <summary>Where a walk begins.</summary>
    public Node Root { get; }

    // All keys share their first `depth` octets and are in order, so the shortest, if it ends here, is the first.
    private static Node Build(ReadOnlySpan<KeyValuePair<string, Named>> keys, int depth)
    {
        if (keys.IsEmpty)
        {
            return new Node([], [], [], [], [], []);
        }

        var (first, last) = (keys[0].Key, keys[^1].Key);
        var shared = first.AsSpan(depth).CommonPrefixLength(last.AsSpan(depth));
        var label = Encoding.Latin1.GetBytes(first[depth..(depth + shared)]);
        depth += shared;
        var own = first.Length == depth ? keys[0].Value : new Named([], [], []);
        keys = first.Length == depth ? keys[1..] : keys;
        var firsts = new List<byte>();
        var children = new List<Node>();
        while (!keys.IsEmpty)
        {
            var next = keys[0].Key[depth];
            var count = 1;
            while (count < keys.Length && keys[count].Key[depth] == next)
            {
                count++;
            }

            firsts.Add((byte)next);
            children.Add(Build(keys[..count], depth));
            keys = keys[count..];
        }

        return new Node(label, [.. firsts], [.. children], [.. own.Exact], [.. own.Prefix], [.. own.Segment]);
    }

    /// <summary>One node: the octets that lead to it, what branches off after it, and the conditions that name the path so far.</summary>
    internal sealed record Node(byte[] Label, byte[] ChildFirsts, Node[] Children, int[] Exact, int[] Prefix, int[] Segment);

    private sealed record Named(List<int> Exact, List<int> Prefix, List<int> Segment);
}
