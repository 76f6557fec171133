using System.Globalization;
using System.Text;
using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;
using Parallax.Traffic.Policy;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>Reads what an Istio route does besides sending: redirects, answers, rewrites, faults, cross-origin rules.</summary>
internal static class RouteActionReader
{
    private const int MaxBodyBytes = 1 << 20;

    private const int ManyBodyBytes = 100 << 10;

    private static readonly int[] RedirectStatuses = [301, 302, 303, 307, 308];

    /// <summary>Reads HTTPRedirect.</summary>
    public static RedirectDocument Redirect(Fields fields)
    {
        var status = fields.Whole("redirectCode", 300, 399) ?? 301;
        CheckRedirect(fields);
        var authority = HeadTexts.UriPart(fields, "authority");
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
            Path = HeadTexts.UriPart(fields, "uri") is { Length: > 0 } path ? path : null,
            PathPrefix = HeadTexts.UriPart(fields, "prefixRewrite"),
            KeepsAuthority = derived is null,
        };
        return new(redirect, port is null && (derived == "FROM_PROTOCOL_DEFAULT" || (redirect.Host is not null && derived is null)));
    }

    /// <summary>True for a redirect that can be carried out; else the route answers 500, which was reported.</summary>
    public static bool IsUsable(RedirectDocument redirect, Place place, Findings findings)
    {
        if (RedirectStatuses.Contains(redirect.Config.Status))
        {
            return true;
        }

        findings.Warning(
            "FLD105", place.Of("redirectCode"),
            $"is {redirect.Config.Status}, which is not supported; requests of this route are answered 500",
            "write 301, 302, 303, 307 or 308");
        return false;
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
        if (body.Length > MaxBodyBytes)
        {
            fields.Findings.Error("FLD104", fields.Of("body"), $"has {body.Length} bytes; {MaxBodyBytes} at most");
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
        var hasBlank = fields.Text("uri")?.Contains(' ', StringComparison.Ordinal) == true;
        var uri = hasBlank ? BlankInUri(fields) : HeadTexts.UriPart(fields, "uri");
        var (regex, replacement) = fields.Object("uriRegexRewrite", RegexRewrite);
        if (uri is { Length: > 0 } && regex is not null)
        {
            fields.Findings.Error("RUL201", fields.Place, "has both uri and uriRegexRewrite", "leave one");
        }

        if (string.IsNullOrEmpty(uri) && regex is null && fields.Text("authority") is null or "" && !IsWrong(fields, "uri", uri))
        {
            fields.Findings.Error("RUL205", fields.Place, "changes nothing", "give it uri, uriRegexRewrite or authority");
        }

        return new()
        {
            Prefix = string.IsNullOrEmpty(uri) ? null : uri,
            Regex = regex,
            RegexReplacement = replacement,
            Authority = HeadTexts.UriPart(fields, "authority") is { Length: > 0 } authority ? authority : null,
        };
    }

    /// <summary>Reads HTTPFaultInjection.</summary>
    public static FaultConfig Fault(Fields fields)
    {
        if (fields.Present("delay", "abort").Count == 0)
        {
            fields.Findings.Error("RUL205", fields.Place, "does nothing", "give it delay or abort");
        }

        var (delay, delayed) = fields.Object("delay", Delay);
        var (status, aborted) = fields.Object("abort", Abort);
        return new() { Delay = delay, DelaySampler = delayed, AbortStatus = status, AbortSampler = aborted };
    }

    /// <summary>Reads CorsPolicy.</summary>
    public static CorsConfig Cors(Fields fields)
    {
        var origins = fields.Objects("allowOrigins", Origin);
        if (fields.Has("allowOrigin"))
        {
            fields.Findings.Warning("FLD106", fields.Of("allowOrigin"), "is deprecated", "use allowOrigins");
        }

        var old = fields.Texts("allowOrigin").Select(origin => new TextMatchConfig(TextMatchKind.Exact, origin)).ToList();
        CorsRules.CheckNames(fields, mayBeAnything: true);
        var age = fields.Duration("maxAge");
        if (age is { } time && time.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            fields.Findings.Error("FLD104", fields.Of("maxAge"), "has a fraction of a second", "write whole seconds");
        }

        return new()
        {
            Origins = [.. (fields.Has("allowOrigins") ? origins : old).Select(
                each => each is { Kind: TextMatchKind.Exact, Value: "*" } ? new(TextMatchKind.Present, "") : each)],
            Methods = HeadTexts.Lines(fields, "allowMethods"),
            Headers = HeadTexts.Lines(fields, "allowHeaders"),
            ExposedHeaders = HeadTexts.Lines(fields, "exposeHeaders"),
            MaxAge = age,
            AllowsCredentials = fields.Flag("allowCredentials") ?? false,
            ForwardsUnmatchedPreflights = fields.Choice("unmatchedPreflights", "UNSPECIFIED", "FORWARD", "IGNORE") != "IGNORE",
        };
    }

    private static TextMatchConfig? Origin(Fields fields)
    {
        var origin = StringMatchReader.Read(fields);
        if (origin is { Kind: TextMatchKind.Exact, Value: "" })
        {
            fields.Findings.Error("FLD104", fields.Of("exact"), "is empty", "write an origin, or * for all");
        }

        return origin;
    }

    private static bool IsWrong(Fields fields, string key, string? read) => read is null && fields.Has(key);

    // " " instead of a prefix is a known way to take the prefix off; there is a better one.
    private static string? BlankInUri(Fields fields)
    {
        fields.Findings.Error(
            "FLD104", fields.Of("uri"), "holds a blank, which no path can",
            "to take a prefix off, write uriRegexRewrite: {match: '^/PREFIX/?(.*)$', rewrite: '/\\1'} with that prefix");
        return null;
    }

    private static void CheckRedirect(Fields fields)
    {
        var changes = fields.Present("uri", "prefixRewrite", "authority", "port", "derivePort", "scheme").Where(
            key => fields.Place.Of(key).Node is not TextNode { Kind: TextKind.Text, Value: "" }).ToList();
        if (changes.Count == 0)
        {
            fields.Findings.Error("RUL205", fields.Place, "leads nowhere else", "give it uri, authority, scheme or port");
        }

        if (changes.Contains("uri") && changes.Contains("prefixRewrite"))
        {
            fields.Findings.Error("RUL201", fields.Of("prefixRewrite"), "cannot stand beside uri", "leave one");
        }
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
        var expression = regex.Length == 0 ? "" : Expressions.Check(regex, fields.Of("match"), fields.Findings) ?? "";
        if (HeadTexts.UriPart(fields, "rewrite") is not { Length: > 0 } rewrite)
        {
            if (!IsWrong(fields, "rewrite", null) || fields.Place.Of("rewrite").Node is TextNode { Value: "" })
            {
                fields.Missing("rewrite", "say what takes the place of match");
            }

            return (expression, "");
        }

        return (expression, rewrite);
    }

    private static (TimeSpan? Delay, Sampler Sampler) Delay(Fields fields)
    {
        if (fields.Has("exponentialDelay"))
        {
            fields.Findings.Error("FLD104", fields.Of("exponentialDelay"), "is known to no proxy", "write fixedDelay");
        }
        else if (!fields.Has("fixedDelay"))
        {
            fields.Findings.Warning("RUL205", fields.Place, "has no fixedDelay, so it delays nothing", "give the time, such as 5s");
        }

        return (fields.Duration("fixedDelay"), Percentages.OfFault(fields));
    }

    private static (int? Status, Sampler Sampler) Abort(Fields fields)
    {
        fields.NotSupported("grpcStatus", "HTTP/1 carries no gRPC");
        if (fields.Has("http2Error"))
        {
            fields.Findings.Error("FLD104", fields.Of("http2Error"), "is known to no proxy", "write httpStatus");
        }
        else if (!fields.Has("httpStatus") && !fields.Has("grpcStatus"))
        {
            fields.Findings.Warning("RUL205", fields.Place, "has no httpStatus, so it aborts nothing", "give the status code");
        }

        return (fields.Whole("httpStatus", 200, 599), Percentages.OfFault(fields));
    }
}
