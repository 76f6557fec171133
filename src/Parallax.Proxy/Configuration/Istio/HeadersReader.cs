using Parallax.Traffic.Matching;

namespace Parallax.Proxy.Configuration;

/// <summary>Reads Istio's Headers.</summary>
internal static class HeadersReader
{
    /// <summary>Reads both directions.</summary>
    public static HeadersDocument Read(Fields fields)
    {
        string? authority = null;
        return new()
        {
            Request = fields.Object("request", request => Operations(request, value => authority = value)) ?? [],
            Response = fields.Object("response", response => Operations(response, null)) ?? [],
            Authority = authority,
        };
    }

    private static List<HeaderEdit> Operations(Fields fields, Action<string>? onAuthority)
    {
        var edits = new List<HeaderEdit>();
        foreach (var (key, kind) in new[] { ("set", HeaderEditKind.Set), ("add", HeaderEditKind.Add) })
        {
            foreach (var (name, value) in fields.TextMap(key))
            {
                AddEdit(edits, kind, name, value, fields.Of(key).Of(name), fields.Findings, onAuthority);
            }
        }

        foreach (var entry in fields.Entries("remove"))
        {
            if (entry.Node is TextNode name)
            {
                AddEdit(edits, HeaderEditKind.Remove, name.Value, "", entry, fields.Findings, null);
            }
        }

        _ = fields.Texts("remove");
        return edits;
    }

    private static void AddEdit(
        List<HeaderEdit> edits, HeaderEditKind kind, string name, string value, Place place, Findings findings, Action<string>? onAuthority)
    {
        if (name == ":authority" && onAuthority is null)
        {
            findings.Error("FLD104", place, "can be set and added in requests only");
        }
        else if (onAuthority is not null && (name == ":authority" || name.Equals("host", StringComparison.OrdinalIgnoreCase)))
        {
            if (HeadTexts.Check(value, mayHoldBlanks: false, place, findings))
            {
                onAuthority(value);
            }
        }
        else if (name.StartsWith(':'))
        {
            findings.Warning("FLD105", place, "is not supported and ignored, because it is no header but a part of the request line");
        }
        else
        {
            HeaderEdits.Add(edits, kind, name, value, place, findings);
        }
    }
}
