using Parallax.Documents;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>An Istio Gateway.</summary>
internal sealed record IstioGatewayDocument(DocumentHead Head, IReadOnlyList<GatewayServerDocument> Servers);

/// <summary>One of its servers.</summary>
internal sealed record GatewayServerDocument
{
    public required Place Place { get; init; }

    public required int Port { get; init; }

    /// <summary>The name of its port; empty when it has none.</summary>
    public string PortName { get; init; } = "";

    /// <summary>True for HTTPS and TLS, served here or not.</summary>
    public bool SpeaksTls { get; init; }

    /// <summary>False for one that is left out, which was reported.</summary>
    public bool IsServed { get; init; }

    /// <summary>The IP address it is bound to; null for all.</summary>
    public System.Net.IPAddress? Bind { get; init; }

    /// <summary>The hosts: which namespaces' routes may serve them, and the pattern.</summary>
    public required IReadOnlyList<GatewayHost> Hosts { get; init; }

    public required GatewayTlsDocument Tls { get; init; }
}

/// <summary>The files of a certificate and its key.</summary>
internal sealed record CertificatePair(string CertificateFile, string PrivateKeyFile);

/// <summary>A host of a Gateway.</summary>
/// <param name="Namespace">The namespace VirtualServices must be of; <c>*</c> for any.</param>
/// <param name="Pattern">The hosts, in lower case.</param>
internal readonly record struct GatewayHost(string Namespace, string Pattern);

/// <summary>How a server of a Gateway speaks TLS.</summary>
internal sealed record GatewayTlsDocument
{
    public Place? Place { get; init; }

    public bool RedirectsToHttps { get; init; }

    /// <summary>SIMPLE, MUTUAL, OPTIONAL_MUTUAL; null for plain text.</summary>
    public string? Mode { get; init; }

    /// <summary>Further certificates by their files.</summary>
    public IReadOnlyList<CertificatePair> Pairs { get; init; } = [];

    public string? CertificateFile { get; init; }

    public string? PrivateKeyFile { get; init; }

    public string? Authorities { get; init; }

    public IReadOnlyList<string> CredentialNames { get; init; } = [];
}
