using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Parallax.Proxy.Configuration.Model;
using Parallax.Reactor.Connections;

namespace Parallax.Proxy.Routing;

/// <summary>How TLS is spoken to the endpoints of a cluster.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class ClusterTls
{
    /// <summary>Reads the certificates and says what follows for a handshake; null for a cluster without TLS.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A file is not what it should be.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static SslClientAuthenticationOptions? OptionsOf(ClusterConfig cluster)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        if (cluster.Tls is not { } tls)
        {
            return null;
        }

        var options = new SslClientAuthenticationOptions
        {
            TargetHost = tls.ServerName ?? cluster.Host,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            CertificateChainPolicy = tls.Authorities is { } authorities ? PolicyOf(authorities) : PeerTrust.NewPolicy(),
        };
        if (tls.CertificateFile is { } file)
        {
            // Endpoints know the root only: what lies between is in the same file, after the certificate.
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(file);
            options.ClientCertificateContext = SslStreamCertificateContext.Create(
                X509Certificate2.CreateFromPemFile(file, tls.PrivateKeyFile), chain, offline: true);
        }

        if (!tls.VerifiesCertificate)
        {
#pragma warning disable CA5359 // The configuration asks for it by name.
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (tls.SubjectAltNames.Count > 0)
        {
            options.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None
                && certificate is X509Certificate2 remote && tls.SubjectAltNames.Any(name => remote.MatchesHostname(name));
        }

        return options;
    }

    /// <summary>Trusts the authorities of a file and no others.</summary>
    internal static X509ChainPolicy PolicyOf(string authorities)
    {
        var policy = PeerTrust.NewPolicy();
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.ImportFromPemFile(authorities);
        return policy;
    }
}
