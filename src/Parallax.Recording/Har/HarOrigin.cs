using System.Text.Json;
using Parallax.Recording.Entries;

namespace Parallax.Recording.Har;

/// <summary>Tells which entries of a HAR file a server never saw.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class HarOrigin
{
    // Chromium's names of errors before anything was sent. One that was aborted may have been sent.
    private static readonly string[] NeverSent =
    [
        "ERR_BLOCKED_BY_CLIENT", "ERR_BLOCKED_BY_ADMINISTRATOR", "ERR_BLOCKED_BY_CSP", "ERR_NAME_", "ERR_DNS_", "ERR_INTERNET_DISCONNECTED",
        "ERR_ADDRESS_", "ERR_CONNECTION_REFUSED", "ERR_CONNECTION_TIMED_OUT", "ERR_CONNECTION_FAILED", "ERR_SSL_", "ERR_CERT_",
        "ERR_PROXY_", "ERR_TUNNEL_", "ERR_CACHE_MISS", "ERR_UNKNOWN_URL_SCHEME", "ERR_UNSAFE_PORT", "ERR_INVALID_URL",
    ];

    /// <summary>Why a server never saw it; null when one did, or may have.</summary>
    /// <param name="har">An object of log.entries.</param>
    /// <param name="request">Its request.</param>
    /// <param name="url">Where to.</param>
    public static LeftOutReason? LeftOut(JsonElement har, JsonElement request, HarUrl url) =>
        !url.IsHttp || IsWebSocket(har) ? LeftOutReason.NotHttp
        : WasCached(har, request) ? LeftOutReason.FromCache
        : WasBlocked(har, request) ? LeftOutReason.NeverSent
        : null;

    private static bool IsWebSocket(JsonElement har) =>
        HarJson.Text(har, "_resourceType") == "websocket" || HarJson.TryGet(har, "_webSocketMessages", JsonValueKind.Array, out _);

    private static bool WasCached(JsonElement har, JsonElement request)
    {
        HarJson.TryGet(har, "response", JsonValueKind.Object, out var response);

        // Chromium; chrome-har-capturer; Safari; Playwright and others, in which no octets came.
        return HarJson.Text(har, "_fromCache").Length > 0
            || IsTrue(har, "_fromCache") || IsTrue(har, "_fromDiskCache")
            || CameWithoutOctets(request, response)
            || HarJson.Text(har, "_fetchType") is "Memory Cache" or "Disk Cache" or "Service Worker" or "Inspector Override"
            || (IsTrue(response, "_fetchedViaServiceWorker") && HarJson.Text(response, "_serviceWorkerResponseSource") != "network")
            || IsFirefoxCached(har, response);
    }

    // Preflights are shown so, too, and over HTTP/2 redirects, but for the one that HSTS makes in the browser.
    private static bool CameWithoutOctets(JsonElement request, JsonElement response) =>
        HarJson.Number(response, "_transferSize", -1) == 0 && HarJson.Text(request, "method") is ("GET" or "HEAD")
        && (HarJson.Number(response, "status", 0) is >= 200 and < 300 || HarJson.Text(response, "statusText") == "Internal Redirect");

    // Firefox has nothing for it but what is missing: an answer that has neither version, fields, times nor server.
    private static bool IsFirefoxCached(JsonElement har, JsonElement response) =>
        HarJson.Number(response, "status", 0) > 0
        && HarJson.TryGet(response, "httpVersion", JsonValueKind.String, out var version) && version.ValueEquals(""u8)
        && HarJson.TryGet(response, "headers", JsonValueKind.Array, out var headers) && headers.GetArrayLength() == 0
        && HarJson.TryGet(har, "timings", JsonValueKind.Object, out var timings) && !timings.EnumerateObject().Any()
        && HarJson.Text(har, "serverIPAddress").Length == 0;

    private static bool WasBlocked(JsonElement har, JsonElement request)
    {
        HarJson.TryGet(har, "response", JsonValueKind.Object, out var response);
        if (HarJson.Number(response, "status", 0) > 0)
        {
            return false;
        }

        string[] told =
        [
            HarJson.Text(response, "_error"), HarJson.Text(har, "_error"), HarJson.Text(request, "_failureText"),
            HarJson.Text(response, "_failureText"),
        ];
        return HarJson.Text(har, "_blockedReason").Length > 0
            || Array.Exists(told, text => Array.Exists(NeverSent, error => text.Contains(error, StringComparison.Ordinal)));
    }

    private static bool IsTrue(JsonElement element, string name) => HarJson.TryGet(element, name, JsonValueKind.True, out _);
}
