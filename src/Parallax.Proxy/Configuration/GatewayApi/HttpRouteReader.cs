using System.Globalization;
using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.GatewayApi;

/// <summary>Reads HTTPRoutes and checks what can be said of each alone.</summary>
internal static class HttpRouteReader
{
    private const int MaxPort = 65_535;

    private static readonly RouteMatchConfig Everything = new() { Path = new(TextMatchKind.SegmentPrefix, "/") };

    /// <summary>Reads <c>spec</c>.</summary>
    public static HttpRouteResource Read(DocumentHead head, Fields spec)
    {
        spec.NotSupported("useDefaultGateways", "a route names its Gateway");
        var hostnames = spec.Texts("hostnames");
        foreach (var (index, host) in hostnames.Index())
        {
            ApiNames.CheckHostname(host, spec.Of("hostnames").At(index), mayBePattern: true, spec.Findings);
        }

        ApiNames.CheckCount(spec, "hostnames", 16);
        ApiNames.CheckCount(spec, "parentRefs", 32);
        ApiNames.CheckCount(spec, "rules", 16);
        var rules = spec.Objects("rules", rule => Rule(head, rule));
        ApiNames.CheckTwice(rules.Select(rule => (rule.Name ?? "", rule.Place.Of("name"))), spec.Findings);
        if (!spec.Has("rules"))
        {
            // The API server puts in one rule that matches everything and has no backend.
            rules = [new() { Place = spec.Place, Matches = [Everything], Filters = new() }];
        }

        var parents = spec.Objects("parentRefs", parent => Parent(head, parent));
        CheckParents(parents, spec.Findings);
        return new(head, parents, hostnames, rules);
    }

    // A Gateway may be named several times, each time with another listener or port.
    private static void CheckParents(IReadOnlyList<ParentReference> parents, Findings findings)
    {
        foreach (var same in parents.GroupBy(parent => (parent.Namespace, parent.Name)).Where(group => group.Count() > 1))
        {
            if (same.Any(parent => parent.Section is null && parent.Port is null)
                || same.GroupBy(parent => (parent.Section, parent.Port)).Any(group => group.Count() > 1))
            {
                findings.Error(
                    "REF309", same.Last().Place, $"names the Gateway {same.Key.Name} a second time",
                    "remove it, or give each another sectionName or port");
            }
        }
    }

    private static ParentReference? Parent(DocumentHead head, Fields fields)
    {
        ApiNames.CheckReference(fields);
        ApiNames.CheckSection(fields, "sectionName");
        var group = fields.Text("group") ?? ApiGroups.GatewayApi;
        var kind = fields.Text("kind") ?? "Gateway";
        var parent = new ParentReference(
            fields.Place,
            fields.Text("namespace") ?? head.Namespace,
            fields.RequiredText("name", "name the Gateway"),
            fields.Text("sectionName"),
            fields.Whole("port", 1, MaxPort));
        if (group == ApiGroups.GatewayApi && kind == "Gateway")
        {
            return parent;
        }

        fields.Findings.Warning(
            "FLD105", fields.Place, $"is a {kind}, which is not supported and ignored, because only Gateways are served");
        return null;
    }

    private static HttpRuleDocument Rule(DocumentHead head, Fields fields)
    {
        fields.NotSupported("sessionPersistence", "sessions are kept by a DestinationRule's consistentHash");
        var matches = fields.Objects("matches", HttpRouteMatchReader.Read);
        var filters = HttpFilterReader.Read(head, fields);
        var retry = fields.Object("retry", Retry) ?? RetryConfig.Default;
        var (request, backend) = fields.Object("timeouts", Timeouts);
        var backends = fields.Objects("backendRefs", each => Backend(head, each));
        ApiNames.CheckSection(fields, "name");
        ApiNames.CheckCount(fields, "matches", 64);
        ApiNames.CheckCount(fields, "filters", 16);
        ApiNames.CheckCount(fields, "backendRefs", 16);
        (filters, backends) = BackendFilters.Lift(filters, backends, fields.Findings);
        var rule = new HttpRuleDocument
        {
            Place = fields.Place,
            Name = fields.Text("name"),
            Matches = matches.Count > 0 || fields.Entries("matches").Count > 0 ? matches : [Everything],
            Filters = filters,
            Backends = backends,
            Timeout = request ?? backend,
            Retry = backend is null ? retry : retry with { PerTryTimeout = backend },
        };
        Check(fields, rule);
        return rule;
    }

    private static BackendDocument Backend(DocumentHead head, Fields fields)
    {
        var weight = fields.Whole("weight", 0, 1_000_000) ?? 1;
        var filters = HttpFilterReader.Read(head, fields);
        return new(BackendReferenceReader.Read(head, fields), weight, filters);
    }

    private static (TimeSpan? Request, TimeSpan? Backend) Timeouts(Fields fields)
    {
        var request = ApiNames.Duration(fields, "request");
        var backend = ApiNames.Duration(fields, "backendRequest");
        if (request is { Ticks: > 0 } && backend > request)
        {
            fields.Findings.Error("RUL212", fields.Of("backendRequest"), "is longer than request");
        }

        return (request is { Ticks: > 0 } ? request : null, backend is { Ticks: > 0 } ? backend : null);
    }

    private static RetryConfig Retry(Fields fields)
    {
        var codes = new List<int>();
        foreach (var entry in fields.Entries("codes"))
        {
            if (entry.Node is TextNode text
                && int.TryParse(text.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var code)
                && code is >= 400 and <= 599)
            {
                codes.Add(code);
            }
            else
            {
                fields.Findings.Error("FLD104", entry, "must be a status code from 400 to 599");
            }
        }

        var attempts = fields.Whole("attempts", 0) ?? 1;
        var backoff = ApiNames.Duration(fields, "backoff");
        var on = RetryConfig.Default.On | RetryOn.Reset | (codes.Count > 0 ? RetryOn.Statuses : RetryOn.None);
        return new()
        {
            Attempts = attempts,
            On = attempts == 0 ? RetryOn.None : on,
            Statuses = codes,
            Backoff = backoff is { Ticks: > 0 } ? backoff.Value : RetryConfig.Default.Backoff,
        };
    }

    private static void Check(Fields fields, HttpRuleDocument rule)
    {
        if (rule.Filters.Redirect is not null && rule.Backends.Any(backend => backend.Filters.Redirect is null))
        {
            fields.Findings.Error("RUL204", fields.Of("backendRefs"), "cannot stand beside a RequestRedirect filter", "remove one of them");
        }

        var replacesPrefix = rule.Filters.Redirect?.PathPrefix is not null || rule.Filters.Rewrite?.Prefix is not null
            || rule.Backends.Any(backend => backend.Filters.Rewrite?.Prefix is not null);
        if (replacesPrefix && rule.Matches is not [{ Path.Kind: TextMatchKind.SegmentPrefix }])
        {
            fields.Findings.Error(
                "RUL213", fields.Of("matches"),
                "must be exactly one with a path of type PathPrefix, because a filter replaces that prefix");
        }
    }
}
