using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Tests.Serving;

/// <summary>A self-signed certificate of a.test in files, as listeners and clusters read them.</summary>
internal sealed class TestCertificate : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-tls").FullName;

    public string CertificateFile => Path.Combine(_folder, "crt.pem");

    public string KeyFile => Path.Combine(_folder, "key.pem");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The same with a listener that shows it.</summary>
    public ProxyConfig WithTls(ProxyConfig config) => config with
    {
        Listeners =
        [
            config.Listeners[0] with
            {
                Servers =
                [
                    config.Listeners[0].Servers[0] with
                    {
                        Tls = new ServerTlsConfig { Certificates = [new CertificateConfig(CertificateFile, KeyFile)] },
                    },
                ],
            },
        ],
    };

    /// <summary>Makes another.</summary>
    public void Renew()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=a.test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("a.test");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
    }
}
