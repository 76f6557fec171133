using System.Text.Json;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Cli.Admin;

/// <summary>The listeners of <c>/config_dump</c>, with a filter chain for each server: its server names, what it asks of clients, and the
/// name of its routes.</summary>
internal static class ListenerDump
{
    private const string TlsContext = "extensions.transport_sockets.tls.v3.DownstreamTlsContext";
    private const string Http = "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

    public static void Write(Utf8JsonWriter json, ProxyConfig config)
    {
        json.WriteStartObject();
        json.WriteString("@type", EnvoyForm.Types + "admin.v3.ListenersConfigDump");
        json.WriteStartArray("dynamic_listeners");
        foreach (var listener in config.Listeners)
        {
            json.WriteStartObject();
            json.WriteString("name", listener.Name);
            json.WriteStartObject("active_state");
            json.WriteStartObject("listener");
            WriteListener(json, listener);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteListener(Utf8JsonWriter json, ListenerConfig listener)
    {
        json.WriteString("name", listener.Name);
        json.WriteStartObject("address");
        json.WriteStartObject("socket_address");
        json.WriteString("address", listener.Address.Address.ToString());
        json.WriteNumber("port_value", listener.Address.Port);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartArray("filter_chains");
        foreach (var server in listener.Servers)
        {
            json.WriteStartObject();
            WriteTls(json, server);
            json.WriteStartArray("filters");
            json.WriteStartObject();
            json.WriteString("name", "envoy.filters.network.http_connection_manager");
            json.WriteStartObject("typed_config");
            json.WriteString("@type", EnvoyForm.Types + Http);
            json.WriteStartObject("rds");
            json.WriteString("route_config_name", RouteDump.NameOf(listener, server));
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // Envoy writes no server names for what takes every name.
    private static void WriteTls(Utf8JsonWriter json, ServerConfig server)
    {
        if (server.Tls is not { } tls)
        {
            return;
        }

        json.WriteStartObject("filter_chain_match");
        if (!server.Hostnames.Contains("*"))
        {
            json.WriteStartArray("server_names");
            foreach (var name in server.Hostnames)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteStartObject("transport_socket");
        json.WriteString("name", "envoy.transport_sockets.tls");
        json.WriteStartObject("typed_config");
        json.WriteString("@type", EnvoyForm.Types + TlsContext);
        json.WriteBoolean("require_client_certificate", tls.ClientAuthorities is not null && !tls.AllowsNoCertificate);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
