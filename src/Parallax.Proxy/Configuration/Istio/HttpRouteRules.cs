namespace Parallax.Proxy.Configuration;

/// <summary>What the parts of one Istio route must be to each other.</summary>
internal static class HttpRouteRules
{
    /// <summary>Reports what does not go together.</summary>
    public static void Check(Fields fields, HttpRouteDocument route)
    {
        var actions = fields.Present("route", "redirect", "directResponse");
        if (actions.Count > 1)
        {
            fields.Findings.Error("RUL204", fields.Of(actions[1]), $"cannot stand beside {actions[0]}", "a route does one of them");
        }
        else if (actions.Count == 0 && !fields.Has("delegate"))
        {
            fields.Findings.Error("RUL205", fields.Place, "does nothing", "give it route, redirect or directResponse");
        }

        foreach (var (first, second) in new[] { ("redirect", "fault"), ("redirect", "rewrite"), ("directResponse", "fault"), (
            "directResponse", "rewrite") })
        {
            if (fields.Has(first) && fields.Has(second))
            {
                fields.Findings.Error("RUL204", fields.Of(second), $"cannot stand beside {first}", "remove one of them");
            }
        }

        CheckWeights(fields, route);
        CheckAuthority(fields, route);
        if (route.Mirrors.Count == 0 && !fields.Has("mirror") && !fields.Has("mirrors"))
        {
            foreach (var key in fields.Present("mirrorPercentage", "mirrorPercent", "mirror_percent"))
            {
                fields.Findings.Warning("RUL206", fields.Of(key), "has no effect without mirror");
            }
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
