using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Forwarding;

/// <summary>Which failures of the primary leg are tried again, and what a client is told of those that are not.</summary>
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
    /// <param name="failure">How it failed.</param>
    public static bool IsRetriable(RetryConfig retry, UpstreamFailure failure) => failure switch
    {
        UpstreamFailure.NotConnected => (retry.On & (RetryOn.ConnectFailure | RetryOn.ServerError)) != 0,
        UpstreamFailure.Closed or UpstreamFailure.Reset or UpstreamFailure.TimedOut =>
            (retry.On & (RetryOn.Reset | RetryOn.ServerError | RetryOn.GatewayError)) != 0,
        _ => false,
    };

    /// <summary>The status a client gets when no response came; Envoy's.</summary>
    public static int StatusOf(UpstreamFailure failure) => failure switch
    {
        UpstreamFailure.TimedOut => 504,
        UpstreamFailure.Malformed => 502,
        _ => 503,
    };

    /// <summary>What a client is told besides.</summary>
    public static ReadOnlySpan<byte> TextOf(UpstreamFailure failure) => failure switch
    {
        UpstreamFailure.NotConnected => "upstream connect error"u8,
        UpstreamFailure.TimedOut => "upstream request timeout"u8,
        UpstreamFailure.Malformed => "upstream response malformed"u8,
        UpstreamFailure.Exhausted => "no descriptor, memory or port is left for a connection to the upstream"u8,
        _ => "upstream disconnect before headers"u8,
    };

    /// <summary>The pause before a further try: at random within a span that doubles with each.</summary>
    /// <param name="retry">The route's rules.</param>
    /// <param name="tries">Further tries so far.</param>
    /// <param name="draw">0 to 1.</param>
    public static TimeSpan Pause(RetryConfig retry, int tries, double draw) =>
        retry.Backoff * Math.Min(MaxPauseFactor, 1 << Math.Min(tries, 8)) * draw;
}
