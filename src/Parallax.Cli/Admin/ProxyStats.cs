using Parallax.Proxy.Forwarding;
using Parallax.Traffic.Queues;
using Parallax.Traffic.Recording;
using Parallax.Traffic.Shadowing;

namespace Parallax.Cli.Admin;

/// <summary><c>GET /stats</c>: a proxy's account in Prometheus' text format. Every reason is there from the start, at zero, so that rates
/// and alerts work from the first scrape.</summary>
internal static class ProxyStats
{
    private static readonly IReadOnlyList<Reason> Drops =
        [.. Enumerable.Range(1, DropReasons.Count - 1).Select(index => new Reason(index, "reason", DropReasons.NameOf((DropReason)index)))];

    private static readonly IReadOnlyList<Reason> Failures =
        [.. Enumerable.Range(1, FailureReasons.Count - 1).Select(
            index => new Reason(index, "reason", FailureReasons.NameOf((FailureReason)index)))];

    private static readonly IReadOnlyList<Reason> LocalAnswers =
        [.. Enumerable.Range(1, LocalReasons.Count - 1).Select(
            index => new Reason(index, "reason", LocalReasons.NameOf((LocalReason)index)))];

    private static readonly IReadOnlyList<Reason> Breaks =
        [.. Enumerable.Range(1, BreakReasons.Count - 1).Select(
            index => new Reason(index, "reason", BreakReasons.NameOf((BreakReason)index)))];

    private static readonly IReadOnlyList<Reason> Refusals =
        [.. Enumerable.Range(1, ConnectionRefusals.Count - 1).Select(
            index => new Reason(index, "reason", ConnectionRefusals.NameOf((ConnectionRefusal)index)))];

    private static readonly IReadOnlyList<Reason> Steps =
        [.. Enumerable.Range(1, OverloadSteps.Count - 1).Select(
            index => new Reason(index, "step", OverloadSteps.NameOf((OverloadStep)index)))];

    private static readonly IReadOnlyList<Reason> Classes =
        [.. Enumerable.Range(1, 5).Select(first => new Reason(first, "class", $"{first}xx"))];

    public static AdminAnswer Of(ProxyAccount account, long copyBytes, long logLinesDropped, RecorderAccount? recorded)
    {
        var text = new PrometheusText();
        text.Metric("parallax_client_connections_total", "counter", "Connections accepted from clients.")
            .Sample("parallax_client_connections_total", account.Connections)
            .Metric("parallax_client_connections", "gauge", "Connections of clients that are open.")
            .Sample("parallax_client_connections", account.OpenConnections)
            .Metric("parallax_requests_total", "counter", "Requests whose head was understood.")
            .Sample("parallax_requests_total", account.Requests)
            .Metric("parallax_requests_under_way", "gauge", "Requests not over yet.")
            .Sample("parallax_requests_under_way", account.UnderWay)
            .Metric("parallax_requests_unanswered_total", "counter", "Requests that ended before a response began.")
            .Sample("parallax_requests_unanswered_total", account.Unanswered)
            .Metric("parallax_responses_broken_total", "counter", "Responses broken off.")
            .Sample("parallax_responses_broken_total", account.Broken)
            .Metric("parallax_retries_total", "counter", "Tries of the primary leg beyond the first.")
            .Sample("parallax_retries_total", account.Retries)
            .Metric("parallax_upstream_connections_total", "counter", "Connections made to primaries.")
            .Sample("parallax_upstream_connections_total", account.Connects)
            .Metric("parallax_tunnels_total", "counter", "Connections that became tunnels.")
            .Sample("parallax_tunnels_total", account.Tunnels)
            .Metric("parallax_faults_total", "counter", "Faults of the program itself.")
            .Sample("parallax_faults_total", account.Faults)
            .Metric("parallax_copy_bytes", "gauge", "Memory that copies hold.")
            .Sample("parallax_copy_bytes", copyBytes)
            .Metric("parallax_access_log_dropped_total", "counter", "Lines of the access log that could not be written.")
            .Sample("parallax_access_log_dropped_total", logLinesDropped);
        ByClass(text, "parallax_responses_total", "Requests answered, by class of status.", account.Answered);
        ByClass(text, "parallax_responses_local_total", "Those of them the proxy answered itself.", account.AnsweredHere);
        text.Metric("parallax_responses_local_reason_total", "counter", "Those of them by why the proxy answered itself.");
        ByReason(text, "parallax_responses_local_reason_total", LocalAnswers, account.AnsweredHereFor);
        text.Metric("parallax_requests_cut_short_total", "counter", "Requests that ended without a whole response, by reason.");
        ByReason(text, "parallax_requests_cut_short_total", Breaks, account.CutShortFor);
        text.Metric("parallax_connections_refused_total", "counter", "Connections that ended before there was a request to answer.");
        ByReason(text, "parallax_connections_refused_total", Refusals, account.ConnectionsRefusedFor);
        ByClass(text, "parallax_requests_refused_total", "Requests refused before their head was understood.", account.Refused);
        WriteScarce(text, account);
        WriteMirrors(text, account.Mirrors);
        WriteShadows(text, account.Shadows);
        if (recorded is not null)
        {
            WriteRecording(text, recorded);
        }

        return text.ToAnswer();
    }

    private static void WriteScarce(PrometheusText text, ProxyAccount account)
    {
        var scarce = account.Scarce;
        text.Metric("parallax_client_connections_closed_idle_total", "counter", "Idle connections of clients closed to make room.")
            .Sample("parallax_client_connections_closed_idle_total", account.ClosedIdle)
            .Metric("parallax_upstream_connections", "gauge", "Connections to primaries that are open.")
            .Sample("parallax_upstream_connections", scarce.Primaries)
            .Metric("parallax_shadow_connections", "gauge", "Connections to shadows that are open.")
            .Sample("parallax_shadow_connections", scarce.Shadows)
            .Metric("parallax_client_bytes", "gauge", "Memory that octets of clients hold.")
            .Sample("parallax_client_bytes", scarce.ClientBytes)
            .Metric("parallax_overload_step", "gauge", "The step of overload in force; 0 for none.")
            .Sample("parallax_overload_step", (long)scarce.Step)
            .Metric("parallax_overload_total", "counter", "How often a step of overload began.");
        ByReason(text, "parallax_overload_total", Steps, scarce.Begun);
    }

    private static void WriteMirrors(PrometheusText text, IReadOnlyList<ProxyMirrorAccount> mirrors)
    {
        ByMirror(text, mirrors, "parallax_mirror_received_total", "Requests a mirror looked at.", mirror => mirror.Received);
        ByMirror(text, mirrors, "parallax_mirror_offered_total", "Copies offered to the mirror's cluster.", mirror => mirror.Offered);
        ByMirror(text, mirrors, "parallax_mirror_not_matched_total", "Requests that rules skipped.", mirror => mirror.NotMatched);
        ByMirror(text, mirrors, "parallax_mirror_not_sampled_total", "Requests sampling skipped.", mirror => mirror.NotSampled);
        ByMirror(text, mirrors, "parallax_mirror_other_methods_total", "Requests skipped for their method.", mirror => mirror.OtherMethods);
        text.Metric("parallax_mirror_dropped_total", "counter", "Copies dropped before they were offered, by reason.");
        foreach (var mirror in mirrors)
        {
            ByReason(
                text, "parallax_mirror_dropped_total", Drops, mirror.Dropped, ("mirror", mirror.Name), ("cluster", mirror.Cluster));
        }
    }

    private static void WriteShadows(PrometheusText text, IReadOnlyList<ShadowAccount> clusters)
    {
        Total("parallax_shadows_offered_total", "counter", "Copies offered.", cluster => cluster.Offered);
        Total("parallax_shadows_queued", "gauge", "Copies that wait for a connection.", cluster => cluster.Queued);
        Total("parallax_shadows_in_flight", "gauge", "Copies sent and not answered yet.", cluster => cluster.InFlight);
        Total("parallax_shadow_connections_total", "counter", "Connections made to shadows.", cluster => cluster.Connects);
        text.Metric("parallax_shadows_answered_total", "counter", "Copies answered, by class of status.");
        ForEach("parallax_shadows_answered_total", Classes, cluster => cluster.AnsweredByClass);
        text.Metric("parallax_shadows_failed_total", "counter", "Copies without an answer, by reason.");
        ForEach("parallax_shadows_failed_total", Failures, cluster => cluster.Failed);
        text.Metric("parallax_shadows_dropped_total", "counter", "Copies given up by us, by reason.");
        ForEach("parallax_shadows_dropped_total", Drops, cluster => cluster.Dropped);

        void ForEach(string metric, IReadOnlyList<Reason> reasons, Func<ShadowAccount, IReadOnlyList<long>> counts)
        {
            foreach (var cluster in clusters)
            {
                ByReason(text, metric, reasons, counts(cluster), ("cluster", cluster.Target));
            }
        }

        void Total(string metric, string type, string help, Func<ShadowAccount, long> value)
        {
            text.Metric(metric, type, help);
            foreach (var cluster in clusters)
            {
                text.Sample(metric, value(cluster), ("cluster", cluster.Target));
            }
        }
    }

    private static void WriteRecording(PrometheusText text, RecorderAccount recorded)
    {
        text.Metric("parallax_recording_offered_total", "counter", "Exchanges offered to the recording.")
            .Sample("parallax_recording_offered_total", recorded.Offered)
            .Metric("parallax_recording_recorded_total", "counter", "Exchanges in a file.")
            .Sample("parallax_recording_recorded_total", recorded.Recorded)
            .Metric("parallax_recording_bytes_total", "counter", "Bytes written.")
            .Sample("parallax_recording_bytes_total", recorded.Bytes)
            .Metric("parallax_recording_dropped_total", "counter", "Exchanges that are in no file, by reason.");
        ByReason(text, "parallax_recording_dropped_total", Drops, recorded.Dropped);
    }

    private static void ByClass(PrometheusText text, string metric, string help, IReadOnlyList<long> counts)
    {
        text.Metric(metric, "counter", help);
        ByReason(text, metric, Classes, counts);
    }

    // A sample for each reason, its label behind the others.
    private static void ByReason(
        PrometheusText text,
        string metric,
        IReadOnlyList<Reason> reasons,
        IReadOnlyList<long> counts,
        params IReadOnlyList<(string Label, string Value)> labels)
    {
        foreach (var reason in reasons)
        {
            text.Sample(metric, reason.Index < counts.Count ? counts[reason.Index] : 0, [.. labels, (reason.Label, reason.Name)]);
        }
    }

    private static void ByMirror(
        PrometheusText text, IReadOnlyList<ProxyMirrorAccount> mirrors, string metric, string help, Func<ProxyMirrorAccount, long> value)
    {
        text.Metric(metric, "counter", help);
        foreach (var mirror in mirrors)
        {
            text.Sample(metric, value(mirror), ("mirror", mirror.Name), ("cluster", mirror.Cluster));
        }
    }

    private readonly record struct Reason(int Index, string Label, string Name);
}
