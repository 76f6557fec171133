using System.Net;

namespace Parallax.Proxy.Configuration;

/// <summary>One socket the proxy listens at, and the virtual hosts served there.</summary>
public sealed record ListenerConfig
{
    /// <summary>The Gateways (or <c>mesh</c>) it belongs to and the port they name, for logs: <c>httpbin-gateway:80</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The port the documents name; conditions on the port look at this one, whatever socket it is mapped to.</summary>
    public required int Port { get; init; }

    /// <summary>The address and port to listen at; port 0 lets the system choose.</summary>
    public required IPEndPoint Address { get; init; }

    /// <summary>How TLS is terminated; null for plain text.</summary>
    public ListenerTlsConfig? Tls { get; init; }

    /// <summary>The virtual hosts. A request goes to the one whose hostname fits best: exact, then the longest wildcard, then <c>*</c>;
    /// without
    /// one, or without a route in it, it is answered 404.</summary>
    public required IReadOnlyList<VirtualHostConfig> VirtualHosts { get; init; }
}

/// <summary>How a listener terminates TLS.</summary>
public sealed record ListenerTlsConfig
{
    /// <summary>The certificates, tried in order by the server name the client asks for; the first is the default. At least one.</summary>
    public required IReadOnlyList<CertificateConfig> Certificates { get; init; }

    /// <summary>PEM file of the authorities that client certificates must come from; null when clients need none.</summary>
    public string? ClientAuthorities { get; init; }
}

/// <summary>A certificate and the server names it is for.</summary>
public sealed record CertificateConfig
{
    /// <summary>Server names, exact or <c>*.example.com</c>; <c>*</c> for all.</summary>
    public required IReadOnlyList<string> Hostnames { get; init; }

    /// <summary>PEM file with the certificate chain.</summary>
    public required string CertificateFile { get; init; }

    /// <summary>PEM file with the private key.</summary>
    public required string PrivateKeyFile { get; init; }
}

/// <summary>The routes of one set of hostnames.</summary>
public sealed record VirtualHostConfig
{
    /// <summary>Hostnames in lower case: exact, <c>*.example.com</c> (any number of labels in place of the star), or <c>*</c>. A port of
    /// the
    /// request's authority is not looked at. No hostname occurs twice in a listener.</summary>
    public required IReadOnlyList<string> Hostnames { get; init; }

    /// <summary>True when every request here is answered 301 to https instead (Istio's httpsRedirect).</summary>
    public bool RedirectsToHttps { get; init; }

    /// <summary>The routes in their order; the first that matches wins. May be empty: all requests are answered 404 then.</summary>
    public required IReadOnlyList<RouteConfig> Routes { get; init; }
}
