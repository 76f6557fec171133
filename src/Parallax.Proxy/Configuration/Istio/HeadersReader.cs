using Parallax.Documents;
using Parallax.Proxy.Configuration.Reading;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Configuration.Istio;

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
                AddValue(edits, kind, name, value, fields.Of(key).Of(name), fields.Findings, onAuthority);
            }
        }

        foreach (var entry in fields.Entries("remove"))
        {
            if (entry.Node is TextNode name)
            {
                Remove(edits, name.Value, entry, fields.Findings);
            }
        }

        _ = fields.Texts("remove");
        return edits;
    }

    private static void AddValue(
        List<HeaderEdit> edits, HeaderEditKind kind, string name, string value, Place place, Findings findings, Action<string>? onAuthority)
    {
        if (IsAuthority(name) && onAuthority is null)
        {
            findings.Error("FLD104", place, "can be set and added in requests only");
        }
        else if (onAuthority is not null && IsAuthority(name))
        {
            if (HeadTexts.Check(value, mayHoldBlanks: false, place, findings))
            {
                // Istio makes a rewrite of it, in which operators mean nothing.
                HeaderEdits.WarnOfOperators(value, place, findings);
                onAuthority(value);
            }
        }
        else if (name.StartsWith(':'))
        {
            RefusePseudoHeader(place, findings);
        }
        else
        {
            HeaderEdits.AddTemplate(edits, kind, name, value, isResponse: onAuthority is null, place, findings);
        }
    }

    private static void Remove(List<HeaderEdit> edits, string name, Place place, Findings findings)
    {
        if (IsAuthority(name))
        {
            findings.Error("FLD104", place, "can be set and added in requests, but not removed");
        }
        else if (name.StartsWith(':'))
        {
            RefusePseudoHeader(place, findings);
        }
        else
        {
            HeaderEdits.Add(edits, HeaderEditKind.Remove, name, "", place, findings);
        }
    }

    private static bool IsAuthority(string name) =>
        name.Equals(":authority", StringComparison.OrdinalIgnoreCase) || name.Equals("host", StringComparison.OrdinalIgnoreCase);

    private static void RefusePseudoHeader(Place place, Findings findings) => findings.Error(
        "FLD104", place, "is not a header but a part of the request line", "use rewrite for the path");
}
