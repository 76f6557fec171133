using Parallax.Traffic.Matching;

namespace Parallax.Proxy.Configuration;

/// <summary>Makes header edits of what documents say, and checks them.</summary>
internal static class HeaderEdits
{
    // A head is rewritten with at most 60 edits; half for the route, half for the destination and the mirror.
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
