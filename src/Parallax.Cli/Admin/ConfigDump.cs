using System.Buffers;
using System.Text.Json;
using Parallax.Proxy.Configuration;
using Parallax.Traffic.Matching;

namespace Parallax.Cli.Admin;

/// <summary>What is in force, in the shape of Envoy's <c>/config_dump</c>, so that its readers read ours: routes with their mirror
/// policies, clusters with their endpoints. Names of clusters are Istio's.</summary>
internal static class ConfigDump
{
    private const string Types = "type.googleapis.com/envoy.";

    public static AdminAnswer Of(ProxyConfig config)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("configs");
            WriteClusters(json, config);
            WriteRoutes(json, config);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return new AdminAnswer(200, "application/json", output.WrittenSpan.ToArray());
    }

    private static void WriteClusters(Utf8JsonWriter json, ProxyConfig config)
    {
        json.WriteStartObject();
        json.WriteString("@type", Types + "admin.v3.ClustersConfigDump");
        json.WriteStartArray("dynamic_active_clusters");
        foreach (var cluster in config.Clusters)
        {
            json.WriteStartObject();
            json.WriteStartObject("cluster");
            json.WriteString("name", cluster.Name);
            json.WriteString("connect_timeout", Seconds(cluster.ConnectionPool.ConnectTimeout));
            json.WriteString("lb_policy", LoadBalancer(cluster.LoadBalancer.Kind));
            json.WriteStartObject("load_assignment");
            json.WriteString("cluster_name", cluster.Name);
            json.WriteStartArray("endpoints");
            json.WriteStartObject();
            json.WriteStartArray("lb_endpoints");
            foreach (var endpoint in cluster.Endpoints)
            {
                WriteEndpoint(json, endpoint);
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteEndpoint(Utf8JsonWriter json, EndpointConfig endpoint)
    {
        json.WriteStartObject();
        json.WriteStartObject("endpoint");
        json.WriteStartObject("address");
        json.WriteStartObject("socket_address");
        json.WriteString("address", endpoint.Host);
        json.WriteNumber("port_value", endpoint.Port);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteNumber("load_balancing_weight", endpoint.Weight);
        json.WriteEndObject();
    }

    private static void WriteRoutes(Utf8JsonWriter json, ProxyConfig config)
    {
        json.WriteStartObject();
        json.WriteString("@type", Types + "admin.v3.RoutesConfigDump");
        json.WriteStartArray("dynamic_route_configs");
        foreach (var listener in config.Listeners)
        {
            json.WriteStartObject();
            json.WriteStartObject("route_config");
            json.WriteString("name", listener.Name);
            json.WriteStartArray("virtual_hosts");
            foreach (var host in listener.VirtualHosts)
            {
                WriteVirtualHost(json, host, listener.Port);
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteVirtualHost(Utf8JsonWriter json, VirtualHostConfig host, int port)
    {
        json.WriteStartObject();
        json.WriteString("name", $"{(host.Hostnames.Count > 0 ? host.Hostnames[0] : "")}:{port}");
        json.WriteStartArray("domains");
        foreach (var name in host.Hostnames)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
        if (host.RedirectsToHttps)
        {
            json.WriteString("require_tls", "ALL");
        }

        json.WriteStartArray("routes");
        foreach (var route in host.Routes)
        {
            foreach (var match in route.Matches.DefaultIfEmpty(new RouteMatchConfig()))
            {
                WriteRoute(json, route, match);
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRoute(Utf8JsonWriter json, RouteConfig route, RouteMatchConfig match)
    {
        json.WriteStartObject();
        json.WriteString("name", route.Name);
        WriteMatch(json, match);
        if (route.Redirect is { } redirect)
        {
            json.WriteStartObject("redirect");
            json.WriteNumber("response_code", redirect.Status);
            json.WriteEndObject();
        }
        else if (route.DirectResponse is { } response)
        {
            json.WriteStartObject("direct_response");
            json.WriteNumber("status", response.Status);
            json.WriteEndObject();
        }
        else
        {
            WriteAction(json, route);
        }

        json.WriteEndObject();
    }

    private static void WriteMatch(Utf8JsonWriter json, RouteMatchConfig match)
    {
        json.WriteStartObject("match");
        var path = match.Path ?? new TextMatchConfig(TextMatchKind.Prefix, "/");
        switch (path.Kind)
        {
            case TextMatchKind.Exact:
                json.WriteString("path", path.Value);
                break;
            case TextMatchKind.SegmentPrefix:
                json.WriteString("path_separated_prefix", path.Value);
                break;
            case TextMatchKind.Regex:
                json.WriteStartObject("safe_regex");
                json.WriteString("regex", path.Value);
                json.WriteEndObject();
                break;
            default:
                json.WriteString("prefix", path.Value);
                break;
        }

        if (path.IgnoresCase)
        {
            json.WriteBoolean("case_sensitive", false);
        }

        IReadOnlyList<FieldMatchConfig> headers =
        [
            .. Pseudo(":method", match.Method), .. Pseudo(":authority", match.Authority), .. Pseudo(":scheme", match.Scheme),
            .. match.Headers,
        ];
        WriteFields(json, "headers", headers, match.WithoutHeaders);
        WriteFields(json, "query_parameters", match.QueryParams, []);
        json.WriteEndObject();
    }

    private static IEnumerable<FieldMatchConfig> Pseudo(string name, TextMatchConfig? match) =>
        match is null ? [] : [new FieldMatchConfig(name, match)];

    private static void WriteFields(
        Utf8JsonWriter json, string property, IReadOnlyList<FieldMatchConfig> fields, IReadOnlyList<FieldMatchConfig> inverted)
    {
        if (fields.Count + inverted.Count == 0)
        {
            return;
        }

        json.WriteStartArray(property);
        foreach (var field in fields)
        {
            WriteField(json, field, isInverted: false);
        }

        foreach (var field in inverted)
        {
            WriteField(json, field, isInverted: true);
        }

        json.WriteEndArray();
    }

    private static void WriteField(Utf8JsonWriter json, FieldMatchConfig field, bool isInverted)
    {
        json.WriteStartObject();
        json.WriteString("name", field.Name);
        if (field.Value.Kind == TextMatchKind.Present)
        {
            json.WriteBoolean("present_match", true);
        }
        else
        {
            json.WriteStartObject("string_match");
            json.WriteString(field.Value.Kind switch
            {
                TextMatchKind.Exact => "exact",
                TextMatchKind.Regex => "safe_regex",
                _ => "prefix",
            }, field.Value.Value);
            json.WriteEndObject();
        }

        if (isInverted)
        {
            json.WriteBoolean("invert_match", true);
        }

        json.WriteEndObject();
    }

    private static void WriteAction(Utf8JsonWriter json, RouteConfig route)
    {
        json.WriteStartObject("route");
        if (route.Destinations.Count == 1)
        {
            json.WriteString("cluster", route.Destinations[0].Cluster);
        }
        else
        {
            json.WriteStartObject("weighted_clusters");
            json.WriteStartArray("clusters");
            foreach (var destination in route.Destinations)
            {
                json.WriteStartObject();
                json.WriteString("name", destination.Cluster);
                json.WriteNumber("weight", destination.Weight);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteString("timeout", Seconds(route.Timeout ?? TimeSpan.Zero));
        if (route.Mirrors.Count > 0)
        {
            json.WriteStartArray("request_mirror_policies");
            foreach (var mirror in route.Mirrors)
            {
                WriteMirror(json, mirror);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteMirror(Utf8JsonWriter json, MirrorConfig mirror)
    {
        json.WriteStartObject();
        json.WriteString("cluster", mirror.Cluster);
        json.WriteStartObject("runtime_fraction");
        json.WriteStartObject("default_value");
        json.WriteNumber("numerator", mirror.Sampler.Numerator);
        json.WriteString("denominator", "MILLION");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteBoolean("trace_sampled", false);
        if (mirror.Host is { Mode: not ShadowHostMode.Suffix })
        {
            json.WriteBoolean("disable_shadow_host_suffix_append", true);
        }

        json.WriteEndObject();
    }

    private static string LoadBalancer(LoadBalancerKind kind) => kind switch
    {
        LoadBalancerKind.RoundRobin => "ROUND_ROBIN",
        LoadBalancerKind.Random => "RANDOM",
        LoadBalancerKind.ConsistentHash => "RING_HASH",
        _ => "LEAST_REQUEST",
    };

    private static string Seconds(TimeSpan time) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###}s");
}
