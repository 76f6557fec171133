using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Parallax.Proxy.Configuration;

namespace Parallax.Proxy.Forwarding;

/// <summary>How a listener terminates TLS.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class ListenerTls
{
    /// <exception cref="System.Security.Cryptography.CryptographicException">A file is not what it should be.</exception>
    public static SslServerAuthenticationOptions OptionsOf(ListenerTlsConfig tls)
    {
        var certificates = tls.Certificates.Select(each => (each.Hostnames, Certificate: Load(each))).ToList();
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateSelectionCallback = (_, name) => certificates
                .Find(each => each.Hostnames.Any(host => Fits(host, name))).Certificate ?? certificates[0].Certificate,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        };
        if (tls.ClientAuthorities is { } authorities)
        {
            options.ClientCertificateRequired = true;
            options.CertificateChainPolicy = UpstreamTls.PolicyOf(authorities);
        }

        return options;
    }

    private static X509Certificate2 Load(CertificateConfig config)
    {
        // A key that exists in memory only cannot be used for a handshake on every system; one that was exported once can.
        using var loaded = X509Certificate2.CreateFromPemFile(config.CertificateFile, config.PrivateKeyFile);
        return X509CertificateLoader.LoadPkcs12(loaded.Export(X509ContentType.Pkcs12), password: null);
    }

    private static bool Fits(string host, string? name) => name is not null
        && (host == "*" || host.Equals(name, StringComparison.OrdinalIgnoreCase)
            || (host.StartsWith("*.", StringComparison.Ordinal) && name.EndsWith(host[1..], StringComparison.OrdinalIgnoreCase)));
}
