using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>What the parts of one Istio route must be to each other.</summary>
internal static class HttpRouteRules
{
    private static readonly (string First, string Second)[] Enemies =
    [
        ("redirect", "fault"), ("redirect", "rewrite"), ("directResponse", "fault"), ("directResponse", "rewrite"),
    ];

    /// <summary>Reports what does not go together.</summary>
    /// <param name="fields">The route.</param>
    /// <param name="route">What was read of it.</param>
    /// <param name="isDelegate">True for a route that others delegate to; what it lacks may stand in theirs.</param>
    public static void Check(Fields fields, HttpRouteDocument route, bool isDelegate)
    {
        var isRoot = fields.Has("delegate");
        if (isRoot)
        {
            CheckRoot(fields, isDelegate);
        }
        else
        {
            CheckActions(fields);
        }

        CheckWeights(fields, route);
        CheckAuthority(fields, route);
        if (route.Redirect?.Config.PathPrefix is { Length: > 0 }
            && route.Matches.Any(match => match.Config.Path is { Kind: not TextMatchKind.Prefix }))
        {
            fields.Findings.Error(
                "RUL213", fields.Of("redirect").Of("prefixRewrite"), "needs a prefix in every match on the uri, which it replaces");
        }

        if (!isRoot && !isDelegate && !fields.Has("mirror") && !fields.Has("mirrors"))
        {
            foreach (var key in fields.Present("mirrorPercentage", "mirrorPercent", "mirror_percent"))
            {
                fields.Findings.Warning("RUL206", fields.Of(key), "has no effect without mirror");
            }
        }
    }

    private static void CheckRoot(Fields fields, bool isDelegate)
    {
        if (isDelegate)
        {
            fields.Findings.Error(
                "RUL204", fields.Of("delegate"), "cannot stand in a VirtualService without hosts: delegation goes one level deep",
                "write its routes here");
        }

        foreach (var key in fields.Present("route", "redirect"))
        {
            fields.Findings.Error("RUL204", fields.Of(key), "cannot stand beside delegate", "a route does one of them");
        }
    }

    private static void CheckActions(Fields fields)
    {
        var actions = fields.Present("route", "redirect", "directResponse");
        if (actions.Count > 1)
        {
            fields.Findings.Error("RUL204", fields.Of(actions[1]), $"cannot stand beside {actions[0]}", "a route does one of them");
        }
        else if (actions.Count == 0)
        {
            fields.Findings.Error("RUL205", fields.Place, "does nothing", "give it route, redirect or directResponse");
        }

        foreach (var (first, second) in Enemies.Where(each => fields.Has(each.First) && fields.Has(each.Second)))
        {
            fields.Findings.Error("RUL204", fields.Of(second), $"cannot stand beside {first}", "remove one of them");
        }

        if (fields.Has("mirror") && fields.Has("mirrors"))
        {
            fields.Findings.Error("RUL203", fields.Of("mirrors"), "cannot stand beside mirror", "put all of them into mirrors");
        }
    }

    private static void CheckWeights(Fields fields, HttpRouteDocument route)
    {
        if (fields.Has("route") && route.Destinations.Count == 0)
        {
            fields.Findings.Error("RUL205", fields.Of("route"), "has no destination");
        }
        else if (route.Destinations.Count > 1 && route.Destinations.Sum(each => (long)(each.Weight ?? 0)) is 0 or > int.MaxValue)
        {
            fields.Findings.Error("RUL207", fields.Of("route"), "has several destinations, but their weights add up to nothing usable",
                "give each a weight; 100 in all is usual");
        }
    }

    private static void CheckAuthority(Fields fields, HttpRouteDocument route)
    {
        var isSetByHeaders = route.Headers.Authority is not null || route.Destinations.Any(each => each.Headers.Authority is not null);
        if (isSetByHeaders && route.Rewrite?.Authority is not null)
        {
            fields.Findings.Error(
                "RUL208", fields.Of("rewrite").Of("authority"), "is set by headers, too", "set the authority in one place");
        }
    }
}
