namespace Parallax.Shadows.Replay;

/// <summary>The parts of a URL that may have been issued: segments, and pairs of path parameters, query and fragment.</summary>
/// <remarks>Thread safety: immutable.</remarks>
internal sealed class UrlParts
{
    /// <summary>Takes a URL apart.</summary>
    /// <param name="url">Absolute, or a path.</param>
    public UrlParts(string url)
    {
        var rest = url;
        if (url.IndexOf("://", StringComparison.Ordinal) is >= 0 and var scheme)
        {
            var path = url.AsSpan(scheme + 3).IndexOfAny('/', '?', '#');
            rest = path < 0 ? "" : url[(scheme + 3 + path)..];
        }

        var end = rest.IndexOfAny(['?', '#']);
        foreach (var segment in (end < 0 ? rest : rest[..end]).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var parameters = segment.Split(';');
            if (parameters[0].Length > 0)
            {
                Segments.Add(parameters[0]);
            }

            Pairs.AddRange(parameters.Skip(1).Select(PairOf));
        }

        if (end >= 0)
        {
            Pairs.AddRange(rest[(end + 1)..].Split(['&', '#', '?']).Select(PairOf));
        }
    }

    /// <summary>The segments of the path, without their parameters.</summary>
    public List<string> Segments { get; } = [];

    /// <summary>The pairs; of what is none the value is empty.</summary>
    public List<(string Name, string Value)> Pairs { get; } = [];

    private static (string Name, string Value) PairOf(string pair)
    {
        var parts = pair.Split('=', 2);
        return (parts[0], parts.Length == 2 ? parts[1] : "");
    }
}
