using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Parallax.TestKit;

/// <summary>A certificate whose issuer is not shown, but is to be fetched from an address in the certificate, where nobody ever
/// answers.</summary>
public sealed class UnfinishedChain : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _certificate;

    public UnfinishedChain()
    {
        _listener.Start();
        var validFrom = DateTimeOffset.UnixEpoch;
        var validTo = validFrom.AddYears(200);
        using var issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issuerRequest = new CertificateRequest("CN=issuer", issuerKey, HashAlgorithmName.SHA256);
        issuerRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var issuer = issuerRequest.CreateSelfSigned(validFrom, validTo);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509AuthorityInformationAccessExtension(ocspUris: null, [$"http://{_listener.LocalEndpoint}/issuer.cer"]));
        using var signed = request.Create(issuer, validFrom, validTo, [1, 2, 3]);
        _certificate = signed.CopyWithPrivateKey(key);
        Shown = SslStreamCertificateContext.Create(_certificate, additionalCertificates: null, offline: true);
    }

    /// <summary>The certificate with its key, for who shows it and fetches nothing either.</summary>
    public SslStreamCertificateContext Shown { get; }

    /// <summary>True when somebody tried to fetch the issuer.</summary>
    public bool IsFetched => _listener.Pending();

    public void Dispose()
    {
        _listener.Dispose();
        _certificate.Dispose();
    }
}
