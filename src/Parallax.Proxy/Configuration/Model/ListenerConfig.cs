using System.Net;

namespace Parallax.Proxy.Configuration.Model;

/// <summary>One socket the proxy listens at, and the servers there.</summary>
public sealed record ListenerConfig
{
    /// <summary>The Gateways (or <c>mesh</c>) it belongs to and the port they name, for logs: <c>httpbin-gateway:80</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The port the documents name; conditions on the port look at this one, whatever socket it is mapped to.</summary>
    public required int Port { get; init; }

    /// <summary>The address and port to listen at; port 0 lets the system choose.</summary>
    public required IPEndPoint Address { get; init; }

    /// <summary>The servers, at least one: for plain text exactly one; with TLS any number, all with <see cref="ServerConfig.Tls"/>, and no
    /// hostname in two of them.</summary>
    public required IReadOnlyList<ServerConfig> Servers { get; init; }

    /// <summary>Whether TLS is spoken there.</summary>
    public bool IsTls => Servers.Count > 0 && Servers[0].Tls is not null;

    /// <summary>The virtual hosts of all servers.</summary>
    public IReadOnlyList<VirtualHostConfig> VirtualHosts => [.. Servers.SelectMany(server => server.VirtualHosts)];
}

/// <summary>What is served at a socket under some server names: an entry of an Istio Gateway's <c>servers</c>, or a listener of the Gateway
/// API. The TLS handshake chooses it, and nothing of one server holds for another.</summary>
public sealed record ServerConfig
{
    /// <summary>What it is called in logs and dumps: the Gateway, its port and the port's or the listener's name.</summary>
    public required string Name { get; init; }

    /// <summary>The server names (SNI) it is for, in lower case: exact, <c>*.example.com</c>, or <c>*</c>, which also takes clients that
    /// name none. The most specific name of the socket's servers wins. Plain text: <c>*</c>.</summary>
    public required IReadOnlyList<string> Hostnames { get; init; }

    /// <summary>How TLS is terminated; null for plain text.</summary>
    public ServerTlsConfig? Tls { get; init; }

    /// <summary>The virtual hosts. A request goes to the one whose hostname fits best: exact, then the longest wildcard, then <c>*</c>;
    /// without one, or without a route in it, it is answered 404.</summary>
    public required IReadOnlyList<VirtualHostConfig> VirtualHosts { get; init; }
}

/// <summary>How a server terminates TLS.</summary>
public sealed record ServerTlsConfig
{
    /// <summary>The certificates, at least one. The one whose own names fit the name the client asks for best is shown; the first where
    /// several fit alike or none does.</summary>
    public required IReadOnlyList<CertificateConfig> Certificates { get; init; }

    /// <summary>PEM file of the authorities that client certificates must come from; null when clients are asked for none.</summary>
    public string? ClientAuthorities { get; init; }

    /// <summary>Whether clients without a certificate are let in, too; one that is shown must be valid all the same. False by default;
    /// means nothing without <see cref="ClientAuthorities"/>.</summary>
    public bool AllowsNoCertificate { get; init; }
}

/// <summary>A certificate and its key.</summary>
/// <param name="CertificateFile">PEM file with the certificate chain.</param>
/// <param name="PrivateKeyFile">PEM file with the private key.</param>
public sealed record CertificateConfig(string CertificateFile, string PrivateKeyFile);

/// <summary>The routes of one set of hostnames.</summary>
public sealed record VirtualHostConfig
{
    /// <summary>Hostnames in lower case: exact, <c>*.example.com</c> (any number of labels in place of the star), or <c>*</c>. A port of
    /// the request's authority is not looked at. No hostname occurs twice in a server.</summary>
    public required IReadOnlyList<string> Hostnames { get; init; }

    /// <summary>True when every request here is answered 301 to https instead (Istio's httpsRedirect).</summary>
    public bool RedirectsToHttps { get; init; }

    /// <summary>The routes in their order; the first that matches wins. May be empty: all requests are answered 404 then.</summary>
    public required IReadOnlyList<RouteConfig> Routes { get; init; }
}
