using System.Text.Json;
using Parallax.Proxy.Configuration.Model;
using Parallax.Traffic.Rewriting;

namespace Parallax.Cli.Admin;

/// <summary>The routes of <c>/config_dump</c>, with their matches, actions and mirror policies.</summary>
internal static class RouteDump
{
    public static void Write(Utf8JsonWriter json, ProxyConfig config)
    {
        json.WriteStartObject();
        json.WriteString("@type", EnvoyForm.Types + "admin.v3.RoutesConfigDump");
        json.WriteStartArray("dynamic_route_configs");
        var servers = config.Listeners.SelectMany(listener => listener.Servers, (listener, server) => (listener, server));
        foreach (var (listener, server) in servers)
        {
            json.WriteStartObject();
            json.WriteStartObject("route_config");
            json.WriteString("name", NameOf(listener, server));
            json.WriteStartArray("virtual_hosts");
            foreach (var host in server.VirtualHosts)
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

    /// <summary>What the routes of a server are called; a plain-text socket has one for all that is served there.</summary>
    public static string NameOf(ListenerConfig listener, ServerConfig server) => server.Tls is null ? listener.Name : server.Name;

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

        json.WriteString("timeout", EnvoyForm.Seconds(route.Timeout ?? TimeSpan.Zero));
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
}
