using Parallax.Proxy.Configuration.Model;
using Parallax.Shadows.Clients;

namespace Parallax.Proxy.Primary;

/// <summary>After which failures of a primary a request is tried again, and what the client reads after the others.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class RetryRules
{
    private const int MaxPauseFactor = 10;

    /// <summary>Whether a status is tried again.</summary>
    public static bool IsRetriable(RetryConfig retry, int status) => status switch
    {
        409 when (retry.On & RetryOn.Retriable4xx) != 0 => true,
        502 or 503 or 504 when (retry.On & RetryOn.GatewayError) != 0 => true,
        >= 500 when (retry.On & RetryOn.ServerError) != 0 => true,
        _ => (retry.On & RetryOn.Statuses) != 0 && retry.Statuses.Contains(status),
    };

    /// <summary>Whether a try that brought no response is tried again.</summary>
    /// <param name="retry">The route's rules.</param>
    /// <param name="failure">Why it failed.</param>
    /// <param name="wasConnected">False when its connection was never established.</param>
    public static bool IsRetriable(RetryConfig retry, FailureReason failure, bool wasConnected) =>
        (retry.On & ConditionsOf(failure, wasConnected)) != 0;

    /// <summary>True when the connection ended: the primary was not just slow, and what it sent was not malformed.</summary>
    public static bool IsBroken(FailureReason failure) =>
        failure is not (FailureReason.ResponseTimeout or FailureReason.MalformedAnswer or FailureReason.Exhausted);

    /// <summary>The status a client gets when no response came; Envoy's.</summary>
    public static int StatusOf(FailureReason failure) => failure switch
    {
        FailureReason.ResponseTimeout => 504,
        FailureReason.MalformedAnswer => 502,
        _ => 503,
    };

    /// <summary>What the client reads.</summary>
    /// <param name="failure">Why the last try failed.</param>
    /// <param name="wasConnected">False when its connection was never established.</param>
    public static ReadOnlySpan<byte> TextOf(FailureReason failure, bool wasConnected) => failure switch
    {
        FailureReason.ResponseTimeout => "upstream request timeout"u8,
        FailureReason.MalformedAnswer => "upstream response malformed"u8,
        FailureReason.Exhausted => "no descriptor, memory or port is left for a connection to the upstream"u8,
        _ when !wasConnected => "upstream connect error"u8,
        _ => "upstream disconnect before headers"u8,
    };

    /// <summary>The pause before a further try: at random within a span that doubles with each.</summary>
    /// <param name="retry">The route's rules.</param>
    /// <param name="tries">Further tries so far.</param>
    /// <param name="draw">0 to 1.</param>
    public static TimeSpan Pause(RetryConfig retry, int tries, double draw) =>
        retry.Backoff * Math.Min(MaxPauseFactor, 1 << Math.Min(tries, 8)) * draw;

    // A connection that is reset before it is established could not be made. A try can time out before that, too.
    private static RetryOn ConditionsOf(FailureReason failure, bool wasConnected) => failure switch
    {
        FailureReason.MalformedAnswer or FailureReason.Exhausted => RetryOn.None,
        not FailureReason.ResponseTimeout when !wasConnected => RetryOn.ConnectFailure | RetryOn.ServerError,
        _ => RetryOn.Reset | RetryOn.ServerError | RetryOn.GatewayError,
    };
}
