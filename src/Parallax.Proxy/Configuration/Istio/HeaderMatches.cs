using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>Reads conditions on headers: <c>headers</c> and <c>withoutHeaders</c>. The pseudo-headers of HTTP/2 stand for parts of the
/// request line, and claims of a token stand for nothing here.</summary>
internal static class HeaderMatches
{
    private const string Claims = "@request.auth.claims";

    private static readonly string[] Pseudo = [":method", ":scheme", ":authority", ":path", ":status"];

    /// <summary>Reads both.</summary>
    /// <param name="fields">The match block.</param>
    /// <param name="match">What else it says.</param>
    /// <returns>The whole of it, but for conditions that cannot be looked at; whether there is one.</returns>
    public static (RouteMatchConfig Match, bool IsUndecidable) Read(Fields fields, RouteMatchConfig match)
    {
        var isUndecidable = false;
        var headers = new List<FieldMatchConfig>();
        foreach (var header in fields.ObjectMap("headers", Header))
        {
            if (WithPseudoHeader(match, header) is { } with)
            {
                match = with;
            }
            else if (IsPlain(header.Name))
            {
                headers.Add(header);
            }
            else
            {
                isUndecidable = true;
                Warn(fields.Of("headers").Of(header.Name), fields.Findings);
            }
        }

        var without = fields.ObjectMap("withoutHeaders", Header);
        foreach (var header in without.Where(header => !IsPlain(header.Name)))
        {
            isUndecidable = true;
            Warn(fields.Of("withoutHeaders").Of(header.Name), fields.Findings);
        }

        return (match with { Headers = headers, WithoutHeaders = [.. without.Where(header => IsPlain(header.Name))] }, isUndecidable);
    }

    private static FieldMatchConfig? Header(string name, Fields match)
    {
        if (name.Length > 0 && !Pseudo.Contains(name) && !IsClaim(name) && !HeadTexts.IsToken(name))
        {
            match.Findings.Error(
                "FLD104", match.Place, $"is \"{name}\", which is not a name of a header", "write letters, digits and hyphens");
            return null;
        }

        return StringMatchReader.ReadNamed(name, match);
    }

    private static RouteMatchConfig? WithPseudoHeader(RouteMatchConfig match, FieldMatchConfig header) => header.Name switch
    {
        ":method" when match.Method is null => match with { Method = header.Value },
        ":scheme" when match.Scheme is null => match with { Scheme = header.Value },
        ":authority" when match.Authority is null => match with { Authority = header.Value },
        _ => null,
    };

    private static bool IsPlain(string name) => !name.StartsWith(':') && !IsClaim(name);

    private static bool IsClaim(string name) => name.StartsWith(Claims, StringComparison.OrdinalIgnoreCase);

    private static void Warn(Place place, Findings findings) => findings.Warning(
        "FLD105", place, "is a condition that is not supported; requests that fulfil all others of its match block are answered 500");
}
