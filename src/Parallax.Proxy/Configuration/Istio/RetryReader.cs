using System.Globalization;
using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>Reads Istio's HTTPRetry.</summary>
internal static class RetryReader
{
    private static readonly Dictionary<string, RetryOn> Conditions = new(StringComparer.Ordinal)
    {
        ["connect-failure"] = RetryOn.ConnectFailure,
        ["refused-stream"] = RetryOn.RefusedStream,
        ["reset"] = RetryOn.Reset,
        ["reset-before-request"] = RetryOn.RefusedStream,
        ["gateway-error"] = RetryOn.GatewayError,
        ["5xx"] = RetryOn.ServerError,
        ["retriable-4xx"] = RetryOn.Retriable4xx,
        ["retriable-status-codes"] = RetryOn.Statuses,

        // Conditions of gRPC and HTTP/3, which HTTP/1 never fulfils.
        ["unavailable"] = RetryOn.None,
        ["cancelled"] = RetryOn.None,
        ["deadline-exceeded"] = RetryOn.None,
        ["internal"] = RetryOn.None,
        ["resource-exhausted"] = RetryOn.None,
        ["http3-post-connect-failure"] = RetryOn.None,
    };

    /// <summary>Reads the mapping.</summary>
    public static RetryConfig Read(Fields fields)
    {
        fields.NotSupported("retryRemoteLocalities", "localities are not known here");
        fields.NotSupported("retryIgnorePreviousHosts", "a retry always prefers an endpoint that has not failed the request");
        var attempts = fields.Whole("attempts") ?? 0;
        if (attempts == 0)
        {
            foreach (var key in fields.Present("perTryTimeout", "retryOn", "retryRemoteLocalities"))
            {
                fields.Findings.Error("RUL204", fields.Of(key), "cannot stand beside attempts: 0, which is not a retry", "give attempts");
            }
        }

        var perTry = fields.Duration("perTryTimeout");
        var backoff = fields.Duration("backoff");
        var (on, statuses) = fields.Text("retryOn") is { Length: > 0 } text
            ? Parse(text, fields)
            : (RetryConfig.Default.On, []);
        return attempts <= 0
            ? new() { PerTryTimeout = perTry is { Ticks: > 0 } ? perTry : null }
            : new()
            {
                Attempts = attempts,
                On = on,
                Statuses = statuses,
                PerTryTimeout = perTry is { Ticks: > 0 } ? perTry : null,
                Backoff = backoff is { Ticks: > 0 } ? backoff.Value : RetryConfig.Default.Backoff,
            };
    }

    private static (RetryOn On, IReadOnlyList<int> Statuses) Parse(string text, Fields fields)
    {
        var on = RetryOn.None;
        var statuses = new List<int>();
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 100 and <= 599)
            {
                statuses.Add(status);
                on |= RetryOn.Statuses;
            }
            else if (Conditions.TryGetValue(word, out var condition))
            {
                on |= condition;
            }
            else if (word is "retriable-headers" or "envoy-ratelimited")
            {
                fields.Findings.Warning("FLD105", fields.Of("retryOn"), $"names {word}, which is not supported and ignored");
            }
            else
            {
                fields.Findings.Error(
                    "FLD104", fields.Of("retryOn"), $"names \"{word}\", which is not a condition", Spelling.Suggest(word, Conditions.Keys));
            }
        }

        return (on, statuses);
    }
}
