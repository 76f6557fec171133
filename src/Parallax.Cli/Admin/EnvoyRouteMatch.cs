using Parallax.Proxy.Configuration.Model;

namespace Parallax.Cli.Admin;

/// <summary>Envoy's <c>config.route.v3.RouteMatch</c>, with one of its four paths.</summary>
internal sealed record EnvoyRouteMatch
{
    public string? Path { get; init; }

    public string? PathSeparatedPrefix { get; init; }

    public EnvoyRegex? SafeRegex { get; init; }

    public string? Prefix { get; init; }

    /// <summary>False, or null for a path whose case counts, as Envoy writes it.</summary>
    public bool? CaseSensitive { get; init; }

    /// <summary>Null without any.</summary>
    public IReadOnlyList<EnvoyFieldMatch>? Headers { get; init; }

    /// <summary>Null without any.</summary>
    public IReadOnlyList<EnvoyFieldMatch>? QueryParameters { get; init; }

    public static EnvoyRouteMatch Of(RouteMatchConfig match)
    {
        var path = match.Path ?? new TextMatchConfig(TextMatchKind.Prefix, "/");
        return new EnvoyRouteMatch
        {
            Path = path.Kind == TextMatchKind.Exact ? path.Value : null,
            PathSeparatedPrefix = path.Kind == TextMatchKind.SegmentPrefix ? path.Value : null,
            SafeRegex = path.Kind == TextMatchKind.Regex ? new EnvoyRegex(path.Value) : null,
            Prefix = path.Kind is TextMatchKind.Prefix or TextMatchKind.Present ? path.Value : null,
            CaseSensitive = path.IgnoresCase ? false : null,
            Headers = NullIfEmpty(
            [
                .. Pseudo(":method", match.Method), .. Pseudo(":authority", match.Authority), .. Pseudo(":scheme", match.Scheme),
                .. match.Headers.Select(EnvoyFieldMatch.Of),
                .. match.WithoutHeaders.Select(field => EnvoyFieldMatch.Of(field) with { InvertMatch = true }),
            ]),
            QueryParameters = NullIfEmpty([.. match.QueryParams.Select(EnvoyFieldMatch.Of)]),
        };
    }

    private static IEnumerable<EnvoyFieldMatch> Pseudo(string name, TextMatchConfig? match) =>
        match is null ? [] : [EnvoyFieldMatch.Of(new FieldMatchConfig(name, match))];

    private static IReadOnlyList<EnvoyFieldMatch>? NullIfEmpty(IReadOnlyList<EnvoyFieldMatch> fields) => fields.Count > 0 ? fields : null;
}

/// <summary>Envoy's <c>type.matcher.v3.RegexMatcher</c>.</summary>
internal sealed record EnvoyRegex(string Regex);

/// <summary>Envoy's <c>config.route.v3.HeaderMatcher</c> and <c>QueryParameterMatcher</c>.</summary>
internal sealed record EnvoyFieldMatch(string Name)
{
    /// <summary>True, or null where a value is asked for.</summary>
    public bool? PresentMatch { get; init; }

    public EnvoyStringMatch? StringMatch { get; init; }

    /// <summary>True, or null.</summary>
    public bool? InvertMatch { get; init; }

    public static EnvoyFieldMatch Of(FieldMatchConfig field) => field.Value.Kind == TextMatchKind.Present
        ? new EnvoyFieldMatch(field.Name) { PresentMatch = true }
        : new EnvoyFieldMatch(field.Name) { StringMatch = EnvoyStringMatch.Of(field.Value) };
}

/// <summary>Envoy's <c>type.matcher.v3.StringMatcher</c>, with one of its patterns.</summary>
internal sealed record EnvoyStringMatch
{
    public string? Exact { get; init; }

    public string? SafeRegex { get; init; }

    public string? Prefix { get; init; }

    public static EnvoyStringMatch Of(TextMatchConfig match) => match.Kind switch
    {
        TextMatchKind.Exact => new EnvoyStringMatch { Exact = match.Value },
        TextMatchKind.Regex => new EnvoyStringMatch { SafeRegex = match.Value },
        _ => new EnvoyStringMatch { Prefix = match.Value },
    };
}
