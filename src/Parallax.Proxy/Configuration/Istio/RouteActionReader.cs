using System.Globalization;
using System.Text;
using Parallax.Traffic.Matching;

namespace Parallax.Proxy.Configuration;

/// <summary>Reads what an Istio route does besides sending: redirects, answers, rewrites, faults, cross-origin rules.</summary>
internal static class RouteActionReader
{
    private const int MostBodyBytes = 1 << 20;

    private const int ManyBodyBytes = 100 << 10;

    private static readonly int[] RedirectStatuses = [301, 302, 303, 307, 308];

    /// <summary>Reads HTTPRedirect.</summary>
    public static RedirectDocument Redirect(Fields fields)
    {
        var status = fields.Whole("redirectCode", 300, 399) ?? 301;
        if (!RedirectStatuses.Contains(status))
        {
            fields.Findings.Error("FLD104", fields.Of("redirectCode"), $"is {status}", "write 301, 302, 303, 307 or 308");
        }

        var authority = fields.UriPart("authority");
        var colon = authority is null ? -1 : authority.LastIndexOf(':');
        var hasPort = colon > (authority?.LastIndexOf(']') ?? -1);
        var port = fields.Whole("port", 1, 65_535);
        var derived = fields.Choice("derivePort", "FROM_PROTOCOL_DEFAULT", "FROM_REQUEST_PORT");
        if (port is not null && derived is not null)
        {
            fields.Findings.Error("RUL201", fields.Place, "has both port and derivePort", "leave one");
        }

        if (hasPort
            && port is null
            && int.TryParse(authority![(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var ofAuthority))
        {
            port = ofAuthority;
        }

        var redirect = new RedirectConfig
        {
            Status = status,
            Scheme = fields.Choice("scheme", "http", "https"),
            Host = hasPort ? authority![..colon] : string.IsNullOrEmpty(authority) ? null : authority,
            Port = port,
            Path = fields.UriPart("uri") is { Length: > 0 } path ? path : null,
            PathPrefix = fields.UriPart("prefixRewrite"),
            KeepsAuthority = derived is null,
        };
        return new(redirect, port is null && (derived == "FROM_PROTOCOL_DEFAULT" || (redirect.Host is not null && derived is null)));
    }

    /// <summary>Reads HTTPDirectResponse.</summary>
    public static DirectResponseConfig DirectResponse(Fields fields)
    {
        if (!fields.Has("status"))
        {
            fields.Missing("status", "give the status code");
        }

        var status = fields.Whole("status", 200, 599) ?? 503;
        var body = fields.Object("body", Body) ?? [];
        if (body.Length > MostBodyBytes)
        {
            fields.Findings.Error("FLD104", fields.Of("body"), $"has {body.Length} bytes; {MostBodyBytes} at most");
        }
        else if (body.Length > ManyBodyBytes)
        {
            fields.Findings.Warning("FLD104", fields.Of("body"), $"has {body.Length} bytes, all of which are kept in memory");
        }

        return new() { Status = status, Body = body };
    }

    /// <summary>Reads HTTPRewrite.</summary>
    public static UriRewriteConfig Rewrite(Fields fields)
    {
        var uri = fields.UriPart("uri");
        var (regex, replacement) = fields.Object("uriRegexRewrite", RegexRewrite);
        if (uri is not null && regex is not null)
        {
            fields.Findings.Error("RUL201", fields.Place, "has both uri and uriRegexRewrite", "leave one");
        }

        return new()
        {
            Prefix = uri,
            Regex = regex,
            RegexReplacement = replacement,
            Authority = fields.UriPart("authority") is { Length: > 0 } authority ? authority : null,
        };
    }

    /// <summary>Reads HTTPFaultInjection.</summary>
    public static FaultConfig Fault(Fields fields)
    {
        var (delay, delayed) = fields.Object("delay", Delay);
        var (status, aborted) = fields.Object("abort", Abort);
        return new() { Delay = delay, DelaySampler = delayed, AbortStatus = status, AbortSampler = aborted };
    }

    /// <summary>Reads CorsPolicy.</summary>
    public static CorsConfig Cors(Fields fields)
    {
        var origins = fields.Objects("allowOrigins", origin => TextMatches.Read(origin)).ToList();
        if (fields.Has("allowOrigin"))
        {
            fields.Findings.Warning("FLD106", fields.Of("allowOrigin"), "is deprecated", "use allowOrigins");
        }

        origins.AddRange(fields.Texts("allowOrigin").Select(origin => new TextMatchConfig(TextMatchKind.Exact, origin)));
        return new()
        {
            Origins = [.. origins.Select(
                each => each is { Kind: TextMatchKind.Exact, Value: "*" } ? new(TextMatchKind.Present, "") : each)],
            Methods = fields.Lines("allowMethods"),
            Headers = fields.Lines("allowHeaders"),
            ExposedHeaders = fields.Lines("exposeHeaders"),
            MaxAge = fields.Duration("maxAge"),
            AllowsCredentials = fields.Flag("allowCredentials") ?? false,
            ForwardsUnmatchedPreflights = fields.Choice("unmatchedPreflights", "UNSPECIFIED", "FORWARD", "IGNORE") != "IGNORE",
        };
    }

    private static byte[] Body(Fields fields)
    {
        var text = fields.Text("string");
        var bytes = fields.Text("bytes");
        if (text is not null && bytes is not null)
        {
            fields.Findings.Error("RUL201", fields.Place, "has both string and bytes", "leave one");
        }

        var decoded = new byte[bytes?.Length ?? 0];
        var length = 0;
        if (bytes is not null && !Convert.TryFromBase64String(bytes, decoded, out length))
        {
            fields.Findings.Error("FLD104", fields.Of("bytes"), "is not in base64");
        }

        return text is not null ? Encoding.UTF8.GetBytes(text) : decoded[..length];
    }

    private static (string? Regex, string? Replacement) RegexRewrite(Fields fields)
    {
        var regex = fields.RequiredText("match", "give the expression");
        _ = regex.Length > 0 && TextMatches.CheckExpression(regex, fields.Of("match"), fields.Findings);
        return (regex, fields.UriPart("rewrite") ?? "");
    }

    private static (TimeSpan? Delay, Sampler Sampler) Delay(Fields fields)
    {
        if (!fields.Has("fixedDelay"))
        {
            fields.Missing("fixedDelay", "give the time, such as 5s");
        }

        fields.NotSupported("exponentialDelay", "only fixed delays are known");
        return (fields.Duration("fixedDelay"), Percentages.OfFault(fields));
    }

    private static (int? Status, Sampler Sampler) Abort(Fields fields)
    {
        fields.NotSupported("grpcStatus", "HTTP/1 carries no gRPC");
        fields.NotSupported("http2Error", "HTTP/1 only");
        if (!fields.Has("httpStatus") && !fields.Has("grpcStatus") && !fields.Has("http2Error"))
        {
            fields.Missing("httpStatus", "give the status code");
        }

        return (fields.Whole("httpStatus", 200, 599), Percentages.OfFault(fields));
    }
}
