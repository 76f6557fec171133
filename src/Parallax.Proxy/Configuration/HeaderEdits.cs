using Parallax.Traffic.Matching;

namespace Parallax.Proxy.Configuration;

/// <summary>Makes header edits of what documents say, and checks them.</summary>
internal static class HeaderEdits
{
    // A head is rewritten with at most 60 edits: one place may fill them, several together must fit.
    private const int MostOfOneKind = 20;

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

    /// <summary>Reports a route that has one head rewritten with more edits than fit: its own, a destination's and a mirror's
    /// together.</summary>
    public static void CheckTogether(RouteConfig route, Place place, Findings findings)
    {
        foreach (var destination in route.Destinations)
        {
            var request = route.RequestHeaders.Concat(destination.RequestHeaders).ToList();
            var heads = route.Mirrors
                .Select(mirror => request.Concat(mirror.Headers))
                .Append(request)
                .Append(destination.ResponseHeaders.Concat(route.ResponseHeaders));
            if (!heads.All(HeaderEdit.FitTogether))
            {
                findings.Error("FLD104", place, "changes more than 60 headers of one message, destinations and mirrors counted in");
                return;
            }
        }
    }

    private static void Add(
        List<HeaderEdit> edits, HeaderEditKind kind, string name, string value, ValueTemplate? template, Place place, Findings findings)
    {
        if (name.Length == 0)
        {
            findings.Error("FLD104", place, "names no header");
        }
        else if (edits.Count(each => each.Kind == kind) == MostOfOneKind)
        {
            findings.Error("FLD104", place, $"is one header too many; {MostOfOneKind} at most");
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
