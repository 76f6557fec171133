using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Parallax.Proxy.Configuration;
using Parallax.Proxy.Routing;

namespace Parallax.Proxy.Forwarding;

/// <summary>How a listener terminates TLS: the certificates in force.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class ListenerTls(IReadOnlyList<ServerIdentity> identities)
{
    private volatile IReadOnlyList<ServerIdentity> _identities = identities;

    /// <summary>Reads the files.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A file is not what it should be.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static IReadOnlyList<ServerIdentity> Read(ListenerTlsConfig tls) =>
        [.. tls.Certificates.Select(each => new ServerIdentity(each.Hostnames, OptionsOf(each, tls.ClientAuthorities)))];

    /// <summary>Handshakes that begin from now on use these.</summary>
    public void Replace(IReadOnlyList<ServerIdentity> identities) => _identities = identities;

    /// <summary>How to answer a client that asks for this server name.</summary>
    public SslServerAuthenticationOptions For(string? name)
    {
        var identities = _identities;
        return (identities.FirstOrDefault(each => each.Fits(name)) ?? identities[0]).Options;
    }

    private static SslServerAuthenticationOptions OptionsOf(CertificateConfig config, string? authorities)
    {
        // A key that exists in memory only cannot be used for a handshake on every system; one that was exported once can.
        using var loaded = X509Certificate2.CreateFromPemFile(config.CertificateFile, config.PrivateKeyFile);
        var certificate = X509CertificateLoader.LoadPkcs12(loaded.Export(X509ContentType.Pkcs12), password: null);

        // Clients know the root only: what lies between is in the same file, behind the certificate.
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(config.CertificateFile);
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true),
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            ClientCertificateRequired = authorities is not null,
            CertificateChainPolicy = authorities is null ? null : ClusterTls.PolicyOf(authorities),
        };
    }
}

/// <summary>A certificate with its key and chain, and the server names it is for.</summary>
/// <param name="Hostnames">Exact, <c>*.example.com</c>, or <c>*</c> for all.</param>
/// <param name="Options">How it is used.</param>
internal sealed record ServerIdentity(IReadOnlyList<string> Hostnames, SslServerAuthenticationOptions Options)
{
    /// <summary>True for the server name a client asks for.</summary>
    public bool Fits(string? name) => !string.IsNullOrEmpty(name) && Hostnames.Any(host =>
        host == "*" || host.Equals(name, StringComparison.OrdinalIgnoreCase)
        || (host.StartsWith("*.", StringComparison.Ordinal) && name.EndsWith(host[1..], StringComparison.OrdinalIgnoreCase)));
}
