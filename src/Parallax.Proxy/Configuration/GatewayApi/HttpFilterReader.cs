using Parallax.Documents;
using Parallax.Proxy.Configuration.Reading;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Configuration.GatewayApi;

/// <summary>Reads the filters of a rule or of a backend.</summary>
internal static class HttpFilterReader
{
    // Which field belongs to which type.
    private static readonly Dictionary<string, string> FieldOf = new(StringComparer.Ordinal)
    {
        ["RequestHeaderModifier"] = "requestHeaderModifier",
        ["ResponseHeaderModifier"] = "responseHeaderModifier",
        ["RequestMirror"] = "requestMirror",
        ["RequestRedirect"] = "requestRedirect",
        ["URLRewrite"] = "urlRewrite",
        ["CORS"] = "cors",
        ["ExternalAuth"] = "externalAuth",
        ["ExtensionRef"] = "extensionRef",
    };

    /// <summary>Reads <c>filters</c>.</summary>
    public static FiltersDocument Read(DocumentHead head, Fields owner)
    {
        var types = new List<string>();
        var all = new FiltersDocument();
        foreach (var filter in owner.Objects("filters", fields => Filter(head, fields, types)))
        {
            all = new()
            {
                Request = [.. all.Request, .. filter.Request],
                Response = [.. all.Response, .. filter.Response],
                Redirect = all.Redirect ?? filter.Redirect,
                Rewrite = all.Rewrite ?? filter.Rewrite,
                Cors = all.Cors ?? filter.Cors,
                Mirrors = [.. all.Mirrors, .. filter.Mirrors],
                IsUnusable = all.IsUnusable || filter.IsUnusable,
            };
        }

        if (all.Redirect is not null && all.Rewrite is not null)
        {
            owner.Findings.Error("RUL204", owner.Of("filters"), "holds both RequestRedirect and URLRewrite", "remove one of them");
        }

        return all;
    }

    private static FiltersDocument Filter(DocumentHead head, Fields fields, List<string> types)
    {
        var type = fields.Choice("type", FieldOf.Keys) ?? "";
        if (!fields.Has("type"))
        {
            fields.Missing("type", $"write one of {string.Join(", ", FieldOf.Keys)}");
        }

        CheckType(fields, type, types);
        types.Add(type);
        var filter = new FiltersDocument
        {
            Request = fields.Object("requestHeaderModifier", Edits) ?? [],
            Response = fields.Object("responseHeaderModifier", Edits) ?? [],
            Redirect = fields.Object("requestRedirect", HttpUriFilterReader.Redirect),
            Rewrite = fields.Object("urlRewrite", HttpUriFilterReader.Rewrite),
            Cors = fields.Object("cors", CorsFilterReader.Read),
            Mirrors = fields.Object("requestMirror", mirror => Mirror(head, mirror)) is { } single ? [single] : [],
            IsUnusable = type is "ExternalAuth" or "ExtensionRef",
        };
        fields.Pass("externalAuth", "extensionRef");
        if (filter.IsUnusable)
        {
            fields.Findings.Warning("FLD105", fields.Place, $"is {type}, which is not supported; requests it concerns are answered 500");
        }

        return filter;
    }

    private static void CheckType(Fields fields, string type, List<string> before)
    {
        foreach (var (other, key) in FieldOf)
        {
            if (other == type && !fields.Has(key))
            {
                fields.Missing(key, $"a filter of type {type} needs it");
            }
            else if (other != type && type.Length > 0 && fields.Has(key))
            {
                fields.Findings.Error("RUL201", fields.Of(key), $"cannot stand in a filter of type {type}", $"write type: {other}");
            }
        }

        if (type is not ("" or "RequestMirror" or "ExtensionRef" or "ExternalAuth") && before.Contains(type))
        {
            fields.Findings.Error("REF309", fields.Of("type"), $"is {type}, of which there can be one only", "put both into one filter");
        }
    }

    private static List<HeaderEdit> Edits(Fields fields)
    {
        var edits = new List<HeaderEdit>();
        foreach (var (key, kind) in new[] { ("set", HeaderEditKind.Set), ("add", HeaderEditKind.Add) })
        {
            var headers = fields.Objects(key, each => new HeaderField(
                each.Place, each.RequiredText("name", "name the header"), each.RequiredText("value", "give the value")));
            ApiNames.CheckCount(fields, key, 16);
            ApiNames.CheckTwice(headers.Select(header => (header.Name, header.Place)), fields.Findings);
            foreach (var header in headers)
            {
                HeaderEdits.Add(edits, kind, header.Name, header.Value, header.Place, fields.Findings);
            }
        }

        var removed = fields.Texts("remove");
        ApiNames.CheckCount(fields, "remove", 16);
        ApiNames.CheckTwice(removed.Select((name, index) => (name, fields.Of("remove").At(index))), fields.Findings);
        foreach (var (index, name) in removed.Index())
        {
            HeaderEdits.Add(edits, HeaderEditKind.Remove, name, "", fields.Of("remove").At(index), fields.Findings);
        }

        return edits;
    }

    private static BackendMirrorDocument? Mirror(DocumentHead head, Fields fields)
    {
        if (!fields.Has("backendRef"))
        {
            fields.Missing("backendRef", "name the Service that receives the copies");
        }

        var backend = fields.Object("backendRef", reference => BackendReferenceReader.Read(head, reference));
        var percent = fields.Whole("percent", 0, 100);
        var (numerator, denominator) = fields.Object("fraction", Fraction) is { } fraction ? fraction : (1, 1);
        if (fields.Has("percent") && fields.Has("fraction"))
        {
            fields.Findings.Error("RUL214", fields.Of("fraction"), "cannot stand beside percent", "leave one");
        }

        if (backend is null)
        {
            return null;
        }

        var share = percent ?? 100.0 * numerator / denominator;
        return new(backend, Sampler.OfPercent(Math.Clamp(share, 0, 100)));
    }

    private static (int Numerator, int Denominator)? Fraction(Fields fields)
    {
        if (!fields.Has("numerator"))
        {
            fields.Missing("numerator", "write numerator: 1, denominator: 20");
        }

        var numerator = fields.Whole("numerator", 0);
        var denominator = fields.Has("denominator") ? fields.Whole("denominator", 1) : 100;
        if (numerator > denominator)
        {
            fields.Findings.Error("RUL215", fields.Of("numerator"), "is larger than the denominator");
        }

        return (numerator ?? 0, denominator ?? 100);
    }

    private sealed record HeaderField(Place Place, string Name, string Value);
}
