namespace Parallax.Proxy.Configuration.Model;

/// <summary>How a text is compared.</summary>
public enum TextMatchKind
{
    /// <summary>It is the same, octet for octet.</summary>
    Exact,

    /// <summary>It begins with it.</summary>
    Prefix,

    /// <summary>It begins with it, path segment by path segment: <c>/a</c> fits <c>/a</c> and <c>/a/b</c>, not <c>/ab</c>.</summary>
    SegmentPrefix,

    /// <summary>The whole of it matches an RE2 expression.</summary>
    Regex,

    /// <summary>It is there, whatever it is.</summary>
    Present,
}

/// <summary>A condition on a text.</summary>
/// <param name="Kind">How it is compared.</param>
/// <param name="Value">With what; empty for <see cref="TextMatchKind.Present"/>.</param>
/// <param name="IgnoresCase">Whether ASCII letters of either case are the same.</param>
public sealed record TextMatchConfig(TextMatchKind Kind, string Value, bool IgnoresCase = false);

/// <summary>A condition on a header or query parameter.</summary>
/// <param name="Name">The header's name (any case) or the parameter's (exact).</param>
/// <param name="Value">What its value must be. A header that occurs several times is compared as one list, joined by commas; of a parameter
/// the first counts.</param>
public sealed record FieldMatchConfig(string Name, TextMatchConfig Value);

/// <summary>Conditions of which all must be fulfilled; null and empty mean none.</summary>
public sealed record RouteMatchConfig
{
    /// <summary>The path without the query.</summary>
    public TextMatchConfig? Path { get; init; }

    /// <summary>The method.</summary>
    public TextMatchConfig? Method { get; init; }

    /// <summary>The authority as the client wrote it.</summary>
    public TextMatchConfig? Authority { get; init; }

    /// <summary><c>http</c> or <c>https</c>.</summary>
    public TextMatchConfig? Scheme { get; init; }

    /// <summary>The listener's port (<see cref="ListenerConfig.Port"/>).</summary>
    public int? Port { get; init; }

    /// <summary>Headers.</summary>
    public IReadOnlyList<FieldMatchConfig> Headers { get; init; } = [];

    /// <summary>Headers that must not be so. A missing one counts as empty, except for <see cref="TextMatchKind.Present"/>.</summary>
    public IReadOnlyList<FieldMatchConfig> WithoutHeaders { get; init; } = [];

    /// <summary>Query parameters, compared as they are written.</summary>
    public IReadOnlyList<FieldMatchConfig> QueryParams { get; init; } = [];

    /// <summary>True when every request fulfils it.</summary>
    internal bool IsCatchAll =>
        Path is null or { Kind: TextMatchKind.Prefix, Value: "/" or "" } or { Kind: TextMatchKind.Regex, Value: ".*" }
        && this is { Method: null, Authority: null, Scheme: null, Port: null }
        && Headers.Count == 0
        && WithoutHeaders.Count == 0
        && QueryParams.Count == 0;
}
