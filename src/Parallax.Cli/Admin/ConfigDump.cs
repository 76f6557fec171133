using System.Buffers;
using System.Text.Json;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Cli.Admin;

/// <summary>What is in force, in the shape of Envoy's <c>/config_dump</c>, so that its readers read ours: listeners with their servers,
/// routes with their mirror policies, clusters with their endpoints. Names of clusters are Istio's.</summary>
internal static class ConfigDump
{
    public static AdminAnswer Of(ProxyConfig config)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("configs");
            WriteClusters(json, config);
            ListenerDump.Write(json, config);
            RouteDump.Write(json, config);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.Write("\n"u8);
        return new AdminAnswer(200, "application/json", output.WrittenSpan.ToArray());
    }

    private static void WriteClusters(Utf8JsonWriter json, ProxyConfig config)
    {
        json.WriteStartObject();
        json.WriteString("@type", EnvoyForm.Types + "admin.v3.ClustersConfigDump");
        json.WriteStartArray("dynamic_active_clusters");
        foreach (var cluster in config.Clusters)
        {
            json.WriteStartObject();
            json.WriteStartObject("cluster");
            json.WriteString("name", cluster.Name);
            json.WriteString("connect_timeout", EnvoyForm.Seconds(cluster.ConnectionPool.ConnectTimeout));
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

    private static string LoadBalancer(LoadBalancerKind kind) => kind switch
    {
        LoadBalancerKind.RoundRobin => "ROUND_ROBIN",
        LoadBalancerKind.Random => "RANDOM",
        LoadBalancerKind.ConsistentHash => "RING_HASH",
        _ => "LEAST_REQUEST",
    };
}
