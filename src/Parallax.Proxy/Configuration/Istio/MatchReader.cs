namespace Parallax.Proxy.Configuration;

/// <summary>Reads Istio's HTTPMatchRequest.</summary>
internal static class MatchReader
{
    private const string NoWorkload = "the proxy is no workload with labels; the match block never matches, as at a gateway without them";

    /// <summary>Reads one match block; null when it can never match.</summary>
    public static MatchDocument? Read(Fields fields)
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
            Port = fields.Whole("port", 1, 65_535),
            Headers = FieldMatches(fields, "headers"),
            WithoutHeaders = FieldMatches(fields, "withoutHeaders"),
            QueryParams = FieldMatches(fields, "queryParams"),
        };
        var gateways = fields.Texts("gateways");
        return fields.Has("sourceLabels") || fields.Has("sourceNamespace") ? null : new(fields.Place, match, gateways);
    }

    /// <summary>True when the block matches every request: Istio puts such routes behind all others of a host.</summary>
    public static bool IsCatchAll(RouteMatchConfig match) =>
        match.Path is null or { Kind: TextMatchKind.Prefix, Value: "/" or "" } or { Kind: TextMatchKind.Regex, Value: ".*" }
        && match is { Method: null, Authority: null, Scheme: null, Port: null }
        && match.Headers.Count == 0
        && match.WithoutHeaders.Count == 0
        && match.QueryParams.Count == 0;

    private static IReadOnlyList<FieldMatchConfig> FieldMatches(Fields fields, string key) =>
        fields.ObjectMap(key, (name, match) =>
        {
            if (name.Length == 0)
            {
                fields.Findings.Error("FLD104", match.Place, "has no name");
            }

            return TextMatches.Read(match, mayBePresent: true) is { } value ? new FieldMatchConfig(name, value) : null;
        });
}
