using System.Globalization;
using System.Net;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Cli.Admin;

/// <summary>How Envoy writes types, times and names in its dumps.</summary>
internal static class EnvoyForm
{
    /// <summary>What the names of Envoy's types begin with.</summary>
    public const string Types = "type.googleapis.com/envoy.";

    /// <summary>A time: <c>1.5s</c>.</summary>
    public static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###}s");

    /// <summary>What the routes of a server are called; a plain-text socket has one for all that is served there.</summary>
    public static string RoutesOf(ListenerConfig listener, ServerConfig server) => server.Tls is null ? listener.Name : server.Name;
}

/// <summary>Envoy's <c>config.core.v3.Address</c>.</summary>
internal sealed record EnvoyAddress(EnvoySocketAddress SocketAddress)
{
    public static EnvoyAddress Of(string host, int port) => new(new EnvoySocketAddress(host, port));

    public static EnvoyAddress Of(IPEndPoint address) => Of(address.Address.ToString(), address.Port);
}

/// <summary>Envoy's <c>config.core.v3.SocketAddress</c>.</summary>
internal sealed record EnvoySocketAddress(string Address, int PortValue);
