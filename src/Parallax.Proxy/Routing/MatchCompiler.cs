using System.Diagnostics;
using Parallax.Proxy.Configuration.Model;
using Parallax.Traffic.Policy;

namespace Parallax.Proxy.Routing;

/// <summary>Compiles conditions on texts.</summary>
internal static class MatchCompiler
{
    /// <exception cref="ArgumentException">The expression is none: the configuration was not checked.</exception>
    public static TextMatch Compile(TextMatchConfig config) => config.Kind switch
    {
        TextMatchKind.Exact => TextMatch.Exact(config.Value, config.IgnoresCase),
        TextMatchKind.Prefix => TextMatch.Prefix(config.Value, config.IgnoresCase),
        TextMatchKind.SegmentPrefix => TextMatch.SegmentPrefix(config.Value, config.IgnoresCase),
        TextMatchKind.Present => TextMatch.Present,
        TextMatchKind.Regex => TextMatch.TryRegex(config.Value, out var match, out var error)
            ? match
            : throw new ArgumentException(error, nameof(config)),
        _ => throw new UnreachableException(),
    };

    public static FieldMatch Compile(FieldMatchConfig config) => new(config.Name, Compile(config.Value));
}
