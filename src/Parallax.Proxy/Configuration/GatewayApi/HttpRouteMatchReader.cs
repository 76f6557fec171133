using System.Buffers;
using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.GatewayApi;

/// <summary>Reads HTTPRouteMatch.</summary>
internal static class HttpRouteMatchReader
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

    // What a normalised path never holds, so a condition with it could never be fulfilled.
    private static readonly string[] NotInPaths = ["//", "/./", "/../", "%2f", "%2F", "#"];

    private static readonly SearchValues<char> PathCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/._~!$&'()*+,;=:@%#");

    /// <summary>Reads one match.</summary>
    public static RouteMatchConfig Read(Fields fields)
    {
        var method = fields.Choice("method", Methods);
        return new()
        {
            Path = fields.Object("path", Path) ?? new(TextMatchKind.SegmentPrefix, "/"),
            Method = method is null ? null : new(TextMatchKind.Exact, method),
            Headers = FieldMatches(fields, "headers", StringComparer.OrdinalIgnoreCase),
            QueryParams = FieldMatches(fields, "queryParams", StringComparer.Ordinal),
        };
    }

    private static TextMatchConfig? Path(Fields fields)
    {
        var type = fields.Choice("type", "Exact", "PathPrefix", "RegularExpression") ?? "PathPrefix";
        var value = fields.Text("value") ?? "/";
        var place = fields.Of("value");
        if (type == "RegularExpression")
        {
            return Expressions.Check(value, place, fields.Findings) is { } expression ? new(TextMatchKind.Regex, expression) : null;
        }

        if (!value.StartsWith('/'))
        {
            fields.Findings.Error("FLD104", place, $"is \"{value}\"", "a path begins with a slash");
        }

        if (NotInPaths.FirstOrDefault(each => value.Contains(each, StringComparison.Ordinal)) is { } wrong)
        {
            fields.Findings.Error("FLD104", place, $"holds \"{wrong}\"", "write the path without");
        }

        if (value.AsSpan().ContainsAnyExcept(PathCharacters))
        {
            fields.Findings.Error(
                "FLD104", place, $"is \"{value}\"; some of it no path can hold", "percent-encode what is not a character of a path");
        }

        if (value.EndsWith("/..", StringComparison.Ordinal) || value.EndsWith("/.", StringComparison.Ordinal))
        {
            fields.Findings.Error("FLD104", place, "ends with a dot segment", "write the path without");
        }

        // A slash at the end of a prefix says nothing: /a/ is /a.
        return type == "Exact" ? new(TextMatchKind.Exact, value)
            : new(TextMatchKind.SegmentPrefix, value.Length > 1 ? value.TrimEnd('/') is { Length: > 0 } path ? path : "/" : value);
    }

    private static List<FieldMatchConfig> FieldMatches(Fields fields, string key, StringComparer names)
    {
        var seen = new HashSet<string>(names);
        var matches = fields.Objects(key, FieldMatch);
        ApiNames.CheckCount(fields, key, 16);
        ApiNames.CheckTwice(matches.Select((each, index) => (each.Name, fields.Of(key).At(index))), fields.Findings);

        // Of several conditions on one name, written in letters of another size, only the first counts.
        return [.. matches.Where(each => seen.Add(each.Name))];
    }

    private static FieldMatchConfig? FieldMatch(Fields fields)
    {
        var type = fields.Choice("type", "Exact", "RegularExpression") ?? "Exact";
        var name = fields.RequiredText("name", "name it");
        var value = fields.RequiredText("value", "give the value");
        if (name.Length > 0 && !HeadTexts.IsToken(name))
        {
            fields.Findings.Error("FLD104", fields.Of("name"), $"is \"{name}\", which is not a name", "write letters, digits and hyphens");
        }

        if (type == "RegularExpression" && value.Length > 0)
        {
            return Expressions.Check(value, fields.Of("value"), fields.Findings) is { } expression
                ? new(name, new(TextMatchKind.Regex, expression))
                : null;
        }

        return new(name, new(TextMatchKind.Exact, value));
    }
}
