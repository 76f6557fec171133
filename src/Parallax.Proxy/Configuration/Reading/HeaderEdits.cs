using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Configuration.Reading;

/// <summary>Makes header edits of what documents say, and checks them.</summary>
internal static class HeaderEdits
{
    /// <summary>Adds one edit with a value in which command operators stand for something, as in Istio, or reports why it cannot be
    /// made.</summary>
    public static void AddTemplate(
        List<HeaderEdit> edits, HeaderEditKind kind, string name, string value, bool isResponse, Place place, Findings findings)
    {
        if (!ValueTemplate.TryParse(value, isResponse, out var template, out var error, out var remedy))
        {
            findings.Error("FLD104", place, error, remedy);
            return;
        }

        foreach (var without in template.WithoutValue)
        {
            findings.Warning("FLD105", place, $"holds {without}");
        }

        Add(edits, kind, name, value, template, place, findings);
    }

    /// <summary>Adds one edit with a value that is meant as it stands, or reports why it cannot be made.</summary>
    public static void Add(List<HeaderEdit> edits, HeaderEditKind kind, string name, string value, Place place, Findings findings)
    {
        WarnOfOperators(value, place, findings);
        Add(edits, kind, name, value, null, place, findings);
    }

    /// <summary>Warns when a value that is meant as it stands looks as if it were not.</summary>
    public static void WarnOfOperators(string value, Place place, Findings findings)
    {
        if (value.Contains('%', StringComparison.Ordinal)
            && ValueTemplate.TryParse(value, isResponse: true, out var template, out _, out _)
            && (template.Constant is null || template.WithoutValue.Count > 0))
        {
            findings.Warning("FLD105", place, $"is \"{value}\"; command operators are not known here, so it is sent as it stands");
        }
    }

    /// <summary>The route; one that answers 500 when a head of it would be rewritten with more edits than fit: its own, a destination's and
    /// a mirror's together.</summary>
    public static RouteConfig CheckTogether(RouteConfig route, Place place, Findings findings)
    {
        foreach (var destination in route.Destinations)
        {
            var request = route.RequestHeaders.Concat(destination.RequestHeaders).ToList();
            var heads = route.Mirrors
                .Select(mirror => request.Concat(mirror.Headers))
                .Append(request)
                .Append(destination.ResponseHeaders.Concat(route.ResponseHeaders));
            if (!heads.All(HeaderEditLists.FitTogether))
            {
                findings.Warning(
                    "FLD105", place, "changes more than 60 headers of one message, destinations and mirrors counted in, which is not "
                    + "supported; its requests are answered 500");
                return RouteConfig.Unusable(route.Name, route.Origin) with { Matches = route.Matches };
            }
        }

        return route;
    }

    private static void Add(
        List<HeaderEdit> edits, HeaderEditKind kind, string name, string value, ValueTemplate? template, Place place, Findings findings)
    {
        if (name.Length == 0)
        {
            findings.Error("FLD104", place, "names no header");
        }
        else if (HeaderEdit.IsReserved(name))
        {
            findings.Warning(
                "FLD105", place, $"names {name}, which is not supported and ignored: it belongs to the message's framing, to the "
                + "connection or to the loop guard");
        }
        else if (HeaderEdit.TryParse(kind, kind == HeaderEditKind.Remove ? name : $"{name}: {value}", out var edit, out var error))
        {
            edits.Add(template is null ? edit : edit.With(template));
        }
        else
        {
            findings.Error("FLD104", place, $"cannot be done: {error}");
        }
    }
}
