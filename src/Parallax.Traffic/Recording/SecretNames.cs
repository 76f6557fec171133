using System.Buffers;
using System.Collections.Frozen;

namespace Parallax.Traffic.Recording;

/// <summary>What is done with the value of a header field.</summary>
internal enum FieldTreatment : byte
{
    /// <summary>Not known to be harmless: replaced.</summary>
    Replace,

    /// <summary>Harmless by its meaning; only what has the shape of a secret is replaced.</summary>
    Scan,

    /// <summary>A URL: its query is looked at too.</summary>
    ScanUrl,

    /// <summary>A scheme and credentials: the scheme stays.</summary>
    Credentials,

    /// <summary>Cookies: the names stay.</summary>
    Cookies,

    /// <summary>A cookie and its attributes: name and attributes stay.</summary>
    SetCookie,
}

/// <summary>Which names of fields and keys stand for secrets.</summary>
/// <remarks>Thread safety: immutable.</remarks>
internal static class SecretNames
{
    private const int LongestName = 64;

    private static readonly FrozenSet<string> Harmless = FrozenSet.Create(
        StringComparer.Ordinal,
        "accept", "accept-charset", "accept-ch", "accept-encoding", "accept-language", "accept-patch", "accept-post", "accept-ranges",
        "access-control-allow-credentials", "access-control-allow-headers", "access-control-allow-methods", "access-control-allow-origin",
        "access-control-expose-headers", "access-control-max-age", "access-control-request-headers", "access-control-request-method", "age",
        "allow", "alt-svc", "cache-control", "connection", "content-disposition", "content-encoding", "content-language", "content-length",
        "content-md5", "content-range", "content-security-policy", "content-type", "cross-origin-embedder-policy",
        "cross-origin-opener-policy", "cross-origin-resource-policy", "date", "dnt", "etag", "expect", "expires", "host", "if-match",
        "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "keep-alive", "last-modified", "max-forwards", "pragma",
        "permissions-policy", "prefer", "priority", "proxy-connection", "range", "referrer-policy", "retry-after", "sec-ch-ua",
        "sec-ch-ua-mobile", "sec-ch-ua-platform", "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user", "server",
        "server-timing", "strict-transport-security", "te", "timing-allow-origin", "traceparent", "trailer", "transfer-encoding", "upgrade",
        "upgrade-insecure-requests", "user-agent", "vary", "via", "warning", "www-authenticate", "x-content-type-options",
        "x-correlation-id", "x-dns-prefetch-control", "x-envoy-upstream-service-time", "x-forwarded-host", "x-forwarded-port",
        "x-forwarded-proto", "x-frame-options", "x-powered-by", "x-request-id", "x-requested-with", "x-runtime", "x-xss-protection");

    private static readonly FrozenDictionary<string, FieldTreatment> Special = new Dictionary<string, FieldTreatment>
    {
        ["authorization"] = FieldTreatment.Credentials,
        ["proxy-authorization"] = FieldTreatment.Credentials,
        ["cookie"] = FieldTreatment.Cookies,
        ["set-cookie"] = FieldTreatment.SetCookie,
        ["referer"] = FieldTreatment.ScanUrl,
        ["location"] = FieldTreatment.ScanUrl,
        ["content-location"] = FieldTreatment.ScanUrl,
        ["origin"] = FieldTreatment.ScanUrl,
        ["link"] = FieldTreatment.ScanUrl,
        ["refresh"] = FieldTreatment.ScanUrl,
    }.ToFrozenDictionary();

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> HarmlessByName =
        Harmless.GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenDictionary<string, FieldTreatment>.AlternateLookup<ReadOnlySpan<char>> SpecialByName =
        Special.GetAlternateLookup<ReadOnlySpan<char>>();

    // Within a key, its words joined: accessToken, access_token and access-token are one.
    private static readonly SearchValues<string> Parts = SearchValues.Create(
        [
            "token", "secret", "passw", "passphrase", "apikey", "accesskey", "privatekey", "credential", "sessionid", "csrf", "xsrf",
            "authorization", "signature", "creditcard", "cardnumber", "securitycode", "passcode", "assertion", "samlresponse",
        ],
        StringComparison.Ordinal);

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> WholeKeys = FrozenSet.Create(
        StringComparer.Ordinal,
        "auth", "bearer", "code", "cvc", "cvv", "iban", "jwt", "otp", "pan", "pass", "pin", "pwd", "session", "sid", "sig", "ssn")
        .GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>What is done with the value of the field <paramref name="name"/>.</summary>
    public static FieldTreatment OfField(ReadOnlySpan<byte> name)
    {
        Span<char> lower = stackalloc char[LongestName];
        if (name.Length > LongestName)
        {
            return FieldTreatment.Replace;
        }

        lower = Lower(name, lower, dropsJoints: false);
        return HarmlessByName.Contains(lower) ? FieldTreatment.Scan
            : SpecialByName.TryGetValue(lower, out var treatment) ? treatment
            : FieldTreatment.Replace;
    }

    /// <summary>True when the value of such a key, of a query, a form or JSON, is a secret.</summary>
    public static bool IsSecretKey(ReadOnlySpan<byte> key)
    {
        Span<char> lower = stackalloc char[LongestName];
        lower = Lower(key.Length > LongestName ? key[^LongestName..] : key, lower, dropsJoints: true);
        return WholeKeys.Contains(lower) || lower.ContainsAny(Parts);
    }

    private static Span<char> Lower(ReadOnlySpan<byte> name, Span<char> lower, bool dropsJoints)
    {
        var length = 0;
        foreach (var octet in name)
        {
            if (!dropsJoints || octet is not ((byte)'_' or (byte)'-' or (byte)'.' or (byte)' '))
            {
                lower[length++] = char.ToLowerInvariant((char)octet);
            }
        }

        return lower[..length];
    }
}
