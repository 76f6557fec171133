using System.Text.Json.Serialization;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Cli.Admin;

/// <summary>A listener of <c>/config_dump</c>, with a filter chain for each server: its server names, what it asks of clients, and the
/// name of its routes.</summary>
internal sealed record ListenerDump(string Name, EnvoyListenerState ActiveState)
{
    public static IReadOnlyList<ListenerDump> Of(ProxyConfig config) =>
    [
        .. config.Listeners.Select(listener => new ListenerDump(listener.Name, new EnvoyListenerState(EnvoyListener.Of(listener)))),
    ];
}

/// <summary>Envoy's <c>admin.v3.ListenersConfigDump.DynamicListenerState</c>.</summary>
internal sealed record EnvoyListenerState(EnvoyListener Listener);

/// <summary>Envoy's <c>config.listener.v3.Listener</c>.</summary>
internal sealed record EnvoyListener(string Name, EnvoyAddress Address, IReadOnlyList<EnvoyFilterChain> FilterChains)
{
    public static EnvoyListener Of(ListenerConfig listener) => new(
        listener.Name,
        EnvoyAddress.Of(listener.Address),
        [.. listener.Servers.Select(server => EnvoyFilterChain.Of(listener, server))]);
}

/// <summary>Envoy's <c>config.listener.v3.FilterChain</c>; without a match and a socket in plain text.</summary>
internal sealed record EnvoyFilterChain(
    EnvoyFilterChainMatch? FilterChainMatch, EnvoyTransportSocket? TransportSocket, IReadOnlyList<EnvoyFilter> Filters)
{
    public static EnvoyFilterChain Of(ListenerConfig listener, ServerConfig server) => new(
        server.Tls is null ? null : EnvoyFilterChainMatch.Of(server),
        server.Tls is { } tls ? EnvoyTransportSocket.Of(tls) : null,
        [EnvoyFilter.Of(EnvoyForm.RoutesOf(listener, server))]);
}

/// <summary>Envoy's <c>config.listener.v3.FilterChainMatch</c>.</summary>
/// <param name="ServerNames">Null for what takes every name, as Envoy writes it.</param>
internal sealed record EnvoyFilterChainMatch(IReadOnlyList<string>? ServerNames)
{
    public static EnvoyFilterChainMatch Of(ServerConfig server) => new(server.Hostnames.Contains("*") ? null : server.Hostnames);
}

/// <summary>Envoy's <c>config.core.v3.TransportSocket</c> for TLS.</summary>
internal sealed record EnvoyTransportSocket(string Name, EnvoyTlsContext TypedConfig)
{
    public static EnvoyTransportSocket Of(ServerTlsConfig tls) => new(
        "envoy.transport_sockets.tls",
        new EnvoyTlsContext(
            EnvoyForm.Types + "extensions.transport_sockets.tls.v3.DownstreamTlsContext",
            tls.ClientAuthorities is not null && !tls.AllowsNoCertificate));
}

/// <summary>Envoy's <c>extensions.transport_sockets.tls.v3.DownstreamTlsContext</c>.</summary>
internal sealed record EnvoyTlsContext([property: JsonPropertyName("@type")] string Type, bool RequireClientCertificate);

/// <summary>Envoy's <c>config.listener.v3.Filter</c> for HTTP.</summary>
internal sealed record EnvoyFilter(string Name, EnvoyHttpFilter TypedConfig)
{
    public static EnvoyFilter Of(string routes) => new(
        "envoy.filters.network.http_connection_manager",
        new EnvoyHttpFilter(
            EnvoyForm.Types + "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", new EnvoyRds(routes)));
}

/// <summary>Envoy's <c>extensions.filters.network.http_connection_manager.v3.HttpConnectionManager</c>.</summary>
internal sealed record EnvoyHttpFilter([property: JsonPropertyName("@type")] string Type, EnvoyRds Rds);

/// <summary>Envoy's <c>extensions.filters.network.http_connection_manager.v3.Rds</c>.</summary>
internal sealed record EnvoyRds(string RouteConfigName);
