using Parallax.Traffic.Counters;

namespace Parallax.Proxy.Accounts;

/// <summary>The counters of a <see cref="ProxyAccount"/>, but for its mirrors and shadows, which have their own.</summary>
public static class ProxyTable
{
    /// <summary>The counters.</summary>
    public static CounterTable<ProxyAccount> All { get; } = new(
        "",
        [
            new("connections", "Connections accepted from clients.", account => account.Connections) { Metric = "client_connections" },
            new("openConnections", "Connections of clients that are open.", account => account.OpenConnections)
            {
                Kind = CounterKind.Level,
                Metric = "client_connections",
            },
            new("requests", "Requests whose head was understood.", account => account.Requests),
            new("unanswered", "Requests that ended before a response began.", account => account.Unanswered)
            {
                Metric = "requests_unanswered",
            },
            new("underWay", "Requests not over yet.", account => account.InFlight)
            {
                Kind = CounterKind.Level,
                Metric = "requests_under_way",
            },
            new("broken", "Responses broken off.", account => account.Broken)
            {
                Metric = "responses_broken",
                Shown = ("requests", "responses broken off"),
            },
            new("malformed", "Requests whose head or body was malformed.", account => account.Malformed)
            {
                Metric = "requests_malformed",
                Shown = ("requests", "malformed"),
            },
            new("tunnels", "Connections that became tunnels.", account => account.Tunnels) { Shown = ("requests", "tunnels") },
            new("retries", "Tries of the primary beyond the first.", account => account.Retries) { Shown = ("requests", "retries") },
            new("connects", "Connections made to primaries.", account => account.Connects) { Metric = "upstream_connections" },
            new("unexplained", "What the sum does not explain.", account => account.Unexplained) { Metric = "" },
            new("closedIdle", "Idle connections of clients closed to make room.", account => account.ClosedIdle)
            {
                Shown = ("requests", "idle connections closed to make room"),
                Metric = "client_connections_closed_idle",
            },
            new("faults", "Faults of the program itself.", account => account.Faults),
        ],
        [
            new(
                "overload",
                "How often a step of overload began.",
                account => account.Scarce.Begun,
                new("step", static index => OverloadSteps.NameOf((OverloadStep)index), 1, OverloadSteps.Count)),
            new("answeredByClass", "Requests answered, by class of status.", account => account.Answered, CounterLabels.Classes)
            {
                Metric = "responses",
            },
            new("answeredHereByClass", "Those of them the proxy answered itself.", account => account.AnsweredHere, CounterLabels.Classes)
            {
                Metric = "responses_local",
            },
            new(
                "answeredHere",
                "Those of them by why the proxy answered itself.",
                account => account.AnsweredHereFor,
                new("reason", static index => LocalReasons.NameOf((LocalReason)index), 1, LocalReasons.Count))
            {
                Metric = "responses_local_reason",
            },
            new(
                "cutShort",
                "Requests that ended without a whole response, by reason.",
                account => account.CutShortFor,
                new("reason", static index => BreakReasons.NameOf((BreakReason)index), 1, BreakReasons.Count))
            {
                Metric = "requests_cut_short",
            },
            new(
                "connectionsRefused",
                "Connections that ended before there was a request to answer, by reason.",
                account => account.ConnectionsRefusedFor,
                new("reason", static index => ConnectionRefusals.NameOf((ConnectionRefusal)index), 1, ConnectionRefusals.Count))
            {
                Metric = "connections_refused",
            },
            new("refusedByClass", "Requests refused before their head was understood.", account => account.Refused, CounterLabels.Classes)
            {
                Metric = "requests_refused",
            },
        ]);

    /// <summary>What is taken of what is scarce: metrics only.</summary>
    public static CounterTable<ScarceAccount> Scarce { get; } = new(
        "",
        [
            new("upstreamConnections", "Open connections to primaries.", account => account.Primaries) { Kind = CounterKind.Level },
            new("shadowConnections", "Open connections to shadows.", account => account.Shadows) { Kind = CounterKind.Level },
            new("clientBytes", "Memory that octets of clients hold.", account => account.ClientBytes) { Kind = CounterKind.Level },
            new("overloadStep", "The step of overload in force; 0 for none.", account => (long)account.Step) { Kind = CounterKind.Level },
        ],
        []);
}
