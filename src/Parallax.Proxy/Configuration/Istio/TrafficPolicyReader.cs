using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>Reads how a service's endpoints are chosen and what its connections are bounded by.</summary>
internal static class TrafficPolicyReader
{
    /// <summary>Reads LoadBalancerSettings.</summary>
    public static LoadBalancerConfig LoadBalancer(Fields fields)
    {
        fields.NotSupported("localityLbSetting", "localities are not known here");
        fields.NotSupported("zoneAwareLbSetting", "localities are not known here");
        fields.NotSupported("backendUtilization", "endpoints are not asked for their load");
        fields.NotSupported("warmup", "a new endpoint gets its full share at once");
        fields.NotSupported("warmupDurationSecs", "a new endpoint gets its full share at once");
        var simple = fields.Choice("simple", "UNSPECIFIED", "LEAST_CONN", "LEAST_REQUEST", "ROUND_ROBIN", "RANDOM", "PASSTHROUGH");
        var hash = fields.Object("consistentHash", ConsistentHash);
        if (fields.Has("simple") && fields.Has("consistentHash"))
        {
            fields.Findings.Error("RUL201", fields.Place, "has both simple and consistentHash", "leave one");
        }

        if (simple == "PASSTHROUGH")
        {
            fields.Findings.Warning(
                "FLD105", fields.Of("simple"), "is PASSTHROUGH, which is not supported: callers connect to the proxy, not to an endpoint");
        }
        else if (simple == "LEAST_CONN")
        {
            fields.Findings.Warning("FLD106", fields.Of("simple"), "is LEAST_CONN, which is deprecated", "use LEAST_REQUEST");
        }

        return hash ?? new()
        {
            Kind = simple switch
            {
                "ROUND_ROBIN" => LoadBalancerKind.RoundRobin,
                "RANDOM" => LoadBalancerKind.Random,
                _ => LoadBalancerKind.LeastRequest,
            },
        };
    }

    /// <summary>Reads ConnectionPoolSettings.</summary>
    public static ConnectionPoolConfig ConnectionPool(Fields fields)
    {
        if (fields.Present("http", "tcp").Count == 0)
        {
            fields.Findings.Error("RUL205", fields.Place, "says nothing", "give it tcp or http, or remove it");
        }

        var config = fields.Object("http", Http) ?? new();
        var (most, connect, idle) = fields.Object("tcp", Tcp);
        var byDefault = new ConnectionPoolConfig();
        return config with
        {
            MaxConnections = most is > 0 ? most : null,
            ConnectTimeout = connect is { Ticks: > 0 } ? connect.Value : byDefault.ConnectTimeout,
            IdleTimeout = config.IdleTimeout != byDefault.IdleTimeout ? config.IdleTimeout : idle ?? byDefault.IdleTimeout,
        };
    }

    /// <summary>Reads OutlierDetection.</summary>
    public static OutlierDetectionConfig OutlierDetection(Fields fields)
    {
        fields.NotSupported("outlierDetectionHttpErrorCodes", "5xx are counted, and 502, 503 and 504 of their own");
        if (fields.Flag("splitExternalLocalOriginErrors") is not true && fields.Whole("consecutiveLocalOriginFailures") is > 0)
        {
            fields.Findings.Error(
                "RUL204", fields.Of("consecutiveLocalOriginFailures"), "needs splitExternalLocalOriginErrors: true",
                "add it, or remove both");
        }

        fields.NotSupported("splitExternalLocalOriginErrors", "failures of either kind are counted together");
        fields.NotSupported("consecutiveLocalOriginFailures", "failures of either kind are counted together");
        var byDefault = new OutlierDetectionConfig();
        var old = fields.Whole("consecutiveErrors");
        if (old is not null)
        {
            fields.Findings.Warning("FLD106", fields.Of("consecutiveErrors"), "is deprecated", "use consecutiveGatewayErrors");
        }

        return new()
        {
            Consecutive5xx = fields.Whole("consecutive5xxErrors") ?? byDefault.Consecutive5xx,
            ConsecutiveGatewayErrors = fields.Whole("consecutiveGatewayErrors") ?? old ?? byDefault.ConsecutiveGatewayErrors,
            Interval = Positive(fields.Duration("interval")) ?? byDefault.Interval,
            BaseEjectionTime = Positive(fields.Duration("baseEjectionTime")) ?? byDefault.BaseEjectionTime,
            MaxEjectionPercent = fields.Whole("maxEjectionPercent", 0, 100) ?? byDefault.MaxEjectionPercent,
            MinHealthPercent = fields.Whole("minHealthPercent", 0, 100) ?? byDefault.MinHealthPercent,
        };
    }

    private static TimeSpan? Positive(TimeSpan? time) => time is { Ticks: > 0 } ? time : null;

    private static (int? Most, TimeSpan? Connect, TimeSpan? Idle) Tcp(Fields fields)
    {
        fields.NotSupported("tcpKeepalive", "--tcp-keepalive says it for every connection");
        fields.NotSupported("maxConnectionDuration", "a connection lives as long as it is used");
        return (fields.Whole("maxConnections"), fields.Duration("connectTimeout"), Positive(fields.Duration("idleTimeout")));
    }

    private static ConnectionPoolConfig Http(Fields fields)
    {
        foreach (var key in new[] { "h2UpgradePolicy", "maxConcurrentStreams", "http2KeepAlive" })
        {
            fields.NotSupported(key, "HTTP/1 only");
        }

        fields.NotSupported("useClientProtocol", "HTTP/1 only");
        return new()
        {
            MaxPendingRequests = AboveZero(fields.Whole("http1MaxPendingRequests")),
            MaxRequests = AboveZero(fields.Whole("http2MaxRequests")),
            MaxRequestsPerConnection = AboveZero(fields.Whole("maxRequestsPerConnection")),
            MaxRetries = AboveZero(fields.Whole("maxRetries")),
            IdleTimeout = Positive(fields.Duration("idleTimeout")) ?? new ConnectionPoolConfig().IdleTimeout,
        };
    }

    // Zero is "not given" in Istio.
    private static int? AboveZero(int? number) => number is > 0 ? number : null;

    private static LoadBalancerConfig ConsistentHash(Fields fields)
    {
        var header = fields.Text("httpHeaderName");
        var parameter = fields.Text("httpQueryParameterName");
        var cookie = fields.Object("httpCookie", Cookie);
        var byAddress = fields.Flag("useSourceIp") ?? false;
        var ring = fields.Object("ringHash", each => each.Whole("minimumRingSize", 1, 1 << 23));
        ring ??= fields.Whole("minimumRingSize", 1, 1 << 23);
        if (fields.Object("maglev", each => each.Whole("tableSize") ?? 1) is not 0 && fields.Has("maglev"))
        {
            fields.Findings.Warning("FLD105", fields.Of("maglev"), "is not supported; a ring is used instead");
        }

        var given = fields.Present("httpHeaderName", "httpQueryParameterName", "httpCookie").Count + (byAddress ? 1 : 0);
        const string remedy = "give one of httpHeaderName, httpCookie, useSourceIp and httpQueryParameterName";
        if (given == 0)
        {
            fields.Findings.Warning("RUL205", fields.Place, "does not say what is hashed, so endpoints are chosen at random", remedy);
        }
        else if (given > 1)
        {
            fields.Findings.Error("RUL201", fields.Place, "says twice what is hashed", remedy);
        }

        var byDefault = new LoadBalancerConfig { Kind = LoadBalancerKind.ConsistentHash };
        var sized = byDefault with { MinimumRingSize = ring ?? byDefault.MinimumRingSize };
        return given == 0 ? new() { Kind = LoadBalancerKind.Random }
            : header is not null ? sized with { HashKind = HashKind.Header, HashName = header }
            : parameter is not null ? sized with { HashKind = HashKind.QueryParam, HashName = parameter }
            : cookie is null ? sized with { HashKind = HashKind.SourceIp }
            : sized with { HashKind = HashKind.Cookie, HashName = cookie.HashName, CookieLifetime = cookie.CookieLifetime };
    }

    private static LoadBalancerConfig Cookie(Fields fields)
    {
        fields.NotSupported("path", "a cookie made here is valid for the whole host");
        fields.NotSupported("attributes", "a cookie made here has none");
        var name = fields.RequiredText("name", "name the cookie");
        if (name.AsSpan().ContainsAnyExceptInRange('!', '~') || name.AsSpan().ContainsAny('=', ';', ','))
        {
            fields.Findings.Error("FLD104", fields.Of("name"), "is not a name of a cookie", "use letters, digits, hyphens and underscores");
        }

        return new() { HashName = name, CookieLifetime = fields.Duration("ttl") };
    }
}
