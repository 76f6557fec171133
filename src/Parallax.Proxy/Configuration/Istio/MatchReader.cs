namespace Parallax.Proxy.Configuration;

/// <summary>Reads Istio's HTTPMatchRequest.</summary>
internal static class MatchReader
{
    private const string NoWorkload = "the proxy is no workload with labels; the match block never matches, as at a gateway without them";

    /// <summary>Reads one match block.</summary>
    public static MatchDocument Read(Fields fields)
    {
        var ignoresCase = fields.Flag("ignoreUriCase") ?? false;
        fields.Pass("name");
        fields.NotSupported("statPrefix", "counters are kept by route");
        fields.NotSupported("sourceLabels", NoWorkload);
        fields.NotSupported("sourceNamespace", NoWorkload);
        var match = new RouteMatchConfig
        {
            Path = fields.Object("uri", uri => TextMatches.Read(uri, ignoresCase, mayBeEmpty: true)),
            Method = fields.Object("method", method => TextMatches.Read(method)),
            Authority = fields.Object("authority", authority => TextMatches.Read(authority)),
            Scheme = fields.Object("scheme", scheme => TextMatches.Read(scheme)),
            Port = fields.Whole("port", 0, 65_535) is { } port and > 0 ? port : null,
            QueryParams = fields.ObjectMap("queryParams", (name, value) => FieldMatch(name, value)),
        };
        var headers = HeaderMatches.Read(fields, match);
        return new(fields.Place, headers.Match, fields.Texts("gateways"))
        {
            IgnoresUriCase = ignoresCase,
            SourceNamespace = fields.Text("sourceNamespace") is { Length: > 0 } place ? place : null,
            SourceLabels = fields.TextMap("sourceLabels"),
            IsUndecidable = headers.IsUndecidable,
        };
    }

    /// <summary>True when the block matches every request: Istio puts such routes after all others of a host.</summary>
    public static bool IsCatchAll(RouteMatchConfig match) =>
        match.Path is null or { Kind: TextMatchKind.Prefix, Value: "/" or "" } or { Kind: TextMatchKind.Regex, Value: ".*" }
        && match is { Method: null, Authority: null, Scheme: null, Port: null }
        && match.Headers.Count == 0
        && match.WithoutHeaders.Count == 0
        && match.QueryParams.Count == 0;

    /// <summary>Reads the condition on one header or query parameter.</summary>
    public static FieldMatchConfig? FieldMatch(string name, Fields match)
    {
        if (name.Length == 0)
        {
            match.Findings.Error("FLD104", match.Place, "has no name");
        }

        return TextMatches.Read(match, mayBePresent: true) is { } value ? new FieldMatchConfig(name, value) : null;
    }
}
