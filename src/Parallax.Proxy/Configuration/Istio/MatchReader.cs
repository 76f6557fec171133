using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>Reads Istio's HTTPMatchRequest.</summary>
internal static class MatchReader
{
    private const string NoWorkload =
        "the proxy is not a workload with labels; the match block never matches, as at a gateway without them";

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
            Path = fields.Object("uri", uri => StringMatchReader.Read(uri, ignoresCase, mayBeEmpty: true)),
            Method = fields.Object("method", method => StringMatchReader.Read(method)),
            Authority = fields.Object("authority", authority => StringMatchReader.Read(authority)),
            Scheme = fields.Object("scheme", scheme => StringMatchReader.Read(scheme)),
            Port = fields.Whole("port", 0, 65_535) is { } port and > 0 ? port : null,
            QueryParams = fields.ObjectMap("queryParams", StringMatchReader.ReadNamed),
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
}
