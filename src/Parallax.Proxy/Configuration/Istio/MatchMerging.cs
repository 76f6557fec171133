using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>Merges match blocks of a root and its delegate as Istio does: each of the delegate's blocks has to lie within one of the
/// root's.</summary>
internal static class MatchMerging
{
    /// <summary>The blocks of which one must be fulfilled.</summary>
    /// <returns>Null when one of the delegate's blocks lies in none of the root's: its route is left out.</returns>
    public static IReadOnlyList<MatchDocument>? Merge(
        IReadOnlyList<MatchDocument> roots, string rootNamespace, IReadOnlyList<MatchDocument> leaves, string leafNamespace)
    {
        List<MatchDocument> ofRoot = [.. roots.Select(each => InFull(each, rootNamespace))];
        List<MatchDocument> ofLeaf = [.. leaves.Select(each => InFull(each, leafNamespace))];
        if (ofRoot.Count == 0 || ofLeaf.Count == 0)
        {
            return ofRoot.Count == 0 ? ofLeaf : ofRoot;
        }

        var merged = new List<MatchDocument>();
        foreach (var leaf in ofLeaf)
        {
            var fitting = ofRoot.FindAll(root => !Conflicts(root, leaf));
            if (fitting.Count == 0)
            {
                return null;
            }

            merged.AddRange(fitting.Select(root => Merge(root, leaf)));
        }

        return merged;
    }

    private static MatchDocument InFull(MatchDocument match, string inNamespace) => match with
    {
        Gateways = [.. match.Gateways.Select(name => GatewayNames.InFull(name, inNamespace))],
    };

    private static MatchDocument Merge(MatchDocument root, MatchDocument leaf) => leaf with
    {
        Config = new()
        {
            Path = leaf.Config.Path ?? root.Config.Path,
            Scheme = leaf.Config.Scheme ?? root.Config.Scheme,
            Method = leaf.Config.Method ?? root.Config.Method,
            Authority = leaf.Config.Authority ?? root.Config.Authority,
            Port = leaf.Config.Port ?? root.Config.Port,
            Headers = Union(root.Config.Headers, leaf.Config.Headers),
            WithoutHeaders = Union(root.Config.WithoutHeaders, leaf.Config.WithoutHeaders),
            QueryParams = Union(root.Config.QueryParams, leaf.Config.QueryParams),
        },
        Gateways = leaf.Gateways.Count > 0 ? leaf.Gateways : root.Gateways,
        SourceNamespace = leaf.SourceNamespace ?? root.SourceNamespace,
        SourceLabels = [.. root.SourceLabels, .. leaf.SourceLabels],
        IsUndecidable = root.IsUndecidable || leaf.IsUndecidable,
    };

    private static List<FieldMatchConfig> Union(IReadOnlyList<FieldMatchConfig> root, IReadOnlyList<FieldMatchConfig> leaf) =>
        [.. root.Where(each => leaf.All(other => other.Name != each.Name)), .. leaf];

    private static bool Conflicts(MatchDocument root, MatchDocument leaf) =>
        Conflicts(root.Config.Path, leaf.Config.Path)
        || Conflicts(root.Config.Scheme, leaf.Config.Scheme)
        || Conflicts(root.Config.Method, leaf.Config.Method)
        || Conflicts(root.Config.Authority, leaf.Config.Authority)
        || Conflicts(root.Config.Headers, leaf.Config.Headers)
        || Conflicts(root.Config.WithoutHeaders, leaf.Config.WithoutHeaders)
        || Conflicts(root.Config.QueryParams, leaf.Config.QueryParams)
        || root.IgnoresUriCase != leaf.IgnoresUriCase
        || (root.Config.Port is { } port && leaf.Config.Port is { } other && port != other)
        || (root.SourceNamespace is not null && root.SourceNamespace != leaf.SourceNamespace)
        || root.SourceLabels.Any(label => leaf.SourceLabels.Any(each => each.Key == label.Key && each.Value != label.Value))
        || (root.Gateways.Count > 0 && leaf.Gateways.Any(gateway => !root.Gateways.Contains(gateway)));

    private static bool Conflicts(IReadOnlyList<FieldMatchConfig> root, IReadOnlyList<FieldMatchConfig> leaf) =>
        leaf.Any(each => root.Any(other => other.Name == each.Name && Conflicts(other.Value, each.Value)));

    // No conflict only where the leaf is within the root: the same text, or one that begins with the root's prefix.
    private static bool Conflicts(TextMatchConfig? root, TextMatchConfig? leaf) => root is not null && leaf is not null
        && (root.Kind, leaf.Kind) switch
        {
            (TextMatchKind.Exact, TextMatchKind.Exact) => root.Value != leaf.Value,
            (TextMatchKind.Prefix, TextMatchKind.Prefix or TextMatchKind.Exact) when root.Value.Length > 0 && leaf.Value.Length > 0 =>
                !leaf.Value.StartsWith(root.Value, StringComparison.Ordinal),
            _ => true,
        };
}
