using System.Collections.Frozen;

namespace Parallax.Traffic.Redaction;

/// <summary>What is done with the value of a header field.</summary>
internal enum FieldTreatment : byte
{
    /// <summary>Not known to be harmless: replaced.</summary>
    Replace,

    /// <summary>Harmless by its meaning; only what has the shape of a secret is replaced.</summary>
    Scan,

    /// <summary>A URL: its query is looked at too.</summary>
    ScanUrl,

    /// <summary>A host, before which user and password may stand.</summary>
    ScanAuthority,

    /// <summary>Links, and what is said of them: the queries of the URLs are looked at, too.</summary>
    ScanLinks,

    /// <summary>A scheme and credentials: the scheme stays.</summary>
    Credentials,

    /// <summary>Cookies: the names stay.</summary>
    Cookies,

    /// <summary>A cookie and its attributes: name and attributes stay.</summary>
    SetCookie,
}

/// <summary>Which header fields hold what.</summary>
/// <remarks>Thread safety: immutable.</remarks>
internal static class FieldTreatments
{
    private const int LongestName = 64;

    private static readonly FrozenSet<string> Harmless = FrozenSet.Create(
        StringComparer.Ordinal,
        "accept", "accept-charset", "accept-ch", "accept-encoding", "accept-language", "accept-patch", "accept-post", "accept-ranges",
        "access-control-allow-credentials", "access-control-allow-headers", "access-control-allow-methods", "access-control-allow-origin",
        "access-control-expose-headers", "access-control-max-age", "access-control-request-headers", "access-control-request-method", "age",
        "allow", "alt-svc", "cache-control", "connection", "content-disposition", "content-encoding", "content-language", "content-length",
        "content-md5", "content-range", "content-security-policy", "content-type", "cross-origin-embedder-policy",
        "cross-origin-opener-policy", "cross-origin-resource-policy", "date", "dnt", "etag", "expect", "expires", "if-match",
        "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "keep-alive", "last-modified", "max-forwards", "pragma",
        "permissions-policy", "prefer", "priority", "proxy-connection", "range", "referrer-policy", "retry-after", "sec-ch-ua",
        "sec-ch-ua-mobile", "sec-ch-ua-platform", "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user", "server",
        "server-timing", "strict-transport-security", "te", "timing-allow-origin", "traceparent", "trailer", "transfer-encoding", "upgrade",
        "upgrade-insecure-requests", "user-agent", "vary", "via", "warning", "www-authenticate", "x-content-type-options",
        "x-correlation-id", "x-dns-prefetch-control", "x-envoy-upstream-service-time", "x-forwarded-port",
        "x-forwarded-proto", "x-frame-options", "x-powered-by", "x-request-id", "x-requested-with", "x-runtime", "x-xss-protection");

    private static readonly FrozenDictionary<string, FieldTreatment> Special = new Dictionary<string, FieldTreatment>
    {
        ["authorization"] = FieldTreatment.Credentials,
        ["proxy-authorization"] = FieldTreatment.Credentials,
        ["cookie"] = FieldTreatment.Cookies,
        ["set-cookie"] = FieldTreatment.SetCookie,
        ["host"] = FieldTreatment.ScanAuthority,
        ["x-forwarded-host"] = FieldTreatment.ScanAuthority,
        ["referer"] = FieldTreatment.ScanUrl,
        ["location"] = FieldTreatment.ScanUrl,
        ["content-location"] = FieldTreatment.ScanUrl,
        ["origin"] = FieldTreatment.ScanUrl,
        ["link"] = FieldTreatment.ScanLinks,
        ["refresh"] = FieldTreatment.ScanLinks,
    }.ToFrozenDictionary();

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> HarmlessByName =
        Harmless.GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenDictionary<string, FieldTreatment>.AlternateLookup<ReadOnlySpan<char>> SpecialByName =
        Special.GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Schemes = FrozenSet.Create(
        StringComparer.Ordinal,
        "apikey", "aws", "aws4-hmac-sha256", "basic", "bearer", "digest", "dpop", "gnap", "goog4-rsa-sha256", "hawk", "hmac", "hoba",
        "jwt", "mutual", "negotiate", "ntlm", "oauth", "scram-sha-1", "scram-sha-256", "sharedkey", "sharedkeylite", "token", "vapid")
        .GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>What is done with the value of the field <paramref name="name"/>.</summary>
    public static FieldTreatment OfField(ReadOnlySpan<byte> name)
    {
        Span<char> lower = stackalloc char[LongestName];
        if (name.Length > LongestName)
        {
            return FieldTreatment.Replace;
        }

        lower = Lower(name, lower);
        return HarmlessByName.Contains(lower) ? FieldTreatment.Scan
            : SpecialByName.TryGetValue(lower, out var treatment) ? treatment
            : FieldTreatment.Replace;
    }

    /// <summary>True for the name of a scheme of authentication that stays readable before the credentials.</summary>
    public static bool IsScheme(ReadOnlySpan<byte> name)
    {
        Span<char> lower = stackalloc char[LongestName];
        return name.Length <= LongestName && Schemes.Contains(Lower(name, lower));
    }

    private static Span<char> Lower(ReadOnlySpan<byte> name, Span<char> lower)
    {
        for (var at = 0; at < name.Length; at++)
        {
            lower[at] = char.ToLowerInvariant((char)name[at]);
        }

        return lower[..name.Length];
    }
}
