using Parallax.Documents;

namespace Parallax.Proxy.Configuration.GatewayApi;

/// <summary>Takes what filters of a backend say of the whole request to the rule they stand in.</summary>
internal static class BackendFilters
{
    /// <summary>With one backend its filters concern every request of the rule; with several, a mirror, a redirect or cross-origin rules of
    /// one of them are not supported, and its share of the requests is answered 500.</summary>
    public static (FiltersDocument Rule, IReadOnlyList<BackendDocument> Backends) Lift(
        FiltersDocument rule, IReadOnlyList<BackendDocument> backends, Findings findings)
    {
        if (backends is [var only])
        {
            var filters = only.Filters;
            return (
                rule with
                {
                    Mirrors = [.. rule.Mirrors, .. filters.Mirrors],
                    Cors = rule.Cors ?? filters.Cors,
                    Redirect = rule.Redirect ?? filters.Redirect,
                },
                backends);
        }

        return (rule, [.. backends.Select(backend => ConcernsRequest(backend.Filters) ? Unusable(backend, findings) : backend)]);
    }

    private static bool ConcernsRequest(FiltersDocument filters) =>
        filters.Mirrors.Count > 0 || filters.Cors is not null || filters.Redirect is not null;

    private static BackendDocument Unusable(BackendDocument backend, Findings findings)
    {
        findings.Warning(
            "FLD105", backend.Reference.Place.Of("filters"), "hold RequestMirror, RequestRedirect or CORS, which are not supported at "
            + "one of several backends; its share of the requests is answered 500", "put them into the rule's filters");
        return backend with { Filters = backend.Filters with { IsUnusable = true } };
    }
}
